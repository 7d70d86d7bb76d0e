"""No model is trained on what may only be sliced by."""

from collections.abc import Collection

from components.artifacts.features import Features
from components.artifacts.findings import Finding
from components.artifacts.purposes import purposes_of
from components.runtime.errors import DataError
from components.runtime.window import Window


def refuse_slice_only(features: Window[Features], left_out: Collection[str]) -> None:
    """Raise where a model would take a feature that was made from a column tagged ``slice-only``, on any span of the window.

    Raises
    ------
    DataError
        With a finding ``slice-only`` for each such feature.
    """
    used = sorted(set(purposes_of(value.schema for _, value in features.present())) - set(left_out))
    if used:
        findings = [Finding("slice-only", "fail", name, "it was made from a column that may only be sliced by") for name in used]
        raise DataError(
            "a model must not be trained on columns that may only be sliced by", findings, fix="leave them out: TrainingConfig(excluded=…)"
        )
