"""Recalled votes: one edited function runs again and no other, and the bytes are those of a full run."""

import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from types import ModuleType

import polars as pl
import pyarrow as pa
import pytest

from components.artifacts.features import Features
from components.artifacts.lookups import Lookups
from components.artifacts.votes import Votes
from components.labeling import memoised
from components.labeling.component import VotingConfig, apply_labeling_functions
from components.runtime.errors import DataError
from components.runtime.keys import CodeRef
from components.store.memo import MemoFolder
from tests.labeling.slow_functions import difficult
from tests.saving import content

ROWS = pl.DataFrame(
    {
        "row_id": [bytes([i]) * 16 for i in range(6)],
        "event_time": list(range(6)),
        "n": [0, 1, 2, 3, 4, 5],
        "text": ["a", "B", "c", "D", "e", "F"],
    }
).with_columns(pl.col("event_time").cast(pl.Datetime("us", "UTC")))
SOURCE = """
import polars as pl
from components.labeling.functions import Rows, labeling_function, prepared

RAN = []
LIMIT = 2

@prepared
def lower(rows: Rows):
    RAN.append("lower")
    return rows.frame["text"].str.to_lowercase()

@labeling_function
def large(rows: Rows):
    RAN.append("large")
    return (rows.frame["n"] > LIMIT).cast(pl.Int8)

@labeling_function(uses=(lower,), columns=("text",))
def same(rows: Rows):
    RAN.append("same")
    return (rows.frame["text"] == rows.frame["lower"]).cast(pl.Int8)

@labeling_function(tables=("listed",), columns=("n",))
def in_list(rows: Rows):
    RAN.append("in_list")
    return rows.frame["n"].is_in(rows.table("listed")["n"].to_list()).cast(pl.Int8)

FUNCTIONS = (large, same, in_list)
"""


LARGE = '(rows.frame["n"] > LIMIT).cast(pl.Int8)'


def features() -> Features:
    table = ROWS.to_arrow()
    return Features.from_arrow(table.cast(table.schema.set(0, pa.field("row_id", pa.binary(16)))))


class Remembering:
    """A memo that knows the digest of the features."""

    def __init__(self, folder: Path, digest: str = "d1") -> None:
        self.folder = MemoFolder(folder)
        self.digest = digest

    def digest_of(self, parameter: str) -> str | None:
        return self.digest if parameter == "features" else None

    def find(self, keys: Collection[str]) -> dict[str, memoryview]:
        return self.folder.find(keys)

    def keep(self, entries: Mapping[str, bytes | memoryview]) -> None:
        self.folder.keep(entries)


class Checkout:
    """A module of labeling functions that is edited between runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.module: ModuleType | None = None

    def write(self, source: str) -> None:
        path = self.folder / "edited_functions.py"
        path.write_text(source, encoding="utf-8")
        self.module = ModuleType("edited_functions")
        sys.modules["edited_functions"] = self.module
        exec(compile(source, path, "exec"), self.module.__dict__)  # noqa: S102 - bytecode files tell edits only by the second
        memoised._digest.cache_clear()

    def votes(self, memo: Remembering, listed: tuple[int, ...] = (1,)) -> tuple[Votes, list[str]]:
        assert self.module
        self.module.RAN.clear()
        found = apply_labeling_functions(
            features(),
            Lookups({"listed": pl.DataFrame({"n": listed})}),
            functions=CodeRef("edited_functions:FUNCTIONS"),
            memo=memo,
        )
        return found, sorted(self.module.RAN)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    made = Checkout(tmp_path)
    made.write(SOURCE)
    return made


@pytest.fixture
def memo(tmp_path: Path) -> Remembering:
    return Remembering(tmp_path / "memo")


def saved(votes: Votes, folder: Path) -> dict[str, bytes]:
    folder.mkdir()
    votes.save(folder)
    return content(folder)


def test_stored_rows_get_the_votes_of_rows_in_memory(checkout: Checkout, memo: Remembering, tmp_path: Path) -> None:
    in_memory, _ = checkout.votes(memo)
    features().save(tmp_path)
    stored = apply_labeling_functions(
        Features.load(tmp_path),
        Lookups({"listed": pl.DataFrame({"n": [1]})}),
        functions=CodeRef("edited_functions:FUNCTIONS"),
        memo=Remembering(tmp_path / "other"),
    )
    assert saved(stored, tmp_path / "a") == saved(in_memory, tmp_path / "b")


def test_columns_that_an_edit_read_are_kept_and_the_bytes_are_those_of_a_full_run(
    checkout: Checkout, memo: Remembering, tmp_path: Path
) -> None:
    features().save(tmp_path)
    source = SOURCE.replace("@labeling_function\ndef large", '@labeling_function(columns=("n",))\ndef large')

    def voted(limit: int, memo: Remembering) -> Votes:
        checkout.write(source.replace("LIMIT = 2", f"LIMIT = {limit}"))
        listed = Lookups({"listed": pl.DataFrame({"n": [1]})})
        return apply_labeling_functions(Features.load(tmp_path), listed, functions=CodeRef("edited_functions:FUNCTIONS"), memo=memo)

    def n_kept() -> int:
        return len(list((tmp_path / "memo").rglob("?" * 64)))

    voted(2, memo)
    assert n_kept() == len(["large", "same", "in_list", "lower"])
    voted(3, memo)
    assert n_kept() == 4 + len(["large", "column n", "row ids and times"])
    full = voted(1, Remembering(tmp_path / "other"))
    other_values = ROWS.with_columns(pl.col("n").reverse()).to_arrow()
    Features.from_arrow(other_values.cast(features().to_arrow().schema)).save(tmp_path)
    assert saved(voted(1, memo), tmp_path / "recalled") == saved(full, tmp_path / "full")


def test_nothing_runs_twice_on_the_same_rows(checkout: Checkout, memo: Remembering, tmp_path: Path) -> None:
    first, ran = checkout.votes(memo)
    assert ran == ["in_list", "large", "lower", "same"]
    again, ran = checkout.votes(memo)
    assert ran == []
    assert saved(first, tmp_path / "1") == saved(again, tmp_path / "2")


def test_an_edited_function_runs_alone_and_the_bytes_are_those_of_a_full_run(checkout: Checkout, memo: Remembering, tmp_path: Path) -> None:
    before, _ = checkout.votes(memo)
    checkout.write(SOURCE.replace("LIMIT = 2", "LIMIT = 3"))
    after, ran = checkout.votes(memo)
    assert ran == ["large"]
    full, ran = checkout.votes(Remembering(tmp_path / "other"))
    assert len(ran) == 4
    bytes_after = saved(after, tmp_path / "after")
    assert bytes_after == saved(full, tmp_path / "full")
    assert {name for name, body in saved(before, tmp_path / "before").items() if body != bytes_after[name]} == {"large.i8"}


def test_a_prepared_column_is_recalled_for_an_edited_function(checkout: Checkout, memo: Remembering) -> None:
    checkout.votes(memo)
    checkout.write(SOURCE.replace('(rows.frame["text"] ==', '(rows.frame["text"] !='))
    assert checkout.votes(memo)[1] == ["same"]
    checkout.write(SOURCE.replace("to_lowercase", "to_uppercase"))
    assert checkout.votes(memo)[1] == ["lower", "same"]


def test_a_changed_table_runs_only_what_reads_it(checkout: Checkout, memo: Remembering) -> None:
    checkout.votes(memo)
    found, ran = checkout.votes(memo, listed=(1, 5))
    assert ran == ["in_list"]
    assert found.votes[:, 2].tolist() == [0, 1, 0, 0, 0, 1]


def test_other_rows_run_everything(checkout: Checkout, memo: Remembering) -> None:
    checkout.votes(memo)
    memo.digest = "d2"
    assert len(checkout.votes(memo)[1]) == 4


def test_faults_are_recalled_and_what_timed_out_is_not_kept(checkout: Checkout, memo: Remembering, tmp_path: Path) -> None:
    checkout.write(SOURCE.replace(LARGE, 'rows.frame["n"]'))
    assert checkout.module
    large = checkout.module.large
    first, again = (memoised.vote_or_recall(features(), [large], Lookups(), memo)[0][0] for _ in range(2))
    assert first.faults == again.faults != ()
    assert first.votes.tolist() == again.votes.tolist()
    assert checkout.module.RAN == ["large"]
    n_kept = len(list((tmp_path / "memo").rglob("?" * 64)))
    assert memoised.vote_or_recall(features(), [difficult], Lookups(), memo)[0][0].faults
    assert len(list((tmp_path / "memo").rglob("?" * 64))) == n_kept == 1


def test_faults_fail_the_step_or_abstain_by_configuration(checkout: Checkout) -> None:
    checkout.write(SOURCE.replace(LARGE, 'rows.frame["n"]'))
    functions = CodeRef("edited_functions:FUNCTIONS")
    lookups = Lookups({"listed": pl.DataFrame({"n": [1]})})
    with pytest.raises(DataError, match="'large' voted 2; its classes are 0, 1"):
        apply_labeling_functions(features(), lookups, functions=functions)
    votes = apply_labeling_functions(features(), lookups, functions=functions, config=VotingConfig(on_fault="abstain"))
    assert votes.votes[:, 0].tolist() == [0, 1, -1, -1, -1, -1]
    assert [(one.function, one.n_rows) for one in votes.faults] == [("large", 4)]
