"""Votes that are not computed twice: one memo entry a function and span, one a prepared column and span."""

import functools
import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from components.artifacts.features import Features
from components.artifacts.lookups import Lookups
from components.artifacts.votes import Fault
from components.labeling.columns import column_of, packed, read_columns
from components.labeling.functions import LabelingFunction, Prepared
from components.labeling.voting import Said, prepare, vote_all
from components.runtime.canonical import canonical_json
from components.runtime.code_digest import code_digest
from components.runtime.errors import DefinitionError
from components.runtime.keys import minor_version
from components.runtime.resources import Memo
from components.runtime.value import FORMAT

if TYPE_CHECKING:
    import polars as pl

LIBRARIES = ("polars", "scikit-learn")
"""Whose minor versions can change a vote: expressions are of the first, the models that functions ask often of the second."""

LENGTH_BYTES = 4


def vote_or_recall(features: Features, functions: Sequence[LabelingFunction], lookups: Lookups, memo: Memo) -> tuple[list[Said], bool]:
    """Return what each function said of a span's rows, and whether some were edited since others did.

    It is recalled where the memo has it, else computed and kept.

    The key of an entry holds the digest of the function's code with all that it reaches, of the features and of the lookup tables that
    it reads; so editing one function runs that one again. A function whose code cannot be told, such as one of a notebook, is always
    run, and one that timed out is not kept: that says something of the machine, too.
    """
    keys = {f.name: _key("votes", f.function, f.lookups, lookups, memo) for f in functions}
    known = memo.find([key for key in keys.values() if key])
    said = {name: _said(known[key]) for name, key in keys.items() if key in known}
    edited = 0 < len(said) < len(functions)
    missing = [function for function in functions if function.name not in said]
    if missing:
        rows, shared = _read(features, missing, lookups, memo, again=edited)
        fresh = dict(zip([f.name for f in missing], vote_all(rows, missing, lookups.tables, shared), strict=True))
        memo.keep({key: _bytes(one) for name, one in fresh.items() if (key := keys[name]) and not _timed_out(one)})
        said |= fresh
    return [said[function.name] for function in functions], edited


def _read(
    features: Features, functions: Sequence[LabelingFunction], lookups: Lookups, memo: Memo, *, again: bool
) -> "tuple[pl.DataFrame, dict[str, pl.Series]]":
    """Return the rows with the columns that the functions read, and their prepared columns, recalled or computed and kept."""
    wanted = {one.name: one for function in functions for one in function.uses}
    keys = {name: _key("prepared", one.function, one.tables, lookups, memo) for name, one in wanted.items()}
    known = memo.find([key for key in keys.values() if key])
    shared = {name: column_of(known[key]) for name, key in keys.items() if key in known}
    columns = _columns(features, functions, [one for name, one in wanted.items() if name not in shared])
    rows = read_columns(features, columns, memo, again=again) if columns else _all_rows(features)
    fresh = {name: prepare(one, rows, lookups.tables) for name, one in wanted.items() if name not in shared}
    memo.keep({key: packed(column) for name, column in fresh.items() if (key := keys[name])})
    return rows, shared | fresh


def _all_rows(features: Features) -> "pl.DataFrame":
    import polars as pl

    return features.to_polars() if features.path is None else pl.read_parquet(features.path)


def _columns(features: Features, functions: Sequence[LabelingFunction], unprepared: Collection[Prepared]) -> list[str] | None:
    """Return the columns to read, in their order; None for all."""
    every = [*(function.own_needs for function in functions), *(one.needs for one in unprepared)]
    if any(needs is None for needs in every):
        return None
    asked = {name for needs in every for name in needs or ()}
    found = [name for name in features.schema.names if name in asked]
    return found if len(found) == len(asked) and found else None  # what is missing is told by name when it is looked for


def _key(what: str, function: Callable[..., object], tables: Sequence[str], lookups: Lookups, memo: Memo) -> str | None:
    """Return the key of an entry; None where nothing can be kept."""
    content = memo.digest_of("features")
    if content is None:
        return None
    try:
        code = _digest(function)
    except DefinitionError:
        return None
    parts: Mapping[str, object] = {
        "what": what, "code": code, "engine": _digest(vote_all), "format": FORMAT, "features": content,
        "tables": {name: lookups.digests.get(name, "") for name in tables}, "libraries": {name: minor_version(name) for name in LIBRARIES},
    }  # fmt: skip
    return hashlib.sha256(canonical_json(parts)).hexdigest()


@functools.cache
def _digest(function: Callable[..., object]) -> str:
    return code_digest(function)


def _timed_out(said: Said) -> bool:
    return any(fault.kind == "timed-out" for fault in said.faults)


def _bytes(said: Said) -> bytes:
    """Return votes and faults as bytes: how long the JSON of the faults is, the JSON, then a byte a vote."""
    faults = json.dumps([asdict(fault) for fault in said.faults], sort_keys=True).encode()
    return len(faults).to_bytes(LENGTH_BYTES, "little") + faults + said.votes.tobytes()


def _said(content: memoryview) -> Said:
    import numpy as np

    end = LENGTH_BYTES + int.from_bytes(content[:LENGTH_BYTES], "little")
    faults = tuple(Fault(**fault | {"rows": tuple(fault["rows"])}) for fault in json.loads(bytes(content[LENGTH_BYTES:end])))
    return Said(np.frombuffer(content, np.int8, offset=end), faults)
