import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.adapters.text_proto import MAX_DEPTH, Enum, Message, parse, write
from components.runtime.errors import ConfigError

TEXT = """
# a comment
feature { name: "a" 'b'; type: INT, presence < min_fraction: 1.0 min_count: 0x10 > }
feature: {
  value: ["x", "y\\n\\303\\251"]
  flag: true  odd: -inf big: -12
}
"""


def tree(message):
    return [(one.name, tree(one.value) if isinstance(one.value, Message) else one.value) for one in message.entries]


def test_fields_values_and_messages_are_read():
    assert tree(parse(TEXT, "x")) == [
        ("feature", [("name", "ab"), ("type", "INT"), ("presence", [("min_fraction", 1.0), ("min_count", 16)])]),
        ("feature", [("value", "x"), ("value", "y\né"), ("flag", True), ("odd", float("-inf")), ("big", -12)]),
    ]
    assert [one.line for one in parse(TEXT, "x").all("feature")] == [3, 4]


SCALARS = st.booleans() | st.integers(-(2**40), 2**40) | st.floats(allow_nan=False) | st.text() | st.sampled_from(["INT", "A_b"]).map(Enum)
NAMES = st.sampled_from(["name", "value", "min_count"])


def messages(children):
    return st.lists(st.tuples(NAMES, SCALARS | children), max_size=4).map(made)


def made(pairs):
    message = Message()
    for name, value in pairs:
        message.add(name, value)
    return message


@given(st.recursive(messages(st.nothing()), messages, max_leaves=8))
def test_what_is_written_reads_back(message):
    again = parse(write(message), "x")
    assert tree(again) == tree(message)
    assert write(again) == write(message)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a: 1\nb", 2, "Expected ':' or '{', got the end of the file"),
        ("a: 1\n}", 2, "Expected the name of a field"),
        ("a {\nb: 1", 2, "Expected '}'"),
        ("a: \n:", 2, "Expected a value"),
        ("a: 'x", 1, 'Got "\'x"'),
        ("a: '\\xzz'", 1, "wrong escape"),
        ("\n\na: $", 3, "not the text form"),
        ("a {" * (MAX_DEPTH + 2), 1, "nested too deep"),
    ],
)
def test_what_is_not_of_the_text_form_is_refused_with_its_line(text, line, said):
    with pytest.raises(ConfigError) as error:
        parse(text, "schema.pbtxt")
    assert (error.value.file, error.value.line) == ("schema.pbtxt", line)
    assert said in str(error.value)
