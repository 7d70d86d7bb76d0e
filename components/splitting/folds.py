"""Walk-forward folds: each validates on spans that follow, a gap later, everything that it trains on."""

from collections.abc import Sequence

from components.artifacts.split import Fold


def walk_forward(keys: Sequence[str], *, folds: int, validation: int, gap: int = 0) -> tuple[Fold, ...]:
    """Return up to ``folds`` folds, oldest first; the newest validates on the last ``validation`` spans, the one before on those before.

    ``gap`` spans before each validation part belong to neither side (an embargo). Training windows expand from the first span; a fold with
    nothing to train on is left out, so short histories have fewer folds, or none.

    >>> [(fold.train, fold.validation) for fold in walk_forward("abcdefg", folds=2, validation=2, gap=1)]
    [(('a', 'b'), ('d', 'e')), (('a', 'b', 'c', 'd'), ('f', 'g'))]
    """
    found = []
    for back in range(folds, 0, -1) if validation else ():
        start = len(keys) - back * validation
        if start - gap > 0:
            found.append(Fold(tuple(keys[: start - gap]), tuple(keys[start : start + validation])))
    return tuple(found)
