import ast
import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from components.runtime import syntax_tree
from components.runtime.syntax_tree import canonical_bytes

CONSTANTS = [
    "1",
    "True",
    "1.0",
    "'1'",
    "b'1'",
    "1j",
    "...",
    "None",
    "0.0",
    "-0.0",
    "1e999",
    "'None'",
    "'\\ud800'",
    "10**5",
    "100000",
    "()",
    "[]",
]

PROGRAM = '''
def f(a: int, *, b: "str" = f"x{{y{'z'}}}{1!r:>{2}}w" "tail", **c) -> None:
    """Docstring."""
    match a:
        case {"k": [1, *rest], **more} if (n := len(rest)) > 1e-300: n, more, -0.0, 1_000, 0x10, u"u", b"\\x00", ...
        case [str() | None as one, _]: z = {x for x in one}
    try: lambda q, /, r=2: (q @ r)[1:2, ::3]
    except* (OSError, ValueError) as e: raise e from None
    with open(a) as g, g: del g[0], g.x
    t: list[int] = [*a, *{**c}]
    return f"{a=}" f"{a:}" f"" "and" f"{b!s}"
'''


def canonical(source: str) -> bytes:
    return canonical_bytes(ast.parse(source))


@pytest.mark.parametrize("one", CONSTANTS)
def test_constants_carry_their_type(one):
    assert sum(canonical(f"x = {one}") == canonical(f"x = {other}") for other in CONSTANTS) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = 1", "x  =  (1)  # one"),
        ("x: int = 1", "x = 1"),
        ("def f(a): return a", 'def f(a: int) -> int:\n    """Doc."""\n    return a'),
        ("class A:\n    x: int = 1", 'class A:\n    """Doc."""\n\n    x: float = 1\n    """The x."""'),
        ("f'a{x}b' 'c'", "f'a{x}' f'bc'"),
        ("u'a' 'b'", '"ab"'),
        ("x = 0x10", "x = 1_6"),
        ("def f(): ...", "def f():\n    '''Doc.'''"),
    ],
)
def test_spelling_comments_docstrings_and_annotations_do_not_count(one, other):
    assert canonical(f"{one}\nz()") == canonical(f"{other}\nz()")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a + b", "a - b"),
        ("f(a, b)", "f((a, b))"),
        ("f(a=b)", "f(**{'a': b})"),
        ("return_ = None", "return_ = 0"),
        ("def f(): return", "def f(): return None"),
        ("{**a}", "{None: a}"),
        ("def f(*, a, b=1): x", "def f(*, a=1, b): x"),
        ("def f(a, /): x", "def f(a): x"),
        ("[x for x in y]", "[x async for x in y]"),
        ("class A: x: int = 1", "class A: x = 1"),
        ("x[1:2]", "x[1:2:None]"),
        ("f'{x}'", "f'{x!r}'"),
        ("from . import a", "from .. import a"),
        ("a.b", "a.c"),
        ("a < b < c", "a < b and b < c"),
    ],
)
def test_what_the_code_does_counts(one, other):
    assert canonical(f"async def g():\n  {one}") != canonical(f"async def g():\n  {other}")


@pytest.mark.parametrize("version", ["3.12.1", "3.13.0"])
def test_every_python_gives_the_same_bytes(version, tmp_path):
    python = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions" / version / "bin" / "python"
    if not python.exists():
        pytest.skip(f"Python {version} is not installed under {python.parents[2]}")
    files = sorted(Path(syntax_tree.__file__).parents[1].rglob("*.py"))[:60]
    sources = [PROGRAM.encode(), *(file.read_bytes() for file in files)]
    for number, source in enumerate(sources):
        (tmp_path / f"{number}.txt").write_bytes(source)
    script = (
        "import ast, hashlib, pathlib, sys; sys.path.insert(0, sys.argv[1]); import syntax_tree\n"
        "total = hashlib.sha256()\n"
        f"for n in range({len(sources)}):\n"
        "    total.update(syntax_tree.canonical_bytes(ast.parse(pathlib.Path(sys.argv[2], f'{n}.txt').read_bytes())))\n"
        "print(total.hexdigest())"
    )
    runtime = tmp_path / "runtime"
    runtime.mkdir()
    (runtime / "syntax_tree.py").write_bytes(Path(syntax_tree.__file__).read_bytes())
    out = subprocess.run([python, "-I", "-c", script, runtime, tmp_path], capture_output=True, text=True, check=True).stdout
    assert out.strip() == hashlib.sha256(b"".join(canonical_bytes(ast.parse(source)) for source in sources)).hexdigest()
