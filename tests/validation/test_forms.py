import pyarrow as pa
import pytest

TEXTS = {"presence": {"min_fraction": 0}, "type": "string"}


def rules(**domain):
    return {"x": {**TEXTS, "domain": domain}}


def test_a_pattern_is_matched_by_the_whole_text_and_null_by_none(only):
    column = pa.array(["N1", "xN1", "N12", None, "N1\n"])
    finding = only({"x": column}, rules(pattern="N[0-9]|N"), n_rows=5, key=("name",))
    assert (finding.code, finding.count, finding.examples) == ("value-malformed", 3, ("name=n1 x=xN1", "name=n2 x=N12", "name=n4 x=N1\n"))
    assert finding.got == "3 of 4 rows with others"


@pytest.mark.parametrize(
    ("form", "good", "bad"),
    [
        ("int64", "-12", "1.5"),
        ("float64", "1e-3", "1,5"),
        ("bool", "True", "yes"),
        ("%Y-%m-%d", "2013-02-28", "2013-02-30"),
        ("%d.%m.%Y %H:%M", "01.02.2013 23:59", "01.02.2013 24:01"),
    ],
)
def test_texts_that_stand_for_other_values_parse(only, form, good, bad):
    finding = only({"x": pa.array([good, bad, None])}, rules(parses_as=form), key=("name",))
    assert (finding.code, finding.count, finding.examples) == ("value-malformed", 1, (f"name=n1 x={bad}",))


def test_a_pattern_that_the_engine_does_not_know_is_no_pass(only):
    finding = only({"x": pa.array(["a", "b", "c"])}, rules(pattern="(?=a)b"))
    assert (finding.code, finding.severity, finding.where) == ("rule-not-evaluated", "fail", "x")
    assert "look-around" in finding.got


def test_nan_and_infinity_are_found_where_the_domain_allows_none(check):
    rule = {"type": "float64", "presence": {"min_fraction": 0}, "domain": {"allow_nan": False, "allow_infinite": False}}
    findings = check({"x": pa.array([float("nan"), float("-inf"), 1.0])}, {"x": rule}, key=("name",)).findings
    assert [(one.code, one.count, one.examples) for one in findings] == [
        ("value-infinite", 1, ("name=n1 x=-inf",)),
        ("value-nan", 1, ("name=n0 x=nan",)),
    ]
    assert check({"x": pa.array([0.0, 2.0, 1.0])}, {"x": rule}).findings == ()


@pytest.mark.parametrize(
    ("kind", "column", "shown"),
    [
        ("string", pa.array(["ab", "éü", "abcd"]), "abcd"),
        ("binary", pa.array([b"ab", b"ab", b"abcd"]), "61626364"),
        ("list<int64>", pa.array([[1, 2], [3, None], [1, 2, 3, 4]]), None),
        ("list<string>", pa.array([["a", "b"], ["c", "d"], []]), None),
    ],
)
def test_lengths_are_of_characters_bytes_or_elements(only, kind, column, shown):
    finding = only({"x": column}, {"x": {"type": kind, "length": {"min": 1, "max": 3}}}, key=("name",))
    assert (finding.code, finding.count) == ("length-out-of-range", 1)
    assert finding.examples[0].startswith("name=n2")
    assert shown is None or finding.examples == (f"name=n2 x={shown}",)


def test_lists_of_fixed_size_have_a_length_too(only):
    column = pa.array([[1, 2], [3, 4], [5, 6]], pa.list_(pa.int64(), 2))
    assert only({"x": column}, {"x": {"type": "list<int64>", "length": {"min": 2, "max": 2}}}) is None
    assert only({"x": column}, {"x": {"type": "list<int64>", "length": {"min": 3}}}).count == 3
