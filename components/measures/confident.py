"""Confident learning: which labels a model that never saw them finds wrong."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NO_CLASS = -1
UNREACHABLE = 2.0
"""A threshold above any probability, of a class that no label names."""


@dataclass(frozen=True, eq=False)
class Doubts:
    """Labels against held-out predictions.

    ``suggested`` int8 [n_rows]: the class that a label should rather be, -1 where it is not doubted; ``margin`` [n_rows]: by how much the
    given class is more probable than the most probable other one, most negative where the label is most doubtful; ``joint`` [k, k]: the
    estimated share of rows by given and true class.
    """

    suggested: "NDArray[np.int8]"
    margin: "NDArray[np.float64]"
    joint: "NDArray[np.float64]"

    @property
    def noise(self) -> float:
        """The estimated share of wrong labels."""
        return float(1 - self.joint.trace()) if self.joint.sum() else 0.0


def doubt_labels(given: "NDArray[np.int8]", probabilities: "NDArray[np.float64]") -> Doubts:
    r"""Return which labels to doubt (Northcutt, Jiang and Chuang 2021, Confident Learning, JAIR 70, section 3).

    With :math:`t_j` the mean probability of class j over the rows labeled j (eq. 2), a row labeled i counts as truly j where j is the most
    probable class of those with :math:`p_j \ge t_j` (eq. 1); the counts, brought back to the number of labels of each class, are the joint
    (eq. 3). Doubted are the rows off its diagonal.

    Parameters
    ----------
    given
        [n_rows] classes.
    probabilities
        [n_rows, k] of a model fitted without the row.

    Examples
    --------
    >>> import numpy as np
    >>> p = np.array([[0.9, 0.1], [0.8, 0.2], [0.1, 0.9], [0.2, 0.8], [0.1, 0.9]])
    >>> doubt_labels(np.array([0, 0, 0, 1, 1], np.int8), p).suggested.tolist()
    [-1, -1, 1, -1, -1]

    """
    import numpy as np

    n_rows, k = probabilities.shape
    labeled = given[:, None] == np.arange(k)
    totals = labeled.sum(axis=0)
    thresholds = np.where(totals > 0, (probabilities * labeled).sum(axis=0) / np.maximum(totals, 1), UNREACHABLE)
    confident = np.where(probabilities >= thresholds, probabilities, -1.0)
    found = np.where((confident >= 0).any(axis=1), confident.argmax(axis=1), NO_CLASS)
    counts = np.bincount(given[found >= 0].astype(np.intp) * k + found[found >= 0], minlength=k * k).reshape(k, k).astype(np.float64)
    counts = np.where(counts.sum(axis=1, keepdims=True) > 0, counts, np.diag(totals))
    joint = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1) * totals[:, None] / max(1, n_rows)
    own = (probabilities * labeled).sum(axis=1)
    margin = own - np.where(labeled, -1.0, probabilities).max(axis=1, initial=-1.0)
    return Doubts(np.where(found == given, NO_CLASS, found).astype(np.int8), margin, joint)
