"""Reading files that nobody should trust in a process of its own, which is ended where it hangs; what it took of memory is told."""

import multiprocessing
import resource
from multiprocessing.pool import Pool

from components.ingestion.partition import read_source
from components.ingestion.sources.source import Source
from components.runtime.errors import DataError
from components.runtime.spans import Calendar, Grain

DAYS = Calendar(Grain.DAY, "UTC")
HANG_SECONDS = 300.0
"""A case takes milliseconds, a bomb seconds: what takes minutes hangs, however busy the machine is."""

MEMORY_KB = 300_000
"""What one case may add to the most that the process ever held."""


def outcome(source: Source) -> str:
    """Read a source to the end and return how that ended; anything but rows, quarantine or a `DataError` goes through."""
    try:
        reading = read_source(source, DAYS)
    except DataError as error:
        return "finding" if error.findings and len(str(error)) < 10_000 else f"not clean: {error}"
    counts = reading.counts
    assert sum(part.n_rows for part in reading.parts.values()) == counts["partitioned"]
    assert counts["read"] == counts["partitioned"] + counts["quarantined"]
    assert (reading.quarantine.summary()["n_rows"] if reading.quarantine else 0) == counts["quarantined"]
    return "quarantine" if counts["quarantined"] else "rows"


class Reader:
    """Reads sources in another process, one after the other; a hang or too much memory is an `AssertionError`."""

    def __init__(self) -> None:
        self.pool: Pool | None = None

    def __call__(self, source: Source) -> str:
        """Return how the read ended."""
        self.pool = self.pool or multiprocessing.get_context("spawn").Pool(1)
        try:
            said, grown = self.pool.apply_async(_read, (source,)).get(HANG_SECONDS)
        except multiprocessing.TimeoutError:
            self.close()
            raise AssertionError(f"the read of {source.location} hangs") from None
        assert grown < MEMORY_KB, f"{source.location} took {grown:,} kB"
        return said

    def close(self) -> None:
        """End the process, whatever it does."""
        if self.pool is not None:
            self.pool.terminate()
            self.pool.join()
            self.pool = None


def _read(source: Source) -> tuple[str, int]:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    said = outcome(source)
    return said, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
