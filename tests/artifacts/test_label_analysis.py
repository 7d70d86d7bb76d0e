"""Label analysis: nested figures come back as they were saved."""

from pathlib import Path

from components.artifacts.label_analysis import (
    Alarm,
    Bucket,
    CalibrationBin,
    Dependence,
    Failure,
    FunctionAnalysis,
    LabelAnalysis,
    ShownRow,
)
from tests.saving import loaded_again

ROW = ShownRow("00ff", "2026-01-05T00:00:00+00:00", "2026-01-05", None, {"first": 1}, {"text": "<b>\u00e9"})
FUNCTION = FunctionAnalysis(
    "first", "Say so.", {"0": 1, "1": 2}, 0.5, 0.25, 0.1, 0.75, 0.5, 0.9, 8, is_row_wise=True, n_faults=1,
    trend={"coverage": (0.5, None), "agreement": (None, 0.25), "accuracy": (0.5, 0.5)},
    alarms=(Alarm("2026-01-05", "coverage", 0.9, 0.5, 0.1),), mistakes=(Bucket("carrier", "B6", 20, 0.5, 0.3, 0.7),), examples=(ROW,),
    failures=(Failure("2026-01-05", "raised KeyError: <i>", 1, (ROW,)),),
)  # fmt: skip
ANALYSIS = LabelAnalysis(
    1, ("2026-01-04", "2026-01-05"), 10, 8, 2, (0, 1), (FUNCTION,), ((0.0,),), (Dependence("first", "second", 0.9),),
    {"outcome": (4, 4)}, {"0": (2.0, 0.0), "1": (2.0, 0.0)}, {"1": (CalibrationBin(0.1, 0.2, 3, 0.15, 0.2),)}, (ROW,), (), (ROW, ROW),
)  # fmt: skip


def test_an_analysis_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    assert loaded_again(ANALYSIS, tmp_path) == ANALYSIS
    assert ANALYSIS.summary() == {"n_rows": 10, "n_functions": 1, "coverage": 0.8, "n_alarms": 1}
