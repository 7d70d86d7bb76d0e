"""The only places that import other systems: Airflow, MLflow, Great Expectations."""
