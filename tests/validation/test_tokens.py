import pyarrow as pa
import pytest

TEXTS = pa.array(["der Hund", "die Katze und  der Hund", None])
LISTS = pa.array([["der", "Hund"], ["die", "Katze", "und", "der", "Hund"], None])
BOTH = pytest.mark.parametrize(("kind", "column"), [("string", TEXTS), ("list<string>", LISTS)])


def found(only, kind, column, **tokens):
    rule = {"type": kind, "presence": {"min_fraction": 0}, "tokens": tokens}
    return only({"x": column}, {"x": rule}, key=("name",))


@BOTH
def test_the_share_of_tokens_in_the_vocabulary_is_judged(only, kind, column):
    vocabulary = ("der", "die", "Hund")
    assert found(only, kind, column, vocabulary=vocabulary, min_coverage=5 / 7) is None
    finding = found(only, kind, column, vocabulary=vocabulary, min_coverage=0.72)
    assert (finding.code, finding.got) == ("coverage-too-low", "0.7143 (5 of 7)")


@BOTH
def test_tokens_have_a_mean_length(only, kind, column):
    assert found(only, kind, column, min_mean_length=25 / 7) is None
    assert found(only, kind, column, min_mean_length=3.6).code == "tokens-too-short"


@BOTH
@pytest.mark.parametrize(
    ("limits", "code", "count"),
    [
        ({"min_per_row": 1}, "token-count-out-of-bounds", 1),
        ({"max_per_row": 0}, "token-count-out-of-bounds", 1),
        ({"max_per_row": 1}, None, 0),
        ({"max_share": 0.4}, "token-share-out-of-bounds", 1),
        ({"max_share": 0.5}, None, 0),
        ({"min_share": 0.6}, "token-share-out-of-bounds", 1),
        ({"min_share": 0.5}, None, 0),
    ],
)
def test_a_token_comes_as_often_as_its_limits_say(only, kind, column, limits, code, count):
    finding = found(only, kind, column, limits={"Katze": limits})
    assert (finding.code if finding else None) == code
    assert (finding.count if finding else 0) == count


def test_texts_without_a_token_are_judged_by_none(only):
    assert found(only, "string", pa.array([" ", "", None]), vocabulary=("a",), min_coverage=1.0) is None
