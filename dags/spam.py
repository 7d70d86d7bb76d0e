"""The spam pipeline in Airflow: `spam_data`, a run for each day, `spam_training`, weekly and from a form, and `spam_people`, who label."""

from components.adapters.airflow.dags import to_dags
from components.adapters.airflow.people import people_dag

globals().update(to_dags("spam", form=("training.window", "training.test_spans", "training.candidates")))
globals().update(people_dag("spam", key=("message_id",), choices=("ham", "spam")))
