"""How far raters agree beyond chance: Cohen's kappa of two, Krippendorff's alpha of any number with gaps."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def cohen_kappa(first: "NDArray[np.int8]", second: "NDArray[np.int8]", n_classes: int) -> float | None:
    r"""Return :math:`(p_o - p_e) / (1 - p_e)` over the items that both rated (Cohen 1960, Educational and Psychological Measurement 20).

    Classes are [n_items], -1 where not rated. None without common items; 1 where both always name the one same class.

    >>> import numpy as np
    >>> cohen_kappa(np.array([0, 0, 1, 1], np.int8), np.array([0, 1, 1, -1], np.int8), 2)
    0.4
    """
    import numpy as np

    both = (first >= 0) & (second >= 0)
    n_items = int(both.sum())
    if not n_items:
        return None
    table = np.bincount(first[both].astype(np.intp) * n_classes + second[both], minlength=n_classes**2).reshape(n_classes, n_classes)
    agreed = np.trace(table) * n_items
    expected = int(table.sum(axis=0) @ table.sum(axis=1))
    return 1.0 if expected == n_items**2 else float(round((agreed - expected) / (n_items**2 - expected), 12))


def krippendorff_alpha(ratings: "NDArray[np.int8]", n_classes: int) -> float | None:
    r"""Return :math:`1 - D_o / D_e` for nominal classes and any gaps (Krippendorff 2011, Computing Krippendorff's Alpha-Reliability, C).

    Observed disagreement is that of pairs of ratings of one item, expected that of any two ratings. None where no item has two ratings;
    1 where all ratings are the same class.

    Parameters
    ----------
    ratings
        [n_items, n_raters], -1 where not rated; items rated once do not count.

    Examples
    --------
    >>> import numpy as np
    >>> krippendorff_alpha(np.array([[0, 0, -1], [1, 1, 1], [0, 1, -1]], np.int8), 2)
    0.5

    """
    import numpy as np

    counts = np.stack([(ratings == one).sum(axis=1) for one in range(n_classes)], axis=1)
    counts = counts[counts.sum(axis=1) > 1]
    if not len(counts):
        return None
    per_item, per_class = counts.sum(axis=1), counts.sum(axis=0)
    total = int(per_class.sum())
    apart = (per_item**2 - (counts**2).sum(axis=1)) / (per_item - 1)
    expected = total**2 - int((per_class**2).sum())
    return 1.0 if not expected else float(round(1 - (total - 1) * float(apart.sum()) / expected, 12))
