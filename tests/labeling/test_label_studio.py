"""Label Studio: what goes out can be answered, and what comes back are ratings of the rows that went out."""

import csv
import json
from pathlib import Path

import pytest

from components.labeling.label_studio import Question, read_ratings, write_tasks
from components.runtime.errors import ConfigError, DataError
from tests.labeling.test_batch import THREE, identity, picked

QUESTION = Question(("ham", "spam"))
KEY = ("subject",)


def exported(path: Path, **changed: object) -> Path:
    """Return an export of the tasks in a file, answered by two people."""
    tasks = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for number, task in enumerate(tasks):
        task["id"] = number
        task["annotations"] = [
            answer("spam", completed_by={"id": 1, "email": "ann@example.org"}) | changed,
            answer("ham", completed_by=2),
            answer("ham", completed_by=3) | {"was_cancelled": True},
            {"completed_by": 4, "result": []},
        ]
    found = path.with_suffix(".json")
    found.write_text(json.dumps(tasks), encoding="utf-8")
    return found


def answer(choice: str, **more: object) -> dict[str, object]:
    result = [{"from_name": "label", "to_name": "text", "type": "choices", "value": {"choices": [choice]}}]
    return {"result": result, "created_at": "2013-03-09T10:00:00Z", **more}


def test_what_comes_back_are_ratings_of_what_went_out(tmp_path: Path) -> None:
    assert write_tasks(picked(2, "conflict", show=KEY), tmp_path / "tasks.jsonl", QUESTION) == 2
    ratings = read_ratings(exported(tmp_path / "tasks.jsonl"), KEY, QUESTION)
    first = {"subject": "s2", "event_time": "2013-03-08T05:00:02+00:00", "rated_at": "2013-03-09T10:00:00Z"}
    assert ratings[:2] == [first | {"rater": "ann@example.org", "label": 1}, first | {"rater": "2", "label": 0}]
    assert len(ratings) == 4


def test_a_task_shows_the_row_and_what_is_believed_of_it(tmp_path: Path) -> None:
    write_tasks(picked(3, "uncertainty", "uncovered", show=KEY), tmp_path / "tasks.json", QUESTION)
    tasks = {one["data"]["row_id"]: one for one in json.loads((tmp_path / "tasks.json").read_text(encoding="utf-8"))}
    believed = tasks[identity("lone").hex()]
    assert believed["predictions"][0]["score"] == 0.6
    assert believed["predictions"][0]["result"][0]["value"] == {"choices": ["ham"]}
    assert "predictions" not in tasks[identity("silent").hex()]


def test_three_choices_go_out_and_come_back_in_their_order(tmp_path: Path) -> None:
    three = Question(("billing", "bug", "other"))
    write_tasks(picked(1, "uncertainty", show=KEY, shares=THREE), tmp_path / "tasks.jsonl", three)
    task = json.loads((tmp_path / "tasks.jsonl").read_text(encoding="utf-8"))
    assert task["data"]["probability"] == "billing 0.34, bug 0.33, other 0.33"
    assert task["predictions"][0]["result"][0]["value"] == {"choices": ["billing"]}
    task["annotations"] = [answer("other", completed_by=2)]
    (tmp_path / "export.json").write_text(json.dumps([task]), encoding="utf-8")
    assert [one["label"] for one in read_ratings(tmp_path / "export.json", KEY, three)] == [2]
    with pytest.raises(ConfigError, match="not as many as the classes"):
        write_tasks(picked(1, "uncertainty", shares=THREE), tmp_path / "tasks.json", QUESTION)
    task["annotations"][0]["result"][0]["value"]["choices"].append("bug")
    (tmp_path / "export.json").write_text(json.dumps([task]), encoding="utf-8")
    with pytest.raises(DataError, match="an answer names other, bug"):
        read_ratings(tmp_path / "export.json", KEY, three)


def test_a_csv_holds_the_same_rows(tmp_path: Path) -> None:
    write_tasks(picked(2, "conflict", show=KEY), tmp_path / "tasks.csv", QUESTION)
    with (tmp_path / "tasks.csv").open(encoding="utf-8") as file:
        assert [row["subject"] for row in csv.DictReader(file)] == ["s2", "s3"]


def test_what_is_no_export_is_refused_in_words(tmp_path: Path) -> None:
    write_tasks(picked(1, "conflict", show=KEY), tmp_path / "tasks.jsonl", QUESTION)
    with pytest.raises(DataError, match="none of ham, spam"):
        read_ratings(exported(tmp_path / "tasks.jsonl", **answer("junk")), KEY, QUESTION)
    with pytest.raises(DataError, match="no 'message_id'"):
        read_ratings(exported(tmp_path / "tasks.jsonl"), ("message_id",), QUESTION)
    (tmp_path / "min.json").write_text('[{"subject": "s2", "label": "spam"}]', encoding="utf-8")
    with pytest.raises(DataError, match="JSON-MIN"):
        read_ratings(tmp_path / "min.json", KEY, QUESTION)
    (tmp_path / "bad.json").write_text("{", encoding="utf-8")
    with pytest.raises(DataError, match="not JSON"):
        read_ratings(tmp_path / "bad.json", KEY, QUESTION)


def test_a_form_that_label_studio_does_not_take_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"not written as '\.jsn'"):
        write_tasks(picked(1, "conflict"), tmp_path / "tasks.jsn", QUESTION)
