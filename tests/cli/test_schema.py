"""`almanac schema`: a schema's life from the first guess over proposals to what is in force."""

from pathlib import Path

import pytest

from components.artifacts.schema import Schema
from components.ingestion.component import ingest_examples
from components.run import catalog
from components.runtime.errors import ConfigError, DataError
from components.runtime.graph import Pipeline
from components.statistics.component import generate_statistics
from components.store.store import Store
from components.validation.component import validate_examples
from components.validation.set_aside import set_aside_rows
from tests.cli.conftest import Almanac
from tests.pipelines import FIRST, ZONE, Shop

DRAFT = """# amounts of a shop
rows: {min: 1, max: 4}
columns:
  event_time: {type: timestamp}
  id: {type: string, unique: true}
  amount: {type: int64, domain: {min: 0, max: 100}, severity: {value-out-of-range: quarantine}}  # in dollars
"""
WEEK = ("--as-of", "2013-03-13", "--window", "5")


def build(shop: Shop) -> Pipeline:
    pipeline = Pipeline("shop", grain="day", zone=ZONE, start=FIRST)
    examples = pipeline.add(ingest_examples, name="examples", deliveries=pipeline.source("sales", shop.source))
    statistics = pipeline.add(generate_statistics, name="statistics", examples=examples)
    schema = pipeline.schema()
    findings = pipeline.add(validate_examples, name="findings", examples=examples, statistics=statistics, schema=schema)
    pipeline.add(set_aside_rows, name="aside", examples=examples, findings=findings, statistics=statistics, schema=schema)
    return pipeline


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a shop that sells for up to 91 dollars, and once for 600; its first days are run."""
    shop = Shop(tmp_path / "sales.csv").write().write({"2013-03-11": [7, 600, *range(20)]})
    place = tmp_path / "config" / "shop"
    place.mkdir(parents=True)
    (place / "schema.yaml").write_text(DRAFT)
    monkeypatch.setattr(catalog, "FOLDER", place.parent)
    monkeypatch.setattr(catalog, "load_pipeline", lambda _name, _overrides=None: build(shop))
    return place


@pytest.fixture
def ran(folder: Path, almanac: Almanac) -> Path:
    almanac("backfill", "shop", "2013-03-08", "2013-03-12")
    return folder


def test_a_schema_is_inferred_with_evidence_and_reads_back(ran: Path, almanac: Almanac) -> None:
    text = almanac("schema", "infer", "shop", *WEEK).output
    assert "key: [event_time, id]  # of the source" in text
    assert "  amount: {type: int64, domain: {min: 0}}  # 0 to 600; " in text
    (ran / "other.yaml").write_text(text)
    assert Schema.from_yaml(ran / "other.yaml").rows.max == 27
    assert "written" in almanac("schema", "infer", "shop", *WEEK, "--output", str(ran / "written.yaml")).output
    assert (ran / "written.yaml").read_text() == text


def test_a_proposal_is_dated_and_approved_from_its_date_on(ran: Path, almanac: Almanac) -> None:
    output = almanac("schema", "propose", "shop", *WEEK).output
    assert "rows.max: 22 rows on 2013-03-11" in output
    assert "columns.amount.domain.max: as high as 600" in output
    assert "columns: amount" in output
    assert (
        (ran / "schema.proposal-2013-03-13.yaml").read_text().startswith("# Proposal of 2013-03-13 for schema.yaml of shop, from 5 spans")
    )
    assert (ran / "schema.yaml").read_text() == DRAFT
    output = almanac("schema", "approve", "shop", "--proposal", "2013-03-13", "--who", "Ada", "--why", "a large order").output
    assert output.startswith("approved schema of shop from 2013-03-13 on: ledger entry ")
    assert (ran / "schema.yaml").read_text().startswith("# amounts of a shop\nrows: {max: 22}  # 22 rows on 2013-03-11\n")
    assert not list(ran.glob("*.proposal-*"))
    assert almanac("schema", "diff", "shop").output.startswith("schema.yaml is the schema that Ada approved")
    assert "nothing to propose" in almanac("schema", "propose", "shop", *WEEK).output


def test_the_draft_is_compared_with_what_is_in_force_on_a_date(ran: Path, almanac: Almanac) -> None:
    (ran / "schema.yaml").write_text(DRAFT.replace("max: 4", "max: 9").replace(", unique: true", ""))
    almanac("schema", "approve", "shop", "--effective-from", "2013-03-12")
    (ran / "schema.yaml").write_text(DRAFT.replace("max: 4", "max: 99"))
    now, then = (almanac("schema", "diff", "shop", *date).output.splitlines() for date in ((), ("--on", "2013-03-11")))
    assert now[:2] == ["~ rows.max: 9 -> 99", "+ columns.id.unique: True"]
    assert then[:-1] == ["~ rows.max: 4 -> 99"]


def test_a_backfilled_day_is_judged_by_the_schema_in_force_then_and_its_bad_rows_are_set_aside(ran: Path, almanac: Almanac) -> None:
    (ran / "schema.yaml").write_text(DRAFT.replace("max: 4", "max: 30"))
    almanac("schema", "approve", "shop", "--effective-from", "2013-03-12")
    assert "0 spans failed" in almanac("backfill", "shop", "2013-03-11", "2013-03-12").output
    assert "2013-03-11: 22 rows, 1 set aside, 1 warning" in almanac("run", "shop", "--span", "2013-03-11").output
    with Store.open() as store:
        run = store.run("latest")
        codes = [(one.code, one.severity) for one in run["findings"].findings]  # type: ignore[attr-defined]
        assert codes == [("value-out-of-range", "quarantine"), ("too-many-rows", "warn")]
        assert run.artifacts["aside.quarantined"].summary["n_rows"] == 1
        assert run.artifacts["aside.examples"].summary["quarantined"] == 1
        from components.reports.collect import Collector

        (flow,) = Collector(store, run.record.id).view().rows
        assert (flow.source, flow.partitioned, flow.quarantined, flow.written, flow.unaccounted) == ("examples", 22, 1, 21, 0)


def test_what_is_not_there_is_refused_with_what_is(ran: Path, almanac: Almanac) -> None:
    with pytest.raises(ConfigError, match="there is no proposal of 2013-03-14"):
        almanac("schema", "approve", "shop", "--proposal", "2013-03-14")
    with pytest.raises(ConfigError, match="Nearest valid name: 'schema'"):
        almanac("schema", "diff", "shop", "--name", "shema")
    with pytest.raises(DataError, match="almanac backfill shop"):
        almanac("schema", "propose", "shop", "--as-of", "2013-03-20")
    assert ran.is_dir()


@pytest.mark.parametrize(("to", "name"), [("pbtxt", "schema.pbtxt"), ("suite", "suite.json")])
def test_a_schema_goes_out_and_comes_back(folder: Path, almanac: Almanac, to: str, name: str) -> None:
    pytest.importorskip("great_expectations", reason="Great Expectations is not installed", exc_type=ImportError)
    almanac("schema", "export", "shop", "--to", to, "--output", str(folder / name))
    text = almanac("schema", "import", str(folder / name)).output
    assert text.startswith(f"# From {name}.\n")
    (folder / "again.yaml").write_text(text)
    again = Schema.from_yaml(folder / "again.yaml")
    assert (list(again.columns), again.rows) == (["event_time", "id", "amount"], Schema.from_yaml(folder / "schema.yaml").rows)
    assert again.columns["amount"].domain.max == 100


def test_an_unknown_form_is_refused_with_the_nearest(folder: Path, almanac: Almanac) -> None:
    assert folder.is_dir()
    with pytest.raises(ConfigError, match="Nearest valid name: 'suite'"):
        almanac("schema", "export", "shop", "--to", "suit")
