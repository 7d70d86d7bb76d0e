"""The basis of runs: the roots as they stand now, and what earlier runs on them have found."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from components.run.evaluation import Results
from components.runtime.canonical import canonical_json
from components.runtime.graph import Graph, Pipeline, Step
from components.runtime.keys import make_key
from components.runtime.value import Value
from components.store.executions import Executions
from components.store.known_roots import KnownRoots
from components.store.records import ArtifactRecord
from components.store.store import Store

VALUES_KEPT = 256
"""Loaded values that are kept: a window of a quarter and what else a span's steps read. Large values are lazy, so they take little."""


@dataclass
class Basis:
    """What the runs of one backfill share instead of looking it up again. Runs that open later stand on a basis of their own."""

    store: Store
    pipeline: Pipeline
    results: Results = field(default_factory=dict)

    @cached_property
    def roots(self) -> KnownRoots:
        """The roots of now."""
        return self.store.known_roots(self.pipeline.name)

    @cached_property
    def executions(self) -> Executions:
        """The pipeline's executions."""
        return self.store.executions(self.pipeline.name)

    @cached_property
    def load(self) -> Callable[[ArtifactRecord], Value]:
        """What loads an artifact; neighbouring windows share most of theirs, and components leave their inputs as they are."""
        return lru_cache(VALUES_KEPT)(self.store.load)

    @cached_property
    def digests(self) -> dict[Graph, str]:
        """The digest of each graph: its steps with their code, configuration, libraries and wiring; a training stands on the data steps."""
        data = self.pipeline.of_graph("data")
        return {"data": self._digest(data), "training": self._digest([*data, *self.pipeline.of_graph("training")])}

    def _digest(self, every: Sequence[Step]) -> str:
        steps = [
            [step.name, make_key(step.component, step.config, {}).digest, {name: repr(feed) for name, feed in step.feeds.items()}]
            for step in every
        ]
        return hashlib.sha256(canonical_json(steps)).hexdigest()
