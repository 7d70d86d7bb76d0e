"""The spam pipeline in Airflow: `spam_data`, a run for each day, and `spam_training`, weekly and from a form."""

from components.adapters.airflow.dags import to_dags

globals().update(to_dags("spam", form=("training.window", "training.test_spans", "training.candidates")))
