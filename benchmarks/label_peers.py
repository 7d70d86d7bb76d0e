"""What other label models answer: run by the Python of an environment that holds them (`snorkel==0.10.0`, `crowd-kit`).

    label_peers.py FOLDER answers|seconds [PEER...]

Reads each `N.npz` of the folder, `votes` [n, m] (-1 abstains) and `n_classes`, and writes `N.answers.npz`, probabilities [n, k] by peer, or
`N.seconds.npz`, its seconds after a first use. A peer that is not installed or fails has no answer.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd


def snorkel(votes: np.ndarray, k: int) -> np.ndarray:
    from snorkel.labeling.model import LabelModel

    model = LabelModel(cardinality=k, verbose=False)
    model.fit(L_train=votes.astype(int), n_epochs=500, log_freq=10**6, seed=123, progress_bar=False)
    return model.predict_proba(votes.astype(int))


def crowdkit_dawid_skene(votes: np.ndarray, k: int) -> np.ndarray:
    from crowdkit.aggregation import DawidSkene

    found = DawidSkene(n_iter=100).fit_predict_proba(_table(votes)).reindex(columns=range(k)).fillna(0.0)
    answer = np.full((len(votes), k), 1 / k)
    answer[found.index.to_numpy()] = found.to_numpy()
    return answer


def crowdkit_mmsr(votes: np.ndarray, k: int) -> np.ndarray:
    from crowdkit.aggregation import MMSR

    found = MMSR().fit_predict(_table(votes))
    answer = np.full((len(votes), k), 1 / k)
    answer[found.index.to_numpy()] = np.eye(k)[found.to_numpy().astype(int)]
    return answer


def _table(votes: np.ndarray) -> "pd.DataFrame":
    import pandas as pd

    rows, functions = np.nonzero(votes >= 0)
    return pd.DataFrame({"task": rows, "worker": functions, "label": votes[rows, functions].astype(int)})


def main() -> None:
    peers: dict[str, Callable] = {one.__name__: one for one in (snorkel, crowdkit_dawid_skene, crowdkit_mmsr)}
    folder, how, names = Path(sys.argv[1]), sys.argv[2], sys.argv[3:] or list(peers)
    for path in sorted(one for one in folder.glob("*.npz") if one.stem.isdigit()):
        asked, found = np.load(path), {}
        votes, k = asked["votes"], int(asked["n_classes"])
        for name in names:
            try:
                if how == "seconds":
                    peers[name](votes[:1000], k)  # the first use imports
                began = time.perf_counter()
                answer = peers[name](votes, k)
                found[name] = answer if how == "answers" else time.perf_counter() - began
            except Exception as error:  # noqa: BLE001 - whatever a peer raises, it has no answer
                print(name, type(error).__name__, error, file=sys.stderr)
        np.savez(folder / f"{path.stem}.{how}.npz", **found)


if __name__ == "__main__":
    main()
