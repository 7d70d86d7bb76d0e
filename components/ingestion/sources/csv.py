"""CSV files, plain, gzipped or zipped."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from components.ingestion.cells import FALSE, TRUE, arrow_type
from components.ingestion.sources.location import plain_bytes
from components.ingestion.sources.source import Cells, Rejected, Source

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.csv as arrow_csv

BYTES = "latin-1"
"""The encoding that maps each byte to one character and back: it carries cells of unknown encoding through a text reader."""


@dataclass(frozen=True, kw_only=True)
class CsvSource(Source):
    r"""A CSV file (RFC 4180, UTF-8) with a header row.

    Parameters
    ----------
    delimiter
        The one character between cells.

    Examples
    --------
    >>> from components.ingestion.sources.source import EventTime
    >>> source = CsvSource(location="weather.csv", columns={"origin": "string", "temp": "float"}, event_time=EventTime("time_hour"))
    >>> source.types
    {'origin': 'string', 'temp': 'float', 'time_hour': 'timestamp'}
    """

    format: ClassVar[str] = "csv"

    delimiter: str = ","

    @property
    def identity(self) -> dict[str, object]:
        """The declaration in plain values, the dialect too."""
        return {**super().identity, "delimiter": self.delimiter}

    def table(self) -> pa.Table:
        """Return the columns, typed except for timestamps, in one fast pass; `pyarrow.ArrowInvalid` if a row cannot be read."""
        import pyarrow as pa
        import pyarrow.csv as arrow_csv

        self._header()
        types = {self.file_names[name]: pa.string() if kind == "timestamp" else arrow_type(kind) for name, kind in self.types.items()}
        convert = arrow_csv.ConvertOptions(
            column_types=types,
            include_columns=list(types),
            null_values=list(self.null_tokens),
            strings_can_be_null=True,
            true_values=list(TRUE),
            false_values=list(FALSE),
        )
        with plain_bytes(self.location) as file:
            read = arrow_csv.read_csv(pa.PythonFile(file, mode="r"), parse_options=self._dialect(), convert_options=convert)
        return read.rename_columns(list(self.types))

    def cells(self) -> Cells:
        """Return every row as bytes; the rows with a wrong number of cells stand apart."""
        import numpy as np
        import pyarrow as pa
        import pyarrow.csv as arrow_csv

        rejected: list[Rejected] = []

        def reject(row: arrow_csv.InvalidRow) -> str:
            rejected.append(Rejected(row.number, "ragged-row", row.text.encode(BYTES)))
            return "skip"

        names = self._header()
        texts = arrow_csv.ConvertOptions(column_types={f"f{i}": pa.string() for i in range(len(names))}, strings_can_be_null=False)
        one_thread = arrow_csv.ReadOptions(use_threads=False, encoding=BYTES, autogenerate_column_names=True)
        with plain_bytes(self.location) as file:
            stream = pa.PythonFile(file, mode="r")
            whole = arrow_csv.read_csv(stream, read_options=one_thread, parse_options=self._dialect(reject), convert_options=texts)
        numbers = np.delete(np.arange(whole.num_rows + len(rejected)), [one.number - 1 for one in rejected]) + 1
        rows = whole.slice(1)
        columns = {name: self._bytes_or_null(rows.column(names.index(in_file))) for name, in_file in self.file_names.items()}
        return Cells(pa.table(columns), numbers[1:], tuple(rejected), lambda indices: self._raw(rows.take(indices)))

    def _dialect(self, reject: Callable[[arrow_csv.InvalidRow], str] | None = None) -> arrow_csv.ParseOptions:
        import pyarrow.csv as arrow_csv

        return arrow_csv.ParseOptions(delimiter=self.delimiter, newlines_in_values=True, invalid_row_handler=reject)

    def _header(self) -> list[str]:
        """Return the names of the file's columns; `DataError` where a column to read is missing or stands there twice."""
        with plain_bytes(self.location) as file:
            lines = io.TextIOWrapper(file, encoding=BYTES, newline="")
            names = next((row for row in csv.reader(lines, delimiter=self.delimiter) if row), [])
            lines.detach()
        names = [name.encode(BYTES).decode("utf-8-sig", errors="replace") for name in names]
        self.check_columns(names)
        return names

    def _bytes_or_null(self, column: pa.ChunkedArray) -> pa.Array:
        """Return the cells as the bytes that stand in the file, null for a null token."""
        import pyarrow as pa
        import pyarrow.compute as pc

        texts = column.combine_chunks()
        raw = texts.cast(pa.binary())
        foreign = pc.invert(pc.string_is_ascii(texts))
        if pc.any(foreign).as_py():
            raw = pc.replace_with_mask(
                raw, foreign, pa.array([text.encode(BYTES) for text in texts.filter(foreign).to_pylist()], pa.binary())
            )
        tokens = pa.array([token.encode() for token in self.null_tokens], pa.binary())
        return pc.if_else(pc.is_in(raw, value_set=tokens), pa.scalar(None, pa.binary()), raw)

    def _raw(self, rows: pa.Table) -> list[bytes]:
        """Return rows as lines of the file; quotes that were not needed are gone."""
        lines = []
        for cells in zip(*(column.to_pylist() for column in rows.columns), strict=True):
            line = io.StringIO()
            csv.writer(line, delimiter=self.delimiter, lineterminator="").writerow(cells)
            lines.append(line.getvalue().encode(BYTES))
        return lines
