"""TFX-style pipelines on Airflow for scikit-learn models on data that arrives by date."""
