import os

import pytest

from components.runtime.scopes import Target
from components.runtime.source_modules import Definition, find_module


@pytest.fixture
def bindings(tmp_path):
    def of(source: str) -> dict[str, object]:
        (tmp_path / "m.py").write_text(source)
        module = find_module((tmp_path,), "m")
        return {name: len(one.statements) if isinstance(one, Definition) else one for name, one in module.bindings.items()}

    return of


def test_a_name_stands_for_its_definition_or_for_what_it_imports(bindings):
    source = "import a.b\nfrom c import d as e\nX = Y = 1\ndef f(): pass\nclass G: pass\nZ: int\n"
    assert bindings(source) == {"a": Target(("a",)), "e": Target(("c",), ("d",)), "X": 1, "Y": 1, "f": 1, "G": 1}


@pytest.mark.parametrize(
    ("source", "n_statements"),
    [
        ("T = {}\nT['a'] = 1\nT.update(b=2)\nfor k in 'xy':\n    T[k] = 3\n", 4),
        ("T = {}\nT.a.b = 1\ndel T['x']\n", 3),
        ("T = {}\n@T.register\ndef f(): pass\n@T.named('g')\nclass G: pass\n", 3),
        ("T = {}\nU = T.copy()\nprint(T)\ndef f(): T['a'] = 1\n", 1),
    ],
)
def test_statements_that_change_a_value_belong_to_its_definition(bindings, source, n_statements):
    assert bindings(source)["T"] == n_statements


def test_the_first_root_that_holds_a_module_wins(tmp_path):
    for root in ("one", "two"):
        (tmp_path / root).mkdir()
        (tmp_path / root / "m.py").write_text(f"{root} = 1")
    (tmp_path / "two" / "n.py").write_text("")
    roots = (tmp_path / "one", tmp_path / "two")
    assert set(find_module(roots, "m").bindings) == {"one"}
    assert find_module(roots, "n").file == tmp_path / "two" / "n.py"
    assert find_module(roots, "absent") is None


def test_a_package_goes_before_a_module_and_a_bare_folder_is_empty(tmp_path):
    (tmp_path / "p").mkdir()
    assert find_module((tmp_path,), "p").bindings == {}
    (tmp_path / "p.py").write_text("module = 1")
    assert set(find_module((tmp_path,), "p").bindings) == {"module"}
    (tmp_path / "p" / "__init__.py").write_text("package = 1")
    assert set(find_module((tmp_path,), "p").bindings) == {"package"}


def test_a_file_is_parsed_once_until_its_time_or_size_changes(tmp_path):
    file = tmp_path / "m.py"
    file.write_text("a = 1")
    os.utime(file, ns=(0, 0))
    first = find_module((tmp_path,), "m")
    assert find_module((tmp_path,), "m") is first
    os.utime(file, ns=(0, 1))
    assert find_module((tmp_path,), "m") is not first
