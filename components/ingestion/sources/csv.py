"""CSV files in any dialect and encoding, plain or compressed."""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Literal

from components.ingestion.cells import FALSE, TRUE, arrow_type, mapped
from components.ingestion.sources.blocks import BLOCK_BYTES, BlockParser, Rest, RowBlocks, filled
from components.ingestion.sources.column import Column, ColumnType
from components.ingestion.sources.location import plain_bytes
from components.ingestion.sources.source import Cells, Rejected, Source
from components.ingestion.sources.transcoding import Utf8Reader
from components.runtime.errors import DefinitionError

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    import pyarrow.csv as arrow_csv
    from numpy.typing import NDArray

BYTES = "latin-1"
"""The encoding that maps each byte to one character and back: it carries cells of unknown encoding through a text reader."""


@dataclass(frozen=True, kw_only=True)
class CsvSource(Source):
    r"""A CSV file (RFC 4180) with a header row; ``.gz``, ``.bz2``, ``.zst`` and ``.zip`` are unpacked.

    Parameters
    ----------
    delimiter, quote, escape
        The one character between cells, around a cell and before a quote within one; no ``quote`` and no ``escape`` where None.
    encoding
        Of the file, as Python names it; a byte order mark is skipped.
    decimal_point
        The one character before the fraction of a float.
    header
        The names of the columns where the file has no header row.
    skip_lines
        The number of lines before the header, or before the rows where there is none: titles above the table.

    Examples
    --------
    >>> from components.ingestion.sources.source import EventTime
    >>> source = CsvSource(location="weather.csv", columns={"origin": "string", "temp": "float"}, event_time=EventTime("time_hour"))
    >>> source.types
    {'origin': 'string', 'temp': 'float', 'time_hour': 'timestamp'}
    """

    format: ClassVar[str] = "csv"
    has_null_tokens: ClassVar[bool] = True
    checks_utf8: ClassVar[bool] = True

    delimiter: str = ","
    quote: str | None = '"'
    escape: str | None = None
    encoding: str = "utf-8"
    decimal_point: str = "."
    header: tuple[str, ...] | None = None
    skip_lines: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        try:
            codecs.lookup(self.encoding)
        except LookupError as error:
            raise DefinitionError("unknown encoding", where=self.location, expected="such as 'latin-1'", got=repr(self.encoding)) from error
        if self.skip_lines < 0:
            raise DefinitionError(
                "lines cannot be taken back", where=self.location, expected="skip_lines of 0 or more", got=str(self.skip_lines)
            )
        for character in (self.delimiter, self.quote, self.escape, self.decimal_point):
            if character is not None and (len(character) != 1 or not character.isascii()):
                raise DefinitionError("a dialect is made of single ASCII characters", where=self.location, got=repr(character))

    @property
    def identity(self) -> dict[str, object]:
        """The declaration in plain values; of the dialect the delimiter and what differs from the usual."""
        dialect = {name: getattr(self, name) for name, usual in USUAL.items() if getattr(self, name) != usual}
        return {**super().identity, "delimiter": self.delimiter, **dialect}

    def batches(self) -> Iterator[pa.Table]:
        """Yield the columns, times as text unless all are instants as Arrow writes them; `pyarrow.ArrowInvalid` if a row cannot be read."""
        return (job() for job in self.jobs())

    def jobs(self) -> Iterator[Callable[[], pa.Table]]:
        """Yield the parsing of each block of whole rows; from where the ends of rows cannot be told before, of what one pass finds."""
        import pyarrow as pa
        import pyarrow.csv as arrow_csv

        with self._utf8("strict") as file:
            block = filled(file, BLOCK_BYTES)
            names, start = self._header(block)
            block = block[start:]
            read = arrow_csv.ReadOptions(use_threads=False, block_size=2 * BLOCK_BYTES + 1, column_names=names)
            parser = BlockParser(read, self._dialect(), self._convert(), self._convert(arrow_type("timestamp")))
            if self.escape is None:
                blocks = RowBlocks(block, file, self.delimiter.encode(), (self.quote or "").encode())
                for rows in blocks:
                    yield partial(self._finished, partial(parser.parsed, rows))
                block = blocks.rest
            if block:
                read = arrow_csv.ReadOptions(block_size=BLOCK_BYTES, column_names=names)
                for batch in _opened(pa.PythonFile(Rest(block, file), mode="r"), read, self._dialect(), self._convert()):
                    yield partial(self._finished, partial(pa.Table.from_batches, [batch]))

    def pointed(self, cells: pa.ChunkedArray, kind: ColumnType) -> pa.ChunkedArray:
        """Return cells of a type; floats that are text have a point before the fraction, where the declared mark stood, and no other."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if kind != "float" or self.decimal_point == "." or not (pa.types.is_string(cells.type) or pa.types.is_binary(cells.type)):
            return cells
        return pc.replace_substring(pc.replace_substring(cells, ".", "\0"), self.decimal_point, ".")

    def _convert(self, times: pa.DataType | None = None) -> arrow_csv.ConvertOptions:
        """Return how cells are converted: times to a type, to text without one."""
        import pyarrow as pa
        import pyarrow.csv as arrow_csv

        types = {}
        for name, kind in self.types.items():
            target = arrow_type(kind)
            if kind == "timestamp":
                has_format = name == self.event_time.column and self.event_time.format is not None
                target = pa.string() if has_format or times is None else times
            types[self.file_names[name]] = pa.string() if self.tokens(name) != self.null_tokens else target
        return arrow_csv.ConvertOptions(
            column_types=types,
            include_columns=list(types),
            null_values=list(self.null_tokens),
            strings_can_be_null=not self._maps_text,
            true_values=list(TRUE),
            false_values=list(FALSE),
            decimal_point=self.decimal_point,
        )

    @property
    def _maps_text(self) -> bool:
        return any(rule.maps_text for rule in self.rules.values())

    def _finished(self, read: Callable[[], pa.Table]) -> pa.Table:
        """Return what was read under the names here."""
        table = read().rename_columns(list(self.types))
        return self._without_tokens(table) if self._maps_text else table

    def _without_tokens(self, table: pa.Table) -> pa.Table:
        """Return text columns with null for the source's null tokens, where the reader was told not to look for them."""
        for index, name in enumerate(table.column_names):
            if self.tokens(name):
                table = table.set_column(index, name, mapped(table.column(index), Column(self.types[name]), self.null_tokens))
        return table

    def cells(self) -> Iterator[Cells]:
        """Yield every row as bytes; the rows with a wrong number of cells stand apart."""
        import numpy as np
        import pyarrow as pa
        import pyarrow.csv as arrow_csv

        rejected: list[Rejected] = []
        good_before: list[int] = []
        first_number = self.skip_lines + 1

        def reject(row: arrow_csv.InvalidRow) -> str:
            rejected.append(Rejected(row.number, "ragged-row", self._encoded(row.text.encode(BYTES))))
            good_before.append(row.number - first_number - len(good_before))
            return "skip"

        names = self._names()
        texts = arrow_csv.ConvertOptions(column_types={f"f{i}": pa.string() for i in range(len(names))}, strings_can_be_null=False)
        read = arrow_csv.ReadOptions(
            use_threads=False, encoding=BYTES, autogenerate_column_names=True, block_size=BLOCK_BYTES, skip_rows=self.skip_lines
        )
        done = 0
        with self._utf8("surrogateescape") as file:
            start = filled(file, len(codecs.BOM_UTF8)).removeprefix(codecs.BOM_UTF8)
            for batch in _opened(pa.PythonFile(Rest(start, file), mode="r"), read, self._dialect(reject), texts):
                good = np.arange(done, done + batch.num_rows)
                numbers = good + np.searchsorted(np.array(good_before), good, side="right") + first_number
                first = 1 if done == 0 and self.header is None else 0
                done += batch.num_rows
                rows = pa.Table.from_batches([batch]).slice(first)
                columns = {
                    name: self._bytes_or_null(rows.column(names.index(in_file)), self.tokens(name))
                    for name, in_file in self.file_names.items()
                }
                so_far = tuple(rejected)
                del rejected[: len(so_far)]  # the reader may have added more from its thread
                yield Cells(pa.table(columns), numbers[first:], so_far, self._raw_of(rows))
        if rejected:
            yield Cells(pa.table({name: pa.array([], pa.binary()) for name in self.types}), np.arange(0), tuple(rejected), lambda _: [])

    @contextlib.contextmanager
    def _utf8(self, errors: str) -> Iterator[pa.NativeFile]:
        """Open the file unpacked and as UTF-8; bytes that are not of its encoding stay as they are, which is not UTF-8."""
        import pyarrow as pa

        with plain_bytes(self.location) as file:
            if codecs.lookup(self.encoding).name in ("utf-8", "utf-8-sig"):
                yield file
            else:
                yield pa.PythonFile(Utf8Reader(file, self.encoding, errors), mode="r")

    def _encoded(self, row: bytes) -> bytes:
        """Return a row in the encoding of the file."""
        return row.decode(errors="surrogateescape").encode(self.encoding, errors="surrogateescape")

    def _dialect(self, reject: Callable[[arrow_csv.InvalidRow], str] | None = None) -> arrow_csv.ParseOptions:
        import pyarrow.csv as arrow_csv

        return arrow_csv.ParseOptions(
            delimiter=self.delimiter,
            quote_char=self.quote or False,
            double_quote=self.quote is not None,
            escape_char=self.escape or False,
            newlines_in_values=self.quote is not None,
            invalid_row_handler=reject,
        )

    def _names(self) -> list[str]:
        """Return the names of the file's columns; `DataError` where a column to read is missing or stands there twice."""
        with self._utf8("surrogateescape") as file:
            return self._header(filled(file, BLOCK_BYTES))[0]

    def _header(self, block: bytes) -> tuple[list[str], int]:
        """Return the names of the columns, and where in the first block of the file the rows begin."""
        lines = io.StringIO(block.decode(BYTES), newline="")
        lines.seek(len(codecs.BOM_UTF8) * block.startswith(codecs.BOM_UTF8))
        for _ in range(self.skip_lines):
            lines.readline()
        names = list(self.header or ())
        if not names:
            quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE
            rows = csv.reader(lines, delimiter=self.delimiter, quotechar=self.quote or '"', escapechar=self.escape, quoting=quoting)
            names = [name.encode(BYTES).decode(errors="replace") for name in next((row for row in rows if row), [])]
        self.check_columns(names)
        return names, lines.tell()

    def _bytes_or_null(self, column: pa.ChunkedArray, null_tokens: tuple[str, ...]) -> pa.Array:
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
        tokens = pa.array([token.encode() for token in null_tokens], pa.binary())
        return pc.if_else(pc.is_in(raw, value_set=tokens), pa.scalar(None, pa.binary()), raw)

    def _raw_of(self, rows: pa.Table) -> Callable[[NDArray[np.int64]], list[bytes]]:
        """Return the function that gives rows as lines of the file; quotes that were not needed are gone."""

        def raw(indices: NDArray[np.int64]) -> list[bytes]:
            lines = []
            for cells in zip(*(column.to_pylist() for column in rows.take(indices).columns), strict=True):
                line = io.StringIO()
                csv.writer(line, delimiter=self.delimiter, lineterminator="", quotechar=self.quote or '"').writerow(cells)
                lines.append(self._encoded(line.getvalue().encode(BYTES)))
            return lines

        return raw


USUAL = {"quote": '"', "escape": None, "encoding": "utf-8", "decimal_point": ".", "header": None, "skip_lines": 0}


def _opened(
    file: pa.NativeFile, read: arrow_csv.ReadOptions, dialect: arrow_csv.ParseOptions, convert: arrow_csv.ConvertOptions
) -> Iterator[pa.RecordBatch]:
    """Yield the batches of a file; none of a file without rows."""
    import pyarrow.csv as arrow_csv

    with arrow_csv.open_csv(file, read_options=read, parse_options=dialect, convert_options=convert) as stream:
        yield from stream
