import pytest

from components.artifacts.condition import MAX_LENGTH, Condition


def test_a_condition_names_its_columns_once_and_functions_are_none():
    assert Condition("a < b + a and is_null(c) or col('two words') in ['x'] and length(d) > 1").columns == ("a", "b", "c", "d", "two words")


def test_texts_stand_beside_the_columns_that_they_are_compared_with():
    assert list(Condition("'a' < x <= 'b' and y > 1").texts) == [("x", "a"), ("x", "b")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a <", "not an expression"),
        ("a == None", r"is_null\(column\)"),
        ("a.b == 1", "not part of a condition"),
        ("__import__('os') == a", "no function '__import__'"),
        ("a[0] == 1", "not part of a condition"),
        ("(lambda: a)() == 1", "no function"),
        ("isnull(a)", "nearest valid name: 'is_null'"),
        ("length(a, b) == 1", "length takes 1 arguments"),
        ("matches(a, b)", "a text in quotes"),
        ("a in b", "wants a list"),
        ("a in []", "wants a list"),
        ("1 < 2", "names none"),
        ("a == 1 " + " " * MAX_LENGTH, "at most 2000 characters"),
        ("a == b'x'", "not part of a condition"),
    ],
)
def test_anything_but_a_condition_is_refused(text, said):
    with pytest.raises(ValueError, match=said):
        Condition(text)
