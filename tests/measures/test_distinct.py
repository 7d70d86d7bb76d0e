import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.measures.distinct import RELATIVE_ERROR, estimate, merge, registers_of_texts, registers_of_words
from components.measures.murmur import hash_rows

INT64 = st.integers(-(2**63), 2**63 - 1)


def slow_registers(hashes: list[int]) -> bytes:
    registers = [0] * 4096
    for word in hashes:
        bits = f"{word:064b}"
        registers[int(bits[:12], 2)] = max(registers[int(bits[:12], 2)], (bits[12:] + "1").index("1") + 1)
    return bytes(registers)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_registers_hold_the_first_bit_set_after_the_index(texts: list[str]) -> None:
    column = pa.array(texts, pa.string())
    assert registers_of_texts(column) == slow_registers(hash_rows(column)[:, 0].tolist())


@given(st.lists(INT64), st.lists(INT64))
def test_the_registers_of_parts_merge_to_those_of_the_whole(left: list[int], right: list[int]) -> None:
    parts = [registers_of_words(np.array(part, dtype=np.int64)) for part in (left, right)]
    assert merge(parts) == merge(parts[::-1]) == registers_of_words(np.array(left + right, dtype=np.int64))


@pytest.mark.parametrize("n", [0, 1, 10, 1_000, 4_096, 10_000, 20_000, 300_000])
def test_the_estimate_lies_within_four_standard_errors(n: int) -> None:
    found = estimate(registers_of_words(np.arange(n, dtype=np.int64)))
    assert found == pytest.approx(n, rel=4 * RELATIVE_ERROR, abs=0.5)


@pytest.mark.parametrize("n", [3_000, 10_000, 15_000, 100_000])
def test_the_estimate_has_no_bias_where_the_raw_estimator_has_one(n: int) -> None:
    random = np.random.default_rng(n)
    errors = [estimate(registers_of_words(random.integers(-(2**62), 2**62, n))) / n - 1 for _ in range(40)]
    assert abs(np.mean(errors)) < 4 * RELATIVE_ERROR / np.sqrt(40)


def test_what_was_not_hashed_has_no_estimate() -> None:
    assert estimate(b"") is None
    assert merge([b"", b""]) == b""
    assert merge([b"", registers_of_words(np.array([1]))]) == registers_of_words(np.array([1]))
