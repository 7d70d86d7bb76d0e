"""What every value type owes: files that repeat, and a load that gives back what was saved."""

from pathlib import Path
from typing import TypeVar

from components.runtime.value import Value

V = TypeVar("V", bound=Value)


def loaded_again(value: V, folder: Path) -> V:
    """Return the value saved and loaded; the loaded one saves the same bytes."""
    assert isinstance(value, Value)
    first, second = folder / "first", folder / "second"
    first.mkdir()
    second.mkdir()
    value.save(first)
    loaded = type(value).load(first)
    loaded.save(second)
    assert content(first) == content(second)
    assert dict(loaded.summary()) == dict(value.summary())
    assert all(isinstance(figure, bool | int | float | str) for figure in loaded.summary().values())
    return loaded


def content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
