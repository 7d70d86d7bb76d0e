"""Canonical Parquet: equal tables give equal bytes, one row group a tile of 65,536 rows."""

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

TILE_ROWS = 65_536
"""Rows of a tile (design, section 4): a row group of this size holds a column in one or two MiB, which fits a core's cache."""

DICTIONARY_SAMPLE = 1_024
DICTIONARY_SHARE = 0.8
"""A text column is dictionary-encoded where at most this share of its first ``DICTIONARY_SAMPLE`` values is distinct, as of some 2,300 values
of equal frequency: on unique values the dictionary only costs time and space."""

CODED_BYTES = 8
"""Bytes a value that a column of codes takes at most, its dictionary included; more, and most of it is plain texts."""


class Tile(Protocol):
    """Up to ``TILE_ROWS`` consecutive rows of one span; a file of another writer may have more."""

    @property
    def n_rows(self) -> int:
        """The rows of the tile."""

    def read(self, columns: Sequence[str] | None = None, *, coded: bool = False) -> "pa.Table":
        """Return the tile's rows, all columns or the named ones in the given order; `coded` texts may come as dictionaries."""


@dataclass(frozen=True)
class StoredTile:
    """One row group of a canonical Parquet file; cheap to send to another thread, process or machine."""

    path: Path
    index: int
    n_rows: int

    def read(self, columns: Sequence[str] | None = None, *, coded: bool = False) -> "pa.Table":
        """Return the tile's rows, all columns or the named ones in the given order; `coded` texts come as the dictionaries in the file."""
        import pyarrow.parquet as pq

        metadata = pq.read_metadata(self.path)
        dictionaries = _coded_texts(metadata, self.index) if coded else None
        with pq.ParquetFile(self.path, metadata=metadata, read_dictionary=dictionaries) as file:
            return file.read_row_group(self.index, columns=None if columns is None else list(columns), use_threads=False)


@dataclass(frozen=True)
class TableTile:
    """A slice of a table in memory."""

    rows: "pa.Table"

    @property
    def n_rows(self) -> int:
        """The rows of the tile."""
        return int(self.rows.num_rows)

    def read(self, columns: Sequence[str] | None = None, *, coded: bool = False) -> "pa.Table":  # noqa: ARG002 - rows stay as they are
        """Return the tile's rows, all columns or the named ones in the given order."""
        return self.rows if columns is None else self.rows.select(list(columns))


def write_table(table: "pa.Table", path: Path, *, extremes: bool = True) -> None:
    """Write ``table`` as canonical Parquet: fixed version, compression, tile size and encodings, no writer metadata of ours.

    Without `extremes` the least and greatest value of each column of numbers or times are left out, which the file otherwise holds four
    times; those of texts and hashes, which would cost a comparison a value and prune nothing, always are.
    """
    write_pieces([table], path, extremes=extremes)


def write_pieces(pieces: Iterable["pa.Table"], path: Path, *, extremes: bool = True) -> None:
    """Write tables of the same columns, at least one, as the one table that they are parts of: the bytes do not tell how it was cut."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with contextlib.ExitStack() as stack:
        writer = None
        for tiles in _whole_tiles(pieces):
            if writer is None:
                writer = stack.enter_context(
                    pq.ParquetWriter(
                        stack.enter_context(pa.OSFile(str(path), "wb")),
                        tiles.schema,
                        version="2.6",
                        data_page_version="1.0",
                        compression="zstd",
                        compression_level=1,
                        use_dictionary=_dictionary_columns(tiles),
                        column_encoding=dict.fromkeys(_whole_columns(tiles.schema), "DELTA_BINARY_PACKED"),
                        write_statistics=_measured_columns(tiles.schema) if extremes else False,
                        store_schema=True,
                        coerce_timestamps="us",
                    )
                )
            writer.write_table(tiles, row_group_size=TILE_ROWS)


def _whole_tiles(pieces: Iterable["pa.Table"]) -> Iterator["pa.Table"]:
    """Yield the rows of pieces in tables of whole tiles, then the rest of them; of no rows an empty table."""
    import pyarrow as pa

    held: list[pa.Table] = []
    written = False
    for piece in pieces:
        held.append(piece.replace_schema_metadata(None))
        n_whole = sum(one.num_rows for one in held) // TILE_ROWS * TILE_ROWS
        if n_whole:
            rows = pa.concat_tables(held).combine_chunks()
            yield rows.slice(0, n_whole)
            held, written = [rows.slice(n_whole)], True
    rest = pa.concat_tables(held).combine_chunks()
    if rest.num_rows or not written:
        yield rest


def slices_of(table: "pa.Table") -> list[TableTile]:
    """Return the tiles of a table in memory, in row order."""
    return [TableTile(table.slice(start, TILE_ROWS)) for start in range(0, table.num_rows, TILE_ROWS)]


def tiles_of(path: Path) -> list[StoredTile]:
    """Return the tiles of a canonical Parquet file in row order."""
    import pyarrow.parquet as pq

    metadata = pq.read_metadata(path)
    return [StoredTile(path, index, metadata.row_group(index).num_rows) for index in range(metadata.num_row_groups)]


def _dictionary_columns(table: "pa.Table") -> list[str]:
    """Name the text columns that repeat enough for a dictionary to pay."""
    import pyarrow as pa
    import pyarrow.compute as pc

    chosen = []
    for field in table.schema:
        if not (pa.types.is_string(field.type) or pa.types.is_large_string(field.type)):
            continue
        sample = table.column(field.name).slice(0, DICTIONARY_SAMPLE)
        if len(sample) and len(pc.unique(sample.drop_null())) <= max(1, DICTIONARY_SHARE * len(sample)):
            chosen.append(field.name)
    return chosen


def _whole_columns(schema: "pa.Schema") -> list[str]:
    """Name the columns of whole numbers and of times: their differences, packed in bits, are smaller and no slower to write and read."""
    import pyarrow as pa

    types = pa.types
    return [one.name for one in schema if types.is_integer(one.type) or (types.is_temporal(one.type) and not types.is_interval(one.type))]


def _measured_columns(schema: "pa.Schema") -> list[str]:
    """Name the columns of numbers and times."""
    import pyarrow as pa

    return [*_whole_columns(schema), *(one.name for one in schema if pa.types.is_floating(one.type) or pa.types.is_decimal(one.type))]


def _coded_texts(metadata: "pq.FileMetaData", row_group: int) -> list[str]:
    """Name the columns of strings that a row group stores as a dictionary, to the end: a full one is followed by plain values."""
    chunks = [metadata.row_group(row_group).column(index) for index in range(metadata.num_columns)]
    texts = [metadata.schema.column(index).logical_type.type == "STRING" for index in range(metadata.num_columns)]
    return [
        chunk.path_in_schema
        for chunk, is_text in zip(chunks, texts, strict=True)
        if is_text and chunk.has_dictionary_page and chunk.total_uncompressed_size <= CODED_BYTES * chunk.num_values
    ]
