"""Label diagnostics: what is saved is what is loaded."""

from pathlib import Path

from components.artifacts.label_diagnostics import BelievedFunction, Doubt, Evidence, LabelDiagnostics


def test_what_is_loaded_is_what_was_saved(tmp_path: Path) -> None:
    saved = LabelDiagnostics(
        method="generative",
        reason="why",
        n_rows=10,
        n_fitted=9,
        balance=(0.3, 0.7),
        evidence=(Evidence("majority"), Evidence("generative", held_out=-1.5, misfit=0.9)),
        functions=(BelievedFunction("a", 0.8, 0.5, None), BelievedFunction("b", 0.6, 0.5, 0)),
        doubts=(Doubt("too-few-functions", "two"),),
        model={"method": "generative", "balance": [0.3, 0.7]},
    )
    saved.save(tmp_path)
    assert LabelDiagnostics.load(tmp_path) == saved
    assert saved.summary() == {"n_rows": 10, "n_fitted": 9, "n_functions": 2, "n_doubts": 1}
