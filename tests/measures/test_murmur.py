import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.measures.murmur import hash_rows, mix64

MASK = (1 << 64) - 1


def rotate(word: int, bits: int) -> int:
    return ((word << bits) | (word >> (64 - bits))) & MASK


def fmix(word: int) -> int:
    for multiplier in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        word = ((word ^ (word >> 33)) * multiplier) & MASK
    return word ^ (word >> 33)


def scalar_murmur(data: bytes, seed: int) -> bytes:
    """MurmurHash3 x64 128 written a second time, one row and one byte order at a time."""
    c1, c2 = 0x87C37B91114253D5, 0x4CF5AD432745937F
    h1 = h2 = seed
    whole = len(data) - len(data) % 16
    for at in range(0, whole, 16):
        k1, k2 = (int.from_bytes(data[at + j : at + j + 8], "little") for j in (0, 8))
        h1 ^= rotate(k1 * c1 & MASK, 31) * c2 & MASK
        h1 = ((rotate(h1, 27) + h2) * 5 + 0x52DCE729) & MASK
        h2 ^= rotate(k2 * c2 & MASK, 33) * c1 & MASK
        h2 = ((rotate(h2, 31) + h1) * 5 + 0x38495AB5) & MASK
    tail = data[whole:]
    h2 ^= rotate(int.from_bytes(tail[8:], "little") * c2 & MASK, 33) * c1 & MASK
    h1 ^= rotate(int.from_bytes(tail[:8], "little") * c1 & MASK, 31) * c2 & MASK
    h1, h2 = h1 ^ len(data), h2 ^ len(data)
    h1 = (h1 + h2) & MASK
    h2 = (h2 + h1) & MASK
    h1, h2 = fmix(h1), fmix(h2)
    h1 = (h1 + h2) & MASK
    h2 = (h2 + h1) & MASK
    return h1.to_bytes(8, "little") + h2.to_bytes(8, "little")


def digests(column: pa.Array, seed: int = 0) -> list[bytes]:
    return [row.astype("<u8").tobytes() for row in hash_rows(column, seed)]


def test_the_smhasher_verification_value_comes_out() -> None:
    # SMHasher, KeysetTest.cpp VerificationTest: keys 0, 01, 012, ... of 0..255 bytes, seeded 256 - length, hashed once more.
    hashes = b"".join(digests(pa.array([bytes(range(n))]), seed=256 - n)[0] for n in range(256))
    assert int.from_bytes(digests(pa.array([hashes]))[0][:4], "little") == 0x6384BA69


def test_published_digests_come_out() -> None:
    halves = hash_rows(pa.array(["", "hello", "The quick brown fox jumps over the lazy dog"]))
    assert ["".join(f"{half:016x}" for half in row) for row in halves] == [
        "00000000000000000000000000000000",
        "cbd8a7b341bd9b025b1e906a48ae1d19",
        "e34bbc7bbc071b6c7a433ca9c49a9347",
    ]


@given(st.lists(st.binary(max_size=70)), st.integers(0, 2**32 - 1), st.integers(0, 5), st.sampled_from([pa.binary(), pa.large_binary()]))
def test_every_row_hashes_as_it_does_alone_in_any_slice(rows: list[bytes], seed: int, skip: int, kind: pa.DataType) -> None:
    assert digests(pa.array(rows, kind).slice(skip), seed) == [scalar_murmur(row, seed) for row in rows[skip:]]


@given(st.lists(st.binary(min_size=24, max_size=24)), st.integers(0, 5))
def test_rows_of_one_width_hash_alike(rows: list[bytes], skip: int) -> None:
    assert digests(pa.array(rows, pa.binary(24)).slice(skip)) == [scalar_murmur(row, 0) for row in rows[skip:]]


def test_chunks_and_rows_past_one_step_hash_alike() -> None:
    rows = [str(n).encode() * (n % 7) for n in range(70_000)]
    column = pa.chunked_array([pa.array(rows[:1_000]), pa.array(rows[1_000:])])
    hashes = hash_rows(column)
    for row in (0, 999, 1_000, 65_535, 66_535, 66_536, 66_537, 69_999):
        assert hashes[row].astype("<u8").tobytes() == scalar_murmur(rows[row], 0)


def test_nulls_are_refused() -> None:
    with pytest.raises(ValueError, match="1 nulls"):
        hash_rows(pa.array([b"a", None]))


@given(st.lists(st.integers(0, MASK)))
def test_mix64_is_the_finaliser(words: list[int]) -> None:
    assert mix64(np.array(words, dtype=np.uint64)).tolist() == [fmix(word) for word in words]
