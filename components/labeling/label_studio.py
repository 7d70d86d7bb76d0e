"""Label Studio's formats: a batch goes out as tasks, its export comes back as rows of ratings.

Read from its documentation of task import and of the JSON export; https://labelstud.io/guide/tasks and https://labelstud.io/guide/export.
"""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.artifacts.label_batch import LabelBatch
from components.runtime.errors import ConfigError, DataError, nearest

RATING_COLUMNS = ("event_time", "rater", "label", "rated_at")
"""Columns of a row of ratings beside those of the item's key; ``event_time`` is the item's, ``rated_at`` when somebody said so."""


@dataclass(frozen=True)
class Question:
    """The choice that people make: the names of the classes in order, as the labeling interface has them, and its tags."""

    choices: tuple[str, ...]
    from_name: str = "label"
    to_name: str = "text"


def write_tasks(batch: LabelBatch, path: Path, question: Question) -> int:
    """Write a task a row, in the form that the suffix says, and return their number.

    ``.json`` and ``.jsonl`` tasks hold the row under ``data`` and what is believed of it as a prediction; ``.csv`` rows become ``data`` and say
    it in a column. Every task holds ``row_id`` and ``event_time``, so that the answer finds its row.

    Raises
    ------
    ConfigError
        If the suffix is none of these, or the choices are not as many as the classes.

    """
    suffixes = (".json", ".jsonl", ".csv")
    if path.suffix not in suffixes:
        raise ConfigError(f"tasks are not written as '{path.suffix}'", expected=", ".join(suffixes), nearest=nearest(path.suffix, suffixes))
    tasks = list(_tasks(batch, question))
    with path.open("w", encoding="utf-8", newline="") as file:
        if path.suffix == ".csv":
            writer = csv.DictWriter(file, batch.rows.columns)
            writer.writeheader()
            writer.writerows(task["data"] for task in tasks)
        elif path.suffix == ".json":
            json.dump(tasks, file, ensure_ascii=False, indent=1)
        else:
            file.writelines(f"{json.dumps(task, ensure_ascii=False)}\n" for task in tasks)
    return len(tasks)


def read_ratings(path: Path, key: Sequence[str], question: Question) -> list[dict[str, object]]:
    """Return a row for each answer of an export (JSON, or JSON Lines of tasks), in its order: the key, and ``RATING_COLUMNS``.

    Cancelled and empty answers are left out. ``rater`` is who completed it: the e-mail where the export has it, else the number.

    Raises
    ------
    DataError
        If the file is no export, a task lacks a column of the key, or an answer is none of the choices, or several.

    """
    found = []
    for number, task in enumerate(_exported(path)):
        where = f"{path}, task {task.get('id', number)}"
        data, answers = task.get("data"), task.get("annotations")
        if not isinstance(data, Mapping) or not isinstance(answers, list):
            raise DataError("a task has no data or annotations", where=where, fix="export as JSON, not JSON-MIN")
        lacking = [name for name in (*key, "event_time") if name not in data]
        if lacking:
            raise DataError(f"a task has no '{lacking[0]}'", where=where, fix="show the key's columns in the batch")
        for answer in answers:
            choice = None if answer.get("was_cancelled") else _choice(answer, question, where)
            if choice is not None:
                said = {"event_time": data["event_time"], "rater": _rater(answer), "label": _class(choice, question, where)}
                found.append({name: data[name] for name in key} | said | {"rated_at": answer.get("updated_at") or answer.get("created_at")})
    return found


def write_ratings(ratings: Sequence[Mapping[str, object]], key: Sequence[str], path: Path) -> None:
    """Write ratings as a CSV, complete or not at all; a file that is there is not overwritten: deliveries are immutable.

    Raises
    ------
    DataError
        If the file is there already.

    """
    if path.exists():
        raise DataError("the file is there already", where=str(path), fix="give each import a file of its own")
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    with partial.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*key, *RATING_COLUMNS])
        writer.writeheader()
        writer.writerows(ratings)
    partial.replace(path)


def _tasks(batch: LabelBatch, question: Question) -> Iterator[dict[str, Any]]:
    for row in batch.rows.iter_rows(named=True):
        believed = _believed(row["probability"], question)
        told = ", ".join(f"{choice} {p:.3g}" for choice, p in believed.items())
        data = row | {"row_id": row["row_id"].hex(), "event_time": row["event_time"].isoformat(), "probability": told}
        task: dict[str, Any] = {"data": data}
        if believed:
            best = max(believed, key=believed.__getitem__)
            result = {"from_name": question.from_name, "to_name": question.to_name, "type": "choices", "value": {"choices": [best]}}
            task["predictions"] = [{"model_version": "label-model", "score": round(believed[best], 6), "result": [result]}]
        yield task


def _believed(probability: Sequence[float] | None, question: Question) -> dict[str, float]:
    """Return the probability of each choice; {} where nothing is believed."""
    if probability is None:
        return {}
    if len(probability) != len(question.choices):
        raise ConfigError(
            "the choices are not as many as the classes", expected=f"{len(probability)} names, in order", got=", ".join(question.choices)
        )
    return dict(zip(question.choices, probability, strict=True))


def _exported(path: Path) -> list[dict[str, object]]:
    text = path.read_text(encoding="utf-8")
    try:
        tasks = json.loads(text) if text.lstrip().startswith("[") else [json.loads(line) for line in text.splitlines() if line.strip()]
    except json.JSONDecodeError as error:
        raise DataError(f"not JSON: {error}", where=str(path), fix="export as JSON") from error
    if not all(isinstance(task, dict) for task in tasks):
        raise DataError("the export is no list of tasks", where=str(path), fix="export as JSON")
    return tasks


def _choice(answer: Mapping[str, object], question: Question, where: str) -> str | None:
    """Return the choice of an answer, None where it makes none."""
    results = answer.get("result")
    for one in results if isinstance(results, list) else ():
        if one.get("type") == "choices" and one.get("from_name") == question.from_name:
            choices = one["value"]["choices"]
            if len(choices) > 1:
                raise DataError(f"an answer names {', '.join(choices)}", where=where, fix='a row has one class: choice="single"')
            return str(choices[0]) if choices else None
    return None


def _class(choice: str, question: Question, where: str) -> int:
    if choice not in question.choices:
        expected = ", ".join(question.choices)
        raise DataError(
            f"the answer '{choice}' is none of {expected}", where=where, fix="name the choices of the labeling interface, in order"
        )
    return question.choices.index(choice)


def _rater(answer: Mapping[str, object]) -> str:
    who = answer.get("completed_by")
    return str(who.get("email") or who.get("id")) if isinstance(who, Mapping) else str(who)
