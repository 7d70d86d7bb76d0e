"""`almanac label-batch` and `almanac label-import`: out to people, and back in as a delivery that is believed."""

import json
from pathlib import Path

import pytest

from components.run import catalog
from components.runtime.errors import DataError, StoreError
from tests import labeled_shop
from tests.cli.conftest import Almanac


@pytest.fixture(autouse=True)
def _shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    labeled_shop.count_as_project_code(monkeypatch)
    labeled_shop.write(tmp_path)
    monkeypatch.setattr(catalog, "load_pipeline", lambda _name, _overrides=None: labeled_shop.build(tmp_path))


def answered(tasks: Path, choice: str) -> Path:
    """Answer every task the same way, as Label Studio exports it."""
    result = [{"from_name": "label", "to_name": "text", "type": "choices", "value": {"choices": [choice]}}]
    said = {"completed_by": {"email": "dee@example.org"}, "created_at": "2013-03-12T08:00:00+00:00", "result": result}
    every = [json.loads(line) | {"annotations": [said]} for line in tasks.read_text(encoding="utf-8").splitlines()]
    export = tasks.with_name("export.json")
    export.write_text(json.dumps(every), encoding="utf-8")
    return export


def test_answers_of_people_come_back_as_a_delivery_and_label_their_rows(tmp_path: Path, almanac: Almanac) -> None:
    almanac("run", "shop", "--as-of", "2013-03-12")
    tasks, back = tmp_path / "tasks.jsonl", tmp_path / "ratings" / "batch-1.csv"
    assert almanac("label-batch", "shop", "--to", str(tasks), "--choices", "low,high").output.startswith("4 tasks")
    asked = [json.loads(line)["data"]["id"] for line in tasks.read_text(encoding="utf-8").splitlines()]
    before = almanac("why-label", "shop", f"id={asked[0]}", "--as-of", "2013-03-12").output
    assert "from label_model" in before or "from uncovered" in before
    export = answered(tasks, "high")
    assert almanac("label-import", str(export), "--to", str(back), "--key", "id", "--choices", "low,high").output.startswith("4 ratings")
    almanac("run", "shop", "--as-of", "2013-03-12T12:00")
    after = almanac("why-label", "shop", f"id={asked[0]}", "--as-of", "2013-03-12T12:00").output
    assert "from raters" in after
    assert "dee@example.org 1" in after
    with pytest.raises(DataError, match="there already"):
        almanac("label-import", str(export), "--to", str(back), "--key", "id", "--choices", "low,high")


def test_without_a_batch_it_says_what_is_missing(almanac: Almanac, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no run of shop has picked a batch"):
        almanac("label-batch", "shop", "--to", str(tmp_path / "t.json"), "--choices", "a,b")
