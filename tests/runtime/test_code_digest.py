import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from components.runtime.code_digest import CHECKOUT, code_digest, code_digest_of
from components.runtime.component import component
from components.runtime.errors import DefinitionError

LABELING = '''
    """Labeling functions."""
    import polars as pl
    from functools import lru_cache
    from components.words import LATE, vote
    from components.shapes import box
    from components.runtime.component import component
    import components.deep.maths as maths

    LIMIT = 15
    TABLE = {}
    TABLE["a"] = 1

    def helper(x):
        return x > LIMIT

    def late(x, threshold=LIMIT):
        return vote(LATE if helper(x) else 0)

    def neighbour(x):
        return pl.col("x") + 1

    def by_chain(x):
        return maths.twice(x)

    def by_inner_import(x):
        from components.deep import maths as m, unused
        return m.twice(x)

    def by_class(x):
        return box.Box(x).size()

    def by_table(x):
        return TABLE[x]

    def even(n):
        return n == 0 or odd(n - 1)

    def odd(n):
        return n != 0 and even(n - 1)

    @component(repeats="bytes")
    def step(x):
        return 1

    @lru_cache(maxsize=LIMIT)
    def remembered(x):
        return x
'''
FILES = {
    "pipeline_config/flights/labeling.py": LABELING,
    "components/__init__.py": """
        from typing import TYPE_CHECKING
        if TYPE_CHECKING:
            from components.words import vote
        def __getattr__(name):
            raise AttributeError(name)
    """,
    "components/words.py": "LATE = 1\nUNUSED = 2\ndef vote(x):\n    return x\n",
    "components/shapes/__init__.py": "",
    "components/shapes/box.py": """
        class Side:
            length = 1
        class Box(Side):
            def __init__(self, x): self.x = x
            def size(self): return self.x * self.length
    """,
    "components/deep/maths.py": "from .words import FACTOR as F\ndef twice(x):\n    return F * x\n",
    "components/deep/words.py": "FACTOR = 2\n",
    "components/deep/unused.py": "1 / 0\n",
    "components/runtime/component.py": "def component(f=None, **options):\n    return f\n",
}
MODULE = "pipeline_config.flights.labeling"
NAMES = ["late", "neighbour", "by_chain", "by_inner_import", "by_class", "by_table", "even", "odd", "step", "remembered"]


@pytest.fixture
def project(tmp_path):
    for name, text in FILES.items():
        write(tmp_path / name, text)
    return tmp_path


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(dedent(text), encoding="utf-8")


def digests(root: Path) -> dict[str, str]:
    return {name: code_digest_of(MODULE, name, root) for name in NAMES}


def changed(project: Path, old: str, new: str, file: str = "pipeline_config/flights/labeling.py") -> set[str]:
    """Return the names whose digest an edit changes."""
    before = digests(project)
    text = (project / file).read_text()
    assert text.count(old) == 1
    (project / file).write_text(text.replace(old, new))
    after = digests(project)
    return {name for name in NAMES if before[name] != after[name]}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("return x > LIMIT", "return x > LIMIT  # strictly"),
        ("return x > LIMIT", '"""Doc."""\n    return x > LIMIT'),
        ("def helper(x):", "def helper(x: float) -> bool:"),
        ("return x > LIMIT", "return (\n        x > LIMIT\n    )"),
        ("LIMIT = 15", "LIMIT: int = 15"),
        ("LIMIT = 15", 'LIMIT = 0xF\n"""Minutes."""\n\n\n'),
        ("import polars as pl", "import sys\nimport polars as pl\nUNUSED = 1"),
        ('"""Labeling functions."""', '"""Other words."""'),
    ],
)
def test_an_edit_without_meaning_changes_nothing(project, old, new):
    assert changed(project, old, new) == set()


@pytest.mark.parametrize(
    ("old", "new", "names"),
    [
        ("return x > LIMIT", "return x >= LIMIT", {"late"}),
        ("return vote(", "return 2 * vote(", {"late"}),
        ("threshold=LIMIT", "threshold=3", {"late"}),
        ("LIMIT = 15", "LIMIT = 15.0", {"late", "remembered"}),
        ("maxsize=LIMIT", "maxsize=2", {"remembered"}),
        ('repeats="bytes"', 'repeats="numbers"', {"step"}),
        ('pl.col("x") + 1', 'pl.col("y") + 1', {"neighbour"}),
        ("import polars as pl", "import polars.selectors as pl", {"neighbour"}),
        ('TABLE["a"] = 1', 'TABLE["a"] = 2', {"by_table"}),
        ("n == 0 or", "n == 0 and", {"even", "odd"}),
        ("def helper(x):\n    return x", "def helper(y):\n    return y", {"late"}),
    ],
)
def test_an_edit_reaches_those_who_use_it_and_no_neighbour(project, old, new, names):
    assert changed(project, old, new) == names


@pytest.mark.parametrize(
    ("file", "old", "new", "names"),
    [
        ("components/words.py", "LATE = 1", "LATE = 2", {"late"}),
        ("components/words.py", "UNUSED = 2", "UNUSED = 3", set()),
        ("components/deep/words.py", "FACTOR = 2", "FACTOR = 3", {"by_chain", "by_inner_import"}),
        ("components/deep/unused.py", "1 / 0", "2 / 0", set()),
        ("components/shapes/box.py", "length = 1", "length = 2", {"by_class"}),
        ("components/shapes/box.py", "self.x *", "self.x +", {"by_class"}),
        ("components/runtime/component.py", "return f", "return None", set()),
    ],
)
def test_an_edit_in_another_module_reaches_through_imports_up_to_the_stops(project, file, old, new, names):
    assert changed(project, old, new, file) == names


def test_the_folder_does_not_count(project, tmp_path_factory):
    other = tmp_path_factory.mktemp("elsewhere") / "checkout"
    shutil.copytree(project, other)
    assert digests(other) == digests(project)


def test_all_digests_differ(project):
    assert len(set(digests(project).values())) == len(NAMES)


def test_a_name_can_be_a_stop(project):
    stops = {"components.words.vote"}
    before = code_digest_of(MODULE, "late", project, stops=stops)
    write(project / "components/words.py", "LATE = 1\ndef vote(x):\n    return -x\n")
    assert code_digest_of(MODULE, "late", project, stops=stops) == before


def test_a_package_outside_of_the_project_counts_by_its_name(project):
    packages = {"pipeline_config"}
    before = code_digest_of(MODULE, "late", project, packages=packages)
    (project / "components/words.py").unlink()
    assert code_digest_of(MODULE, "late", project, packages=packages) == before


def test_a_package_may_hide_its_module_behind_a_name_of_it(project):
    write(project / "components/up/__init__.py", "from components.up.up import up\nfrom . import down\n")
    write(project / "components/up/up.py", "def up():\n    return 1\n")
    write(project / "components/up/down.py", "def down():\n    return 1\n")
    write(project / "pipeline_config/user.py", "from components.up import up, down\ndef f():\n    return up(), down.down()\n")
    before = code_digest_of("pipeline_config.user", "f", project)
    for name in ("up", "down"):
        write(project / f"components/up/{name}.py", f"def {name}():\n    return 2\n")
        assert before != (before := code_digest_of("pipeline_config.user", "f", project))


def test_a_lazy_package_serves_what_its_type_checking_imports_say(project):
    write(project / "pipeline_config/lazy.py", "from components import vote\ndef f(x): return vote(x)\n")
    before = code_digest_of("pipeline_config.lazy", "f", project)
    write(project / "components/words.py", "def vote(x):\n    return -x\n")
    assert code_digest_of("pipeline_config.lazy", "f", project) != before


@pytest.mark.parametrize(
    ("source", "line", "name", "reason"),
    [
        ("def f():\n    return missing", 2, "missing", "nothing defines it"),
        ("from components.words import *\ndef f():\n    return LATE", 3, "LATE", "star import"),
        ("def f():\n    return eval('1')", 2, "eval", "cannot be read here"),
        ("def f():\n    exec('1')", 2, "exec", "cannot be read here"),
        ("def f():\n    return globals()['g']", 2, "globals", "cannot be read here"),
        (
            "import importlib\ndef f():\n    return importlib.import_module('components.words')",
            3,
            "importlib.import_module",
            "cannot be read",
        ),
        ("def f():\n    from importlib import import_module as load\n    return load('x')", 3, "importlib.import_module", "cannot be read"),
        ("import sys\nX = 1\nif sys.argv:\n    X = 2\ndef f():\n    return X", 6, "X", "line 3 binds it again"),
        ("import sys\nif sys.argv:\n    X = 2\ndef f():\n    return X", 5, "X", "under a condition"),
        (
            "try:\n    from components.words import LATE\nexcept ImportError:\n    LATE = 0\ndef f():\n    return LATE",
            6,
            "LATE",
            "under a condition",
        ),
        ("for X in range(3):\n    pass\ndef f():\n    return X", 4, "X", "in a loop"),
        ("X = 1\nX = 2\ndef f():\n    return X", 4, "X", "line 2 binds it again"),
        ("X = 1\nX += 2\ndef f():\n    return X", 4, "X", "line 2 binds it again"),
        ("X = 1\ndef g():\n    global X\n    X = 2\ndef f():\n    return X", 6, "X", "through `global` in line 3"),
        ("from components import words\ndef f():\n    return getattr(words, 'LATE')", 3, "words", "used as a value"),
        ("from components.words import LATTE\ndef f():\n    return LATTE", 3, "LATTE", "Nearest valid name: 'LATE'"),
        ("from components.nowhere import x\ndef f():\n    return x", 3, "x", "no module components.nowhere"),
        ("from pipeline_config.circle import g\ndef f():\n    return g", 3, "g", "in a circle"),
    ],
)
def test_a_name_that_cannot_be_resolved_is_refused_by_file_line_and_name(project, source, line, name, reason):
    write(project / "pipeline_config/unclear.py", source)
    write(project / "pipeline_config/circle.py", "from pipeline_config.unclear import g\n")
    with pytest.raises(DefinitionError) as caught:
        code_digest_of("pipeline_config.unclear", "f", project)
    assert str(caught.value).startswith(f"{project}/pipeline_config/unclear.py:{line}: the name {name!r} cannot be resolved statically:")
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    "source",
    [
        "import sys\nif sys.argv:\n    X = 2\ndef f():\n    return 1",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from components.nowhere import Y\ndef f(a: 'Y') -> 'Y':\n    return a",
        "from typing import overload\n@overload\ndef f(a: int): ...\n@overload\ndef f(a: str): ...\ndef f(a): return a",
        "def f():\n    return __name__\nif __name__ == '__main__':\n    f = 1",
        "import os\nimport os.path\ndef f():\n    return os.path.join('a')",
        "class A:\n    def m(self): return super().m(), __class__\ndef f():\n    return A",
    ],
)
def test_what_is_not_reached_or_only_looks_unclear_does_not_matter(project, source):
    write(project / "pipeline_config/clear.py", source)
    assert len(code_digest_of("pipeline_config.clear", "f", project)) == 64


def test_a_function_registered_on_another_belongs_to_it(project):
    source = "from functools import singledispatch\n@singledispatch\ndef f(x): return x\n@f.register\ndef of_int(x: int): return {}\n"
    write(project / "pipeline_config/single.py", source.format(1))
    before = code_digest_of("pipeline_config.single", "f", project)
    write(project / "pipeline_config/single.py", source.format(10))
    assert code_digest_of("pipeline_config.single", "f", project) != before


def test_a_file_that_is_not_python_names_its_line(project):
    write(project / "pipeline_config/broken.py", "x = 1\ndef f(:\n")
    with pytest.raises(DefinitionError, match=r"broken\.py:2: the file is not valid Python"):
        code_digest_of("pipeline_config.broken", "f", project)


@pytest.mark.parametrize(("module", "name"), [("json", "dumps"), ("components.runtime.component", "component")])
def test_code_outside_of_the_project_has_no_digest(project, module, name):
    with pytest.raises(DefinitionError, match="lies outside"):
        code_digest_of(module, name, project)


def test_nothing_is_imported(project):
    write(project / "pipeline_config/loud.py", "raise SystemExit('imported')\ndef f(): return 1\n")
    code_digest_of("pipeline_config.loud", "f", project)
    assert not any(name.startswith("pipeline_config.loud") for name in sys.modules)


FACTOR = 3


def plain(x):
    return FACTOR * x


def doubled(function):
    @functools.wraps(function)
    def inner(x):
        return 2 * function(x)

    return inner


@doubled
def wrapped(x):
    return x


class Thing:
    def method(self):
        return FACTOR


def test_a_live_function_has_the_digest_of_its_source():
    module = plain.__module__
    root = Path(__file__).parents[len(module.split(".")) - 1]
    packages = {module.split(".")[0]}
    assert code_digest(plain) == code_digest_of(module, "plain", root, packages=packages)
    assert code_digest(Thing.method) == code_digest(Thing) == code_digest_of(module, "Thing", root, packages=packages)


def test_a_decorated_function_or_component_is_followed_to_its_definition():
    assert code_digest(wrapped) != code_digest(plain)
    assert code_digest(component(plain)) == code_digest(plain)


def test_a_function_without_a_file_or_inside_another_is_refused():
    def inside():
        return 1

    for code in (inside, lambda: 1, eval("lambda: 1"), len):  # noqa: S307
        with pytest.raises(DefinitionError, match="top level of a file"):
            code_digest(code)


def test_a_component_with_all_that_it_reaches_is_parsed_once(monkeypatch):
    digest = code_digest_of("components.runtime.component", "component", CHECKOUT, stops=())
    monkeypatch.setattr("ast.parse", lambda *_args, **_kwargs: pytest.fail("a file that has not changed was parsed again"))
    assert code_digest_of("components.runtime.component", "component", CHECKOUT, stops=()) == digest


@pytest.mark.slow
@pytest.mark.parametrize("version", ["3.12.1", "3.13.0"])
def test_every_python_gives_the_same_digests(project, version):
    python = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions" / version / "bin" / "python"
    if not python.exists():
        pytest.skip(f"Python {version} is not installed under {python.parents[2]}")
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from pathlib import Path\n"
        "from components.runtime.code_digest import code_digest_of\n"
        f"print({{name: code_digest_of({MODULE!r}, name, Path(sys.argv[2])) for name in {NAMES!r}}})"
    )
    out = subprocess.run([python, "-I", "-B", "-c", script, CHECKOUT, project], capture_output=True, text=True, check=True).stdout
    assert out.strip() == str(digests(project))
