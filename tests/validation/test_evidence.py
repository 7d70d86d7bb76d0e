import pyarrow as pa

TEXT = {"x": {"type": "string", "domain": {"values": ["a"]}}}


def test_examples_are_the_first_rows_and_the_count_is_over_all(only):
    finding = only({"x": pa.array(["a"] + ["b"] * 99)}, TEXT, n_rows=100, key=("name",))
    assert finding.count == 99
    assert finding.examples == tuple(f"name=n{row} x=b" for row in range(1, 6))


def test_fewer_examples_can_be_asked_for_and_never_more_than_five(only):
    columns = {"x": pa.array(["b"] * 9)}
    assert len(only(columns, TEXT, n_rows=9, example_rows=2).examples) == 2
    assert len(only(columns, TEXT, n_rows=9, example_rows=9).examples) == 5


def test_rows_without_a_key_are_named_by_their_row_id(only):
    finding = only({"x": pa.array(["a", "a", "b"])}, TEXT)
    assert finding.examples == ("row_id=00000000000000000000000000000002 x=b",)


def test_a_long_text_is_cut(only):
    finding = only({"x": pa.array(["a", "a", "ü" * 200])}, TEXT, key=("name",))
    assert finding.examples == ("name=n2 x=" + "ü" * 77 + "...",)
