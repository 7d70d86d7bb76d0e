"""Watching serving: what a model was asked, from a log of served predictions, beside the features of the same rows."""

from components.ingestion.component import ingest_examples
from components.ingestion.sources.source import Source
from components.monitoring.distribution_skew import DistributionConfig, compare_distributions
from components.monitoring.feature_skew import compare_features
from components.runtime.graph import LedgerRoot, Outputs, Pipeline, Ref
from components.statistics.component import generate_statistics, summarise_features


def watch_serving(
    pipeline: Pipeline, features: Ref, log: Source, *, schema: LedgerRoot | None = None, excluded: tuple[str, ...] = (), name: str = "serving",
) -> Outputs:  # fmt: skip
    """Add the steps of skew between training and serving to a pipeline's data graph; return the outputs of the comparison by row.

    A row of the log is the features that a model was asked with, and the key of the row that they are of. Declared with the key and event
    time of the pipeline's own rows it has their ``row_id`` and span, and meets the features that training takes. Spans without served rows
    have no result, which shows as such.

    Parameters
    ----------
    log : the declaration of the log, such as an `EventLogSource` of what `almanac serve` writes.
    schema : the approved schema; its `skew` thresholds then judge their columns.
    excluded : columns of either side that the other need not have.
    name : of the task, and what the steps' names begin with.
    """
    served = pipeline.add(ingest_examples, name=f"{name}_rows", group=name, deliveries=pipeline.source(name, log))
    sides = {
        "training": pipeline.add(summarise_features, name=f"{name}_expected", group=name, features=features),
        "serving": pipeline.add(generate_statistics, name=f"{name}_statistics", group=name, examples=served),
    }
    bounded = {} if schema is None else {"schema": schema}
    config = DistributionConfig(excluded=("event_time", *excluded))
    pipeline.add(compare_distributions, name=f"{name}_distributions", group=name, config=config, **sides, **bounded)
    return pipeline.add(compare_features, name=f"{name}_skew", group=name, training=features, serving=served)
