-- Run once, when the cluster is new; the image itself makes the database `airflow`.
CREATE DATABASE mlflow;
CREATE DATABASE almanac;
