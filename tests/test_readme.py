"""README.md is true: its examples run, its commands exist, its picture is the pipeline's, its links lead somewhere."""

import importlib.util
import itertools
import re
import shlex
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [
    ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docker/README.md", *map(str, (ROOT / "docs").rglob("*.md")))
]


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


def section(title):
    return README.split(f"\n## {title}\n")[1].split("\n## ")[0]


def load(path, name, monkeypatch):
    """Import a file under a name that it would have in the checkout."""
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, name, module)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def written(tmp_path, monkeypatch):
    """Write the README's component, pipeline and configuration where the README says, in another folder."""
    found = {}
    for title in ("Add a component", "Add a pipeline"):
        text = section(title)
        path = re.search(r"here\s+`(\S+\.py)`", text)[1]
        target = tmp_path / path
        target.parent.mkdir(parents=True)
        target.write_text(re.search(r"```python\n(.*?)```", text, re.DOTALL)[1])
        found[target.stem] = load(target, path.removesuffix(".py").replace("/", "."), monkeypatch)
    (tmp_path / "pipeline.yaml").write_text(blocks("yaml")[0])
    return found


@pytest.mark.slow
def test_the_component_and_the_pipeline_run_and_a_notebook_reads_them(written, tmp_path, monkeypatch):
    from components.run.opening import Request, deliver
    from components.run.session import run_graph
    from components.runtime.config import load_config
    from components.store.store import Store

    rows = [f"2013-01-0{day}T{hour:02}:00:00,bread,2.5" for day, sold in ((1, 9), (2, 8), (3, 2)) for hour in range(8, 8 + sold)]
    (tmp_path / "sales.csv").write_text("\n".join(["sold_at,item,amount", *rows]) + "\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ALMANAC_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("ALMANAC_DATABASE_URL", raising=False)
    pipeline = written["pipeline"].build(load_config(tmp_path / "pipeline.yaml", written["pipeline"].Config))
    with Store.open() as store:
        deliver(store, pipeline)
        codes = {}
        for key in ("2013-01-01", "2013-01-02", "2013-01-03"):
            span = pipeline.calendar.span(key)
            run = run_graph(store, pipeline, Request("data", span, pipeline.span_as_of(span)))
            codes[key] = [finding.code for finding in store.run(run.id)["check_volume"].findings]
    assert codes == {"2013-01-01": [], "2013-01-02": [], "2013-01-03": ["volume-low"]}

    notebook = next(block for block in blocks("python") if "Store.open()" in block).replace('"flights"', '"sales"')
    *before, last = notebook.strip().splitlines()
    names = {}
    exec("\n".join(before), names)  # noqa: S102 - the README's own text
    assert eval(last, names) == ("event_time", "item", "amount")  # noqa: S307
    names["store"].close()


def test_the_commands_are_those_of_the_command_line():
    import click
    import typer

    from components.cli import application

    group = typer.main.get_command(application())
    assert set(re.findall(r"^\| `almanac ([\w-]+)` \|", README, re.MULTILINE)) == set(group.commands)
    shown = [
        line.partition("#")[0] for text in [README, (ROOT / "docker/README.md").read_text()] for line in re.findall(r"\balmanac .*", text)
    ]
    called = [shlex.split(line) for line in shown if re.match(r"almanac (run|backfill) \w", line)]
    assert len(called) >= 5
    for _, name, *words in called:
        command = group.commands[name]
        with command.make_context(name, [word for word in words if word != "\\"], parent=click.Context(group)) as context:
            assert context.params["pipeline"] == "flights"


def test_the_make_targets_exist():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    asked = {word for page in PAGES for word in re.findall(r"(?:`|^)make ([a-z]+)", page.read_text(), re.MULTILINE)}
    assert asked <= targets
    assert {"up", "down", "logs", "test"} <= asked


def test_the_picture_is_the_pipeline():
    from components.run.catalog import load_pipeline

    pipeline = load_pipeline("flights")
    for graph in ("data", "training"):
        drawn = re.search(rf"subgraph flights_{graph}\n(.*?)\n    end", blocks("mermaid")[0], re.DOTALL)[1]
        groups = pipeline.groups(graph)
        owner = {step.name: name for name, steps in groups.items() for step in steps}
        edges = {
            (owner[above], name)
            for name, steps in groups.items()
            for step in steps
            for above in step.upstream
            if owner.get(above, name) != name
        }
        lines = [[word.strip() for word in line.split("-->")] for line in drawn.splitlines()]
        assert closure({pair for line in lines for pair in itertools.pairwise(line)}) == closure(edges)
        assert {word for line in lines for word in line} == set(groups)


def closure(edges):
    """Return every pair of a node and one behind it: the picture leaves out what follows from the rest."""
    reached = set(edges)
    while more := {(a, d) for a, b in reached for c, d in edges if b == c} - reached:
        reached |= more
    return reached


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_links_lead_somewhere(page):
    links = re.findall(r"\]\((?!https?:)([^)\s]+)\)", page.read_text(encoding="utf-8"))
    for link in links:
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if anchor:
            titles = re.findall(r"^#+ (.*)", target.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}, link
