"""The delays pipeline in Airflow: `delays_data`, a run for each day, and `delays_training`, weekly and from a form."""

from components.adapters.airflow.dags import to_dags

globals().update(to_dags("delays", form=("training.window", "training.candidates")))
