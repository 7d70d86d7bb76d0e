"""The fit part of `bench_labeling.py`: how fast label models learn from votes, and how near they come to the truth, beside their peers."""

import functools
import importlib.util
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType

import numpy as np
from label_matrices import FAMILIES, LabelMatrix, Shape
from numpy.typing import NDArray
from spam_rows import spam_matrix

from components.labeling.selection import fit_votes

SHARED = Path(__file__).resolve().parents[2] / "shared" / "bench" / "make_label_matrix.py"
"""A generator of matrices beside the project; its families are made by ours where it is not there."""

GIVEN = {
    "ind k2 b50": ("ind", 2, 0.5), "ind k2 b80": ("ind", 2, 0.8), "ind k4 b25": ("ind", 4, 0.25), "ind k4 b70": ("ind", 4, 0.7),
    "corr k2 b50": ("corr", 2, 0.5), "corr k2 b80": ("corr", 2, 0.8), "corr k4 b25": ("corr", 4, 0.25),
    "class k2 b50": ("class", 2, 0.5), "class k4 b25": ("class", 4, 0.25),
}  # fmt: skip

OWN: Mapping[str, tuple[str, Shape, Mapping[str, float]]] = {
    "copies half": ("corr", Shape(), {"share": 0.5}),
    "copies nine tenths of 0.6": ("corr", Shape(), {"share": 0.9, "accuracy": 0.6}),
    "copies 0.7 k4": ("corr", Shape(classes=4, balance=0.25), {"share": 0.7}),
    "blind spot k2": ("blind", Shape(), {}),
    "blind spot k4": ("blind", Shape(classes=4, balance=0.25), {}),
    "weak": ("ind", Shape(accuracy=(0.52, 0.6)), {}),
    "weak x50": ("ind", Shape(accuracy=(0.52, 0.6), functions=50), {}),
    "ten classes": ("ind", Shape(classes=10, balance=0.1), {}),
    "three functions": ("ind", Shape(functions=3), {}),
    "150 functions": ("ind", Shape(functions=150, firing=(0.02, 0.08)), {}),
    "coverage 5 %": ("ind", Shape(firing=(0.02, 0.08)), {}),
    "one class x40 k10": ("class", Shape(functions=40, classes=10, balance=0.1), {}),
    "200 rows": ("ind", Shape(rows=200), {}),
    "200 rows k4": ("ind", Shape(rows=200, classes=4, balance=0.25), {}),
    "keywords x70": ("keywords", Shape(rows=5000, functions=70, balance=0.85, firing=(0.05, 0.3)), {}),
    "keywords x10": ("keywords", Shape(rows=2000, firing=(0.3, 0.9)), {}),
    "keywords k10": ("keywords", Shape(functions=26, classes=10, balance=0.3, firing=(0.3, 0.9)), {}),
}
MODELS = ("auto", "majority", "weighted", "triplets", "dawid-skene", "generative")
PEERS = ("snorkel", "crowdkit_dawid_skene", "crowdkit_mmsr")
BINS = 15


def fit_figures(seeds: Collection[int], peers: Path | None, *, quick: bool) -> dict[str, object]:
    """Return times of a fit with prediction on a million rows, and accuracy, log loss, Brier score and calibration error by setting."""
    figures: dict[str, object] = {}
    measured = {name: _measured(make, seeds, peers) for name, make in _settings(quick=quick)}
    for figure in ("accuracy", "log_loss", "brier", "ece"):
        figures[figure] = {setting: {model: found[figure] for model, found in models.items()} for setting, models in measured.items()}
    figures |= _times(peers)
    figures["fit_predict_10m_x50"] = None if quick else _child("large")
    return figures


def _settings(*, quick: bool) -> Iterator[tuple[str, Callable[[int], LabelMatrix]]]:
    shared = _shared()
    for name, (family, k, balance) in GIVEN.items():
        yield name, functools.partial(_given, shared, family, k, balance)
    for name, (family, shape, more) in OWN.items():
        if not (quick and shape.functions > 50):  # noqa: PLR2004
            yield name, functools.partial(_own, family, shape, more)
    yield "spam", spam_matrix


def _own(family: str, shape: Shape, more: Mapping[str, float], seed: int) -> LabelMatrix:
    return FAMILIES[family](shape, seed, **more)


def _given(shared: ModuleType | None, family: str, k: int, balance: float, seed: int, rows: int = 10_000) -> LabelMatrix:
    if shared is None:
        return FAMILIES[family](Shape(rows=rows, classes=k, balance=balance), seed)
    made = shared.make(rows, 10, k, balance, family, seed)
    return LabelMatrix(made["L"], made["y"], k, made["oracle"].astype(np.float64))


def _shared() -> ModuleType | None:
    if not SHARED.exists():
        return None
    spec = importlib.util.spec_from_file_location("make_label_matrix", SHARED)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _measured(make: Callable[[int], LabelMatrix], seeds: Collection[int], peers: Path | None) -> dict[str, dict[str, float | None]]:
    """Return the mean over seeds of each figure by model; the rows that nothing voted on count too, but for families without an oracle."""
    found: dict[str, list[dict[str, float]]] = {}
    absent = dict.fromkeys(("oracle", *PEERS))
    matrices = [make(seed) for seed in seeds]
    for matrix, theirs in zip(matrices, _peers(peers, matrices), strict=True):
        rows = np.ones(len(matrix.votes), bool) if matrix.oracle is not None else (matrix.votes >= 0).any(axis=1)
        answers = {model: fit_votes(matrix.votes, matrix.n_classes, method=model).model.predict(matrix.votes) for model in MODELS}
        if matrix.oracle is not None:
            answers["oracle"] = matrix.oracle
        answers |= theirs
        for model, probabilities in answers.items():
            found.setdefault(model, []).append(_figures(probabilities[rows], matrix.truth[rows]))
    means = {
        model: {figure: round(statistics.fmean(one[figure] for one in some), 4) for figure in some[0]} for model, some in found.items()
    }
    return {model: dict.fromkeys(("accuracy", "log_loss", "brier", "ece")) for model in absent if model not in means} | means


def _figures(probabilities: NDArray[np.float64], truth: NDArray[np.int8]) -> dict[str, float]:
    p = np.clip(probabilities, 1e-6, 1)
    rows, best, sure = np.arange(len(truth)), p.argmax(axis=1), p.max(axis=1)
    right = best == truth
    part = np.minimum((sure * BINS).astype(int), BINS - 1)
    gaps = np.abs(np.bincount(part, sure - right, BINS))
    one_hot = np.eye(p.shape[1])[truth]
    return {
        "accuracy": float(right.mean()),
        "log_loss": float(-np.log(p[rows, truth]).mean()),
        "brier": float(((p - one_hot) ** 2).sum(axis=1).mean()),
        "ece": float(gaps.sum() / len(truth)),
    }


def _peers(python: Path | None, matrices: Sequence[LabelMatrix]) -> list[dict[str, NDArray[np.float64]]]:
    """Return what each peer answers to each matrix: nothing where its environment is not given or it fails. One process for all."""
    if python is None:
        return [{} for _ in matrices]
    with tempfile.TemporaryDirectory() as folder:
        for number, matrix in enumerate(matrices):
            np.savez(Path(folder) / f"{number}.npz", votes=matrix.votes, n_classes=matrix.n_classes)
        _ask(python, Path(folder), "answers")
        found = []
        for number in range(len(matrices)):
            with np.load(Path(folder) / f"{number}.answers.npz") as answers:
                found.append({name: answers[name] for name in answers.files if name in PEERS})
        return found


def _ask(python: Path, folder: Path, *how: str) -> None:
    script = Path(__file__).with_name("label_peers.py")
    subprocess.run([python, "-W", "ignore", script, folder, *how], check=True, capture_output=True)


def _times(peers: Path | None) -> dict[str, float | None]:
    """Return the seconds of fit and predict on a million rows of ten functions, medians of five, and Snorkel's over ours with two classes."""
    found: dict[str, float | None] = {}
    for k in (2, 4):
        matrix = FAMILIES["ind"](Shape(rows=1_000_000, classes=k, balance=1 / k), 1)
        for method in ("dawid-skene", "auto"):
            spent = [_seconds(lambda votes: fit_votes(votes, k, method=method).model.predict(votes), matrix.votes) for _ in range(5)]  # noqa: B023
            found[f"{method}_s_1m_k{k}"] = round(statistics.median(spent), 4)
        if k == 2:  # noqa: PLR2004
            found["snorkel_s_1m"] = None if peers is None else _snorkel_seconds(peers, matrix)
    snorkel = found["snorkel_s_1m"]
    found["fit_predict_s_1m"] = found["auto_s_1m_k2"]
    found["fit_ratio_snorkel"] = None if snorkel is None else round(snorkel / float(found["auto_s_1m_k2"] or 1), 2)
    return found


def _seconds(work: Callable[[NDArray[np.int8]], object], votes: NDArray[np.int8]) -> float:
    began = time.perf_counter()
    work(votes)
    return time.perf_counter() - began


def _snorkel_seconds(python: Path, matrix: LabelMatrix) -> float:
    with tempfile.TemporaryDirectory() as folder:
        np.savez(Path(folder) / "0.npz", votes=matrix.votes, n_classes=matrix.n_classes)
        _ask(python, Path(folder), "seconds", "snorkel")
        with np.load(Path(folder) / "0.seconds.npz") as answers:
            return round(float(answers["snorkel"]), 4)


def _child(name: str) -> dict[str, float]:
    done = subprocess.run([sys.executable, __file__, name], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def large(rows: int = 10_000_000, functions: int = 50) -> dict[str, float]:
    """Return seconds and peak memory of a fit with prediction on ten million rows of fifty functions, votes included."""
    import resource

    votes, step = np.empty((rows, functions), np.int8), rows // 40
    part = FAMILIES["ind"](Shape(rows=step, functions=functions), seed=1).votes
    for start in range(0, rows, step):
        votes[start : start + step] = part[np.random.default_rng(start).permutation(step)]
    spent = _seconds(lambda every: fit_votes(every, 2).model.predict(every), votes)
    return {"seconds": round(spent, 2), "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)}


if __name__ == "__main__":
    print(json.dumps(large()))
