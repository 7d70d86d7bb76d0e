"""What a change of columns touches: features and labeling functions by their code, models by their lineage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from components.artifacts.features import Features
from components.artifacts.model import Model
from components.runtime.code_reach import functions_in, made_of, touched
from components.runtime.graph import Pipeline
from components.runtime.keys import CodeRef
from components.store.lineage import lineage
from components.store.records import ArtifactRecord
from components.store.store import Store


@dataclass(frozen=True)
class BlastRadius:
    """The columns that change and what is made of them, by name; a model is named by its span and digest."""

    columns: tuple[str, ...]
    features: tuple[str, ...]
    functions: tuple[str, ...]
    models: tuple[str, ...]

    def lines(self) -> Iterator[str]:
        """Yield a line for each kind of thing."""
        for label in ("columns", "features", "functions", "models"):
            yield f"{'labeling functions' if label == 'functions' else label}: {', '.join(getattr(self, label)) or 'none'}"


def blast_radius(store: Store, pipeline: Pipeline, columns: Iterable[str], made_from: Iterable[ArtifactRecord]) -> BlastRadius:
    """Return what a change of columns touches.

    Features and labeling functions are found in the source that the steps' code reaches (`runtime.code_reach`): what the code names, not what
    it makes up at run time. Models are those made from the given artifacts (the statistics of a window, say) or from the same rows, and the
    champion, if they take a touched feature.
    """
    changed = frozenset(columns)
    downstream = _downstream(store, made_from)
    code = _code(pipeline, Features.kind)
    derived = touched({name: texts for one in code for name, texts in made_of(one).items()}, changed)
    read = frozenset(text for one in code for texts in functions_in(one).values() for text in texts)
    known = _feature_names(store, downstream)
    features = {name for name in derived | (changed & read) if not known or name in known}
    functions = {label: texts for one in _code(pipeline, "votes") for label, texts in functions_in(one).items()}
    return BlastRadius(
        tuple(sorted(changed)),
        tuple(sorted(features)),
        tuple(sorted(label for label, texts in functions.items() if texts & (changed | derived))),
        tuple(_models(store, pipeline, downstream, frozenset(features))),
    )


def _code(pipeline: Pipeline, kind: str) -> list[str]:
    """Return the code that steps take which make a kind of artifact."""
    steps = [step for step in pipeline.steps.values() if any(one.type.kind == kind for one in step.component.outputs.values())]
    return [value.target for step in steps for value in step.config.values() if isinstance(value, CodeRef)]


def _downstream(store: Store, made_from: Iterable[ArtifactRecord]) -> dict[int, ArtifactRecord]:
    """Return the artifacts that were made of the same rows as the given ones."""
    sources = {
        link.artifact.id for one in made_from for link in lineage(store.database, one.id, depth=1) if link.artifact.kind == "examples"
    }
    return {link.artifact.id: link.artifact for one in sorted(sources) for link in lineage(store.database, one, upstream=False)}


def _feature_names(store: Store, downstream: dict[int, ArtifactRecord]) -> frozenset[str]:
    """Return the columns of the newest features; none where none were made."""
    newest = max((one for one in downstream.values() if one.kind == Features.kind), key=lambda one: (one.span, one.id), default=None)
    value = store.load(newest) if newest else None
    return frozenset(value.schema.names) if isinstance(value, Features) else frozenset()


def _models(store: Store, pipeline: Pipeline, downstream: dict[int, ArtifactRecord], features: frozenset[str]) -> Iterator[str]:
    promoted = store.ledger(pipeline.name).entries("promotion")
    champion = int(str(promoted[-1].value["artifact"])) if promoted else None
    numbers = {one.id for one in downstream.values() if one.kind == Model.kind} | ({champion} if champion is not None else set())
    for record in sorted((store.artifact(number) for number in numbers), key=lambda one: (one.span, one.id)):
        model = store.load(record)
        if isinstance(model, Model) and features & {column.name for column in model.features}:
            yield f"{record.span} {record.digest[:12]}{' (champion)' if record.id == champion else ''}"
