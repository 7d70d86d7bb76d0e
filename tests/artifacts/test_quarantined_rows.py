import pyarrow as pa
import pytest

from components.artifacts.quarantined_rows import QuarantinedRows

ROWS = pa.table(
    {
        "row_id": pa.array([bytes(16)], pa.binary(16)),
        "event_time": pa.array([0], pa.timestamp("us", tz="UTC")),
        "reasons": ["rule-broken sums"],
        "x": [1],
    }
)


def test_rows_come_back_as_they_were_saved(tmp_path):
    QuarantinedRows.from_arrow(ROWS).save(tmp_path)
    again = QuarantinedRows.load(tmp_path)
    assert again.to_arrow() == ROWS
    assert again.summary() == QuarantinedRows.from_arrow(ROWS).summary() == {"n_rows": 1}


def test_rows_without_reasons_are_refused():
    with pytest.raises(ValueError, match="reasons"):
        QuarantinedRows.from_arrow(ROWS.drop_columns(["reasons"]))
