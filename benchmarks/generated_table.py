"""A seeded table of 20 columns: eight doubles with nulls, four integers, six texts of 10 to 100,000 values, a unique id, a time."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

CHUNK = 50_000
GROUP = 4
"""Chunks of a row group: 200,000 rows, as many writers have them, not the project's own 65,536."""
CARDINALITIES = (10, 50, 200, 1_000, 10_000, 100_000)
NULL_SHARES = (0.05, 0.10, 0.01, 0.20, 0.01, 0.05, 0.50, 0.90)
START = 1_700_000_000_000_000


def chunks(n_rows: int, seed: int = 7) -> Iterator[pa.Table]:
    """Yield the table in chunks of 50,000 rows; a smaller table is the beginning of a larger one."""
    shares = [np.cumsum(1 / np.arange(1, n + 1) ** 1.1) for n in CARDINALITIES]
    words = [pa.array([f"c{k}_v{j:06d}" for j in range(n)]) for k, n in enumerate(CARDINALITIES)]
    for number in range(n_rows // CHUNK):
        yield _chunk(np.random.default_rng([seed, number]), number, shares, words)


def write(n_rows: int, path: Path) -> None:
    """Write the table as Parquet with the settings that pyarrow has by default."""
    pending: list[pa.Table] = []
    writer = None
    for index, chunk in enumerate(chunks(n_rows)):
        pending.append(chunk)
        if len(pending) == GROUP or (index + 1) * CHUNK == n_rows:
            rows = pa.concat_tables(pending).combine_chunks()
            writer = writer or pq.ParquetWriter(path, rows.schema)
            writer.write_table(rows, row_group_size=rows.num_rows)
            pending = []
    if writer is not None:
        writer.close()


def _chunk(random: np.random.Generator, number: int, shares: list[np.ndarray], words: list[pa.Array]) -> pa.Table:
    n = CHUNK
    doubles = [
        random.normal(0, 1, n),
        random.lognormal(1, 0.7, n),
        random.uniform(-100, 100, n),
        random.exponential(3.0, n),
        random.standard_t(3, n),
        random.binomial(1, 0.3, n) * random.gamma(2.0, 2.0, n),
        np.where(random.binomial(1, 0.5, n), random.normal(-4, 1, n), random.normal(6, 2, n)),
        np.round(random.normal(50, 10, n), 2),
    ]
    integers = [random.integers(0, 100, n), random.poisson(5, n), random.integers(0, 1 << 40, n), random.binomial(1, 0.3, n)]
    columns = {f"f{k}": pa.array(values, mask=random.random(n) < NULL_SHARES[k]) for k, values in enumerate(doubles)}
    columns |= {f"i{k}": pa.array(values) for k, values in enumerate(integers)}
    for k, (share, names) in enumerate(zip(shares, words, strict=True)):
        columns[f"c{k}"] = names.take(pa.array(np.searchsorted(share / share[-1], random.random(n)).clip(0, len(names) - 1)))
    columns["id"] = _hexadecimal(random.integers(0, 1 << 63, n))
    times = START + (np.arange(n) + number * n) * 1_000_000 + random.integers(0, 1_000_000, n)
    return pa.table({**columns, "event_time": pa.array(times, pa.timestamp("us", "UTC"))})


def _hexadecimal(numbers: np.ndarray) -> pa.Array:
    """Return 16 hexadecimal digits of each number."""
    digits = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)[(numbers[:, None] >> np.arange(60, -4, -4)) & 15]
    return pa.array(digits.astype(np.uint8).view("S16").ravel()).cast(pa.string())
