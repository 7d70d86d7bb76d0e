from pathlib import Path

from components.artifacts.associations import FILE, Associations, PairLeaf, PairState


def test_what_is_saved_comes_back_and_saves_to_the_same_bytes(tmp_path: Path) -> None:
    states = (PairState("a", "b", {("y", "1"): 2, ("x", "né\n"): 1}, (1.0, 2.0, 3.0, 0.0, 0.0, 0.0)), PairState("c", "b"))
    value = Associations("b", (PairLeaf(states, 1, 2), PairLeaf(())))
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    value.save(tmp_path / "first")
    Associations.load(tmp_path / "first").save(tmp_path / "second")
    assert (tmp_path / "first" / FILE).read_bytes() == (tmp_path / "second" / FILE).read_bytes()
    assert value.summary() == {"n_pairs": 2, "n_spans": 2, "label": "b"}
