import pytest

from components.artifacts.schema import Schema
from components.run import catalog
from components.run.opening import deliver
from components.run.setup import approve_first_schemas, approve_schema, draft_findings
from components.runtime.errors import ConfigError
from components.runtime.graph import Pipeline
from components.store.tables import artifact, ledger
from tests.pipelines import FIRST, ZONE, Shop, n_rows

DRAFT = """
columns:
  event_time: {type: timestamp}
  id: {type: string}
  amount: {type: int64, domain: {min: 0, max: 100}}
key: [id]
"""


@pytest.fixture
def backend():
    return "sqlite"


@pytest.fixture
def draft(tmp_path, monkeypatch):
    monkeypatch.setattr(catalog, "FOLDER", tmp_path)
    path = tmp_path / "shop" / "schema.yaml"
    path.parent.mkdir()
    path.write_text(DRAFT)
    return path


@pytest.fixture
def shop(tmp_path):
    shop = Pipeline("shop", grain="day", zone=ZONE, start=FIRST)
    shop.source("sales", Shop(tmp_path / "sales.csv").write().source)
    shop.schema()
    return shop


def test_the_first_draft_is_approved_for_all_history(store, shop, draft):
    approve_first_schemas(store, shop)
    (entry,) = store.ledger("shop").entries("schema")
    assert entry.effective_from == entry.known_at < 0
    assert store.load(store.artifact(entry.value["artifact"])) == Schema.from_yaml(draft)


def test_the_first_draft_is_approved_once(store, shop, draft):
    approve_first_schemas(store, shop)
    draft.write_text(DRAFT.replace("100", "200"))
    approve_first_schemas(store, shop)
    assert n_rows(store, ledger) == 1


def test_a_later_approval_holds_from_its_date(store, shop, draft):
    approve_first_schemas(store, shop)
    draft.write_text(DRAFT.replace("100", "200"))
    entry = approve_schema(store, shop, "schema", effective_from=5, who="ann", why="prices rose")
    assert (entry.effective_from, entry.known_at, entry.who) == (5, 5, "ann")
    assert entry.value["digest"] != store.ledger("shop").entries("schema")[0].value["digest"]


def test_a_draft_that_nobody_approved_is_a_finding(store, shop, draft):
    approve_first_schemas(store, shop)
    assert draft_findings(store, shop).findings == ()
    draft.write_text(f"# the same\n{DRAFT}")
    assert draft_findings(store, shop).findings == ()
    draft.write_text(DRAFT.replace("100", "200"))
    before = n_rows(store, artifact)
    (finding,) = draft_findings(store, shop).findings
    assert (finding.code, finding.severity, finding.where) == ("schema-not-approved", "warn", "schema.yaml")
    assert "almanac schema approve shop --name schema" in finding.fix
    assert n_rows(store, artifact) == before


def test_a_broken_draft_is_refused_with_its_line(store, shop, draft):
    draft.write_text(DRAFT.replace("int64", "number"))
    with pytest.raises(ConfigError, match=r"schema.yaml:5:columns.amount.type"):
        approve_first_schemas(store, shop)


def test_a_pipeline_without_a_schema_needs_nothing(store, tmp_path):
    plain = Shop(tmp_path / "sales.csv").write().build()
    approve_first_schemas(store, plain)
    deliver(store, plain)
    assert n_rows(store, ledger) == 0
