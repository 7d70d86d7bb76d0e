"""No model is trained on what may only be sliced by: neither as a feature nor through its labels."""

from collections.abc import Collection, Mapping
from typing import cast

from components.artifacts.features import Features
from components.artifacts.findings import Finding
from components.artifacts.labels import LIMITED, Labels
from components.artifacts.purposes import purposes_of
from components.runtime.errors import DataError
from components.runtime.window import Window
from components.training.rows import ROW_COLUMNS


def refuse_slice_only(features: Window[Features], labels: Labels, excluded: Collection[str]) -> None:
    """Raise where a model would learn from a column tagged ``slice-only``, on any span of the window.

    Raises
    ------
    DataError
        With a finding ``slice-only`` for each feature that was made from such a column, and for each labeling function or outcome.
    """
    used = sorted(set(purposes_of(value.schema for _, value in features.present())) - {*ROW_COLUMNS, *excluded})
    read = sorted(cast("Mapping[str, str]", labels.label_model.get(LIMITED, {})))
    if not used and not read:
        return
    findings = [Finding("slice-only", "fail", name, "it was made from a column that may only be sliced by") for name in used]
    findings += [Finding("slice-only", "fail", name, "it reads a column that may only be sliced by, and labels train") for name in read]
    fixes = ["leave the features out: TrainingConfig(excluded=…)"] * bool(used) + ["write what labels over other columns"] * bool(read)
    raise DataError("a model must not be trained on columns that may only be sliced by", findings, fix="; ".join(fixes))
