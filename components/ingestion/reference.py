"""The reference rows of a span, from the deliveries that hold rows of it."""

from collections.abc import Sequence

from components.artifacts.delivery import Delivery
from components.artifacts.reference import Reference
from components.ingestion.component import IngestionConfig, ingest_examples
from components.runtime.component import component
from components.runtime.spans import Span

LAST = IngestionConfig()


@component
def ingest_reference(deliveries: Sequence[Delivery], span: Span, *, config: IngestionConfig = LAST) -> Reference:
    """Return the rows of a span as `ingest_examples` does, for `enrich_examples` and `table_changes` to look back on."""
    examples = ingest_examples(deliveries, span, config=config)
    return Reference.from_arrow(examples.to_arrow(), **examples.counts)
