"""Airflow: a pipeline's graphs as DAGs. `dags.to_dags` makes them, `plugin` is what Airflow's own processes load."""
