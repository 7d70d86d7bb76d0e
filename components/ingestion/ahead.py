"""Work done by threads a few items ahead of who asks for it, in order."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

MAX_THREADS = 4
"""Beyond, the one thread that gathers the rows is what the others wait for."""


def in_order(function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """Yield the function's result for each item, in order, from as many threads as there are processors, four at most.

    The items are taken in the thread of the caller, at most one more than there are threads ahead of him; what is raised for one of
    them is raised in its place.

    >>> list(in_order(abs, [-1, 2, -3]))
    [1, 2, 3]
    """
    import pyarrow as pa

    n_threads = min(pa.cpu_count(), MAX_THREADS)
    waiting: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(n_threads) as threads:
        for item in items:
            waiting.append(threads.submit(function, item))
            if len(waiting) > n_threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
