"""The local servers that one machine needs: an embedded PostgreSQL, MLflow and Airflow, all on loopback."""
