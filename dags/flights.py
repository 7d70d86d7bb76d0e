"""The flights pipeline in Airflow: `flights_data`, a run for each day, and `flights_training`, weekly and from a form."""

from components.adapters.airflow.dags import to_dags

globals().update(to_dags("flights", form=("training.window", "training.test_spans", "training.candidates")))
