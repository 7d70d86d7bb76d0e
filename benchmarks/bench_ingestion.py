"""How fast sources become canonical Parquet, beside the bare reader and writer, and in how much memory.

- ``csv_ratio``: speed of CSV -> partitioned, hashed, sorted canonical Parquet over that of `pyarrow.csv.open_csv` alone (bar: 0.5)
- ``parquet_ratio``: speed of Parquet -> the same over that of a bare read and write (bar: 0.8)
- ``peak_mb``: peak resident memory of a process that reads one large CSV file (bar: 600, whatever its size)
- ``day_ms``: a CSV file of one day of 900 rows to its examples on disk (bar: 20)

Pairs are interleaved, each side's figure is its median; the machine's noise hits both sides alike.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq

from components.artifacts.delivery import Delivery
from components.ingestion.component import ingest_examples
from components.ingestion.partition import read_source
from components.ingestion.sources.csv import CsvSource
from components.ingestion.sources.parquet import ParquetSource
from components.ingestion.sources.source import EventTime, Source
from components.runtime.spans import Calendar, Grain

DAYS = Calendar(Grain.DAY, "UTC")
N_DAYS = 60
START = 1_356_998_400  # 2013-01-01 in seconds
COLUMNS = {"id": "string", "n": "integer", "x": "float", "y": "float", "carrier": "string", "dest": "string", "at": "timestamp"}
TYPES = {
    "id": pa.string(), "n": pa.int64(), "x": pa.float64(), "y": pa.float64(), "carrier": pa.string(), "dest": pa.string(),
    "at": pa.timestamp("us", "UTC"),
}  # fmt: skip
PUBLISHERS = 2


def rows(first: int, n: int, total: int) -> pa.Table:
    """Return rows first to first + n of a table of 60 days with a unique key."""
    random = np.random.default_rng(first)
    seconds = START + np.arange(first, first + n) * (N_DAYS * 86_400) // total
    return pa.table(
        {
            "id": pa.array(np.arange(first, first + n)).cast(pa.string()),
            "n": random.integers(0, 1_000, n),
            "x": random.normal(size=n).round(4),
            "y": random.normal(size=n).round(4),
            "carrier": pa.array(["AA", "BB", "CC", "DD"]).take(pa.array(random.integers(0, 4, n))),
            "dest": pa.array([f"place {i}" for i in range(300)]).take(pa.array(random.integers(0, 300, n))),
            "at": pa.array(np.char.add(np.datetime_as_string(seconds.astype("datetime64[s]")), "Z")),
        }
    )


def write_csv(path: Path, n: int) -> None:
    """Write n rows as CSV, half a million at a time."""
    with arrow_csv.CSVWriter(str(path), rows(0, 1, n).schema) as writer:
        for first in range(0, n, 500_000):
            writer.write_table(rows(first, min(500_000, n - first), n))


def declared(kind: type[Source], path: Path) -> Source:
    return kind(location=str(path), columns=COLUMNS, event_time=EventTime("at"), key=("id",))


def deliver(source: Source, directory: Path) -> int:
    """Read a source and write each span's part, as the runner publishes them; return the rows."""
    reading = read_source(source, DAYS)

    def save(key: str) -> int:
        (directory / key).mkdir(exist_ok=True)
        part = reading.parts[key]
        part.save(directory / key)
        return part.n_rows

    with ThreadPoolExecutor(PUBLISHERS) as threads:
        return sum(threads.map(save, reading.parts))


def bare_csv(path: Path) -> int:
    with arrow_csv.open_csv(path, convert_options=arrow_csv.ConvertOptions(column_types=TYPES)) as stream:
        return sum(batch.num_rows for batch in stream)


def bare_parquet(path: Path, directory: Path) -> int:
    table = pq.read_table(path)
    pq.write_table(table, directory / "bare.parquet", compression="zstd", compression_level=1)
    return table.num_rows


def ratio(bare: Callable[[], int], ours: Callable[[], int], n_pairs: int) -> tuple[float, float]:
    """Return the median times of both, run in turn, after one of each that does not count."""
    times: tuple[list[float], list[float]] = ([], [])
    for pair in range(n_pairs + 1):
        for side, run in enumerate((bare, ours)):
            start = time.perf_counter()
            run()
            if pair:
                times[side].append(time.perf_counter() - start)
    return statistics.median(times[0]), statistics.median(times[1])


def peak_mb(path: Path, directory: Path) -> float:
    """Return the peak resident memory of another process that delivers the file."""
    command = [sys.executable, __file__, "--deliver", str(path), str(directory)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def own_peak_mb() -> float:
    """Return the peak resident memory of this process since it was started; `getrusage` would count that of its parent too."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1_024


def day_ms(directory: Path) -> float:
    """Return the median milliseconds from a CSV file of 900 rows to its examples on disk."""
    path, times = directory / "day.csv", []
    arrow_csv.write_csv(rows(0, 900, 900 * N_DAYS), path)
    span = DAYS.span("2013-01-01")
    for _ in range(21):
        start = time.perf_counter()
        part: Delivery = read_source(declared(CsvSource, path), DAYS).parts[span.key]
        part.save(directory)
        ingest_examples([Delivery.load(directory)], span).save(directory)
        times.append(time.perf_counter() - start)
    return 1_000 * statistics.median(times)


def measure(*, quick: bool) -> dict[str, float]:
    n, n_large, n_pairs = (1_000_000, 3_000_000, 5) if quick else (2_000_000, 30_000_000, 5)
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        path, large, parquet = directory / "rows.csv", directory / "large.csv", directory / "rows.parquet"
        write_csv(path, n)
        write_csv(large, n_large)
        table = rows(0, n, n)
        pq.write_table(table.set_column(6, "at", table.column("at").cast(TYPES["at"])), parquet)
        csv_bare, csv_ours = ratio(lambda: bare_csv(path), lambda: deliver(declared(CsvSource, path), directory), n_pairs)
        parquet_bare, parquet_ours = ratio(
            lambda: bare_parquet(parquet, directory), lambda: deliver(declared(ParquetSource, parquet), directory), n_pairs
        )
        return {
            "csv_ratio": round(csv_bare / csv_ours, 3),
            "parquet_ratio": round(parquet_bare / parquet_ours, 3),
            "peak_mb": round(peak_mb(large, directory)),
            "day_ms": round(day_ms(directory), 1),
            "csv_mb_a_second": round(path.stat().st_size / 1e6 / csv_ours),
            "large_mb": round(large.stat().st_size / 1e6),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="under 50 s: smaller files")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--deliver", nargs=2, metavar=("FILE", "FOLDER"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.deliver:
        deliver(declared(CsvSource, Path(chosen.deliver[0])), Path(chosen.deliver[1]))
        print(own_peak_mb())
        return
    figures = measure(quick=chosen.quick)
    print(json.dumps(figures) if chosen.json else "\n".join(f"{name:16} {value:g}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
