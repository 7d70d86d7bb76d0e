"""The memo: what is kept is found, what is damaged or gone is not, and no key leads out of its folder."""

from pathlib import Path

import pytest

from components.runtime.errors import StoreError
from components.store.memo import MemoFolder

ONE, TWO = "a" * 64, "b" * 64


def test_what_is_kept_is_found_by_its_key(tmp_path: Path) -> None:
    memo = MemoFolder(tmp_path / "memo")
    assert memo.find([ONE, TWO]) == {}
    memo.keep({ONE: b"first", TWO: b""})
    memo.keep({ONE: b"second"})
    assert MemoFolder(tmp_path / "memo").find([ONE, TWO]) == {ONE: b"second", TWO: b""}
    assert sorted(path.name for path in (tmp_path / "memo").rglob("*") if path.is_file()) == [ONE, TWO]


def test_a_damaged_or_short_entry_counts_as_absent_and_is_replaced(tmp_path: Path) -> None:
    memo = MemoFolder(tmp_path)
    for damage in (lambda body: body[:-1], lambda body: body[:10], lambda _: b""):
        memo.keep({ONE: b"content"})
        (path,) = tmp_path.rglob(ONE)
        path.write_bytes(damage(path.read_bytes()))
        assert memo.find([ONE]) == {}
    memo.keep({ONE: b"content"})
    assert memo.find([ONE]) == {ONE: b"content"}


def test_pages_that_a_crash_zeroed_or_put_out_of_place_count_as_absent(tmp_path: Path) -> None:
    memo, content = MemoFolder(tmp_path), b"".join(bytes([number]) * 4096 for number in range(1, 6)) + b"the rest"
    path = tmp_path / ONE[:2] / ONE
    memo.keep({ONE: content})
    assert memo.find([ONE]) == {ONE: content}
    first, second = content[:4096], content[4096:8192]
    for damaged in (bytes(4096) + content[4096:], second + first + content[8192:], content[:-1] + b"x", content[:8192]):
        path.write_bytes(path.read_bytes()[:32] + damaged)
        assert memo.find([ONE]) == {}
        memo.keep({ONE: content})


def test_what_was_asked_for_longest_ago_goes_where_later_entries_fill_a_share(tmp_path: Path) -> None:
    memo = MemoFolder(tmp_path, limit=16 * 3 * (32 + 10))
    keys = [f"a{number}{number:062x}" for number in range(5)]
    for key in keys[:3]:
        memo.keep({key: bytes(10)})
    memo.find(keys[:1])
    memo.keep({key: bytes(10) for key in keys[3:]})
    assert set(memo.find(keys)) == {keys[0], keys[3], keys[4]}
    assert {path.name for path in tmp_path.rglob("a*") if path.is_file()} == {keys[0], keys[3], keys[4]}


def test_an_entry_larger_than_a_share_stays_until_later_ones_fill_the_share(tmp_path: Path) -> None:
    memo = MemoFolder(tmp_path, limit=16 * 3 * (32 + 10))
    memo.keep({ONE: bytes(10_000)})
    for number in range(2):
        memo.keep({f"a{number:063x}": bytes(10)})
    assert set(memo.find([ONE])) == {ONE}
    for number in range(2, 5):
        memo.keep({f"a{number:063x}": bytes(10)})
    assert memo.find([ONE]) == {}


@pytest.mark.parametrize("key", ["", "../up", "A" * 64, "a" * 63])
def test_a_key_is_a_digest(tmp_path: Path, key: str) -> None:
    with pytest.raises(StoreError, match="64 hexadecimal digits"):
        MemoFolder(tmp_path).find([key])
