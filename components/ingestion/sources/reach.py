"""Why a file cannot be reached: it is not there, access is refused, or its server does not answer."""

import contextlib
import re
from collections.abc import Iterator

from components.artifacts.findings import Finding
from components.runtime.errors import DataError, DefinitionError, PipelineError

DENIED_STATUS = (401, 403)
"""Unauthorized, forbidden (RFC 9110, 15.5.2 and 15.5.4)."""

DENIED = re.compile(r"credential|forbidden|unauthori[sz]ed|accessdenied|authentication", re.IGNORECASE)
"""In the names of the errors by which file systems refuse access."""

TOLD = {
    "source-denied": ("the source is denied", "access is denied"),
    "source-missing": ("the source is missing", "there is no such file"),
    "source-unreachable": ("the source cannot be reached", "the file system does not answer"),
}


@contextlib.contextmanager
def reachable(location: str) -> Iterator[None]:
    """Turn what a file system raises into a finding; what it says is repeated of local files only, since it may hold secrets."""
    remote = "://" in location
    try:
        yield
    except PipelineError:
        raise
    except ImportError as error:
        if not remote:
            raise
        scheme = location.partition("://")[0]
        raise DefinitionError(f"nothing installed reads {scheme}://", where=location, fix=str(error).splitlines()[0]) from None
    except Exception as error:
        if not remote and not isinstance(error, OSError):
            raise
        code = _code(error)
        message, told = TOLD[code]
        detail = f": {type(error).__name__}" if remote else f": {error}"
        finding = Finding(code, "fail", location, told + (detail if code == "source-unreachable" else ""))
        raise DataError(message, [finding], where=location) from (None if remote else error)


def _code(error: Exception) -> str:
    """Return the finding of an error: what it was raised from says more than what a file system made of it."""
    chain: list[BaseException] = [error]
    while (cause := chain[-1].__cause__ or chain[-1].__context__) is not None and cause not in chain:
        chain.append(cause)
    if any(isinstance(one, PermissionError) or getattr(one, "status", 0) in DENIED_STATUS for one in chain):
        return "source-denied"
    if any(DENIED.search(type(one).__name__) for one in chain):
        return "source-denied"
    is_missing = isinstance(error, FileNotFoundError)
    unanswered = any(isinstance(one, OSError) and not isinstance(one, FileNotFoundError) for one in chain[1:])
    return "source-missing" if is_missing and not unanswered else "source-unreachable"
