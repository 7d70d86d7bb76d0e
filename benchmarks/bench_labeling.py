"""What labeling costs and how right it is, beside Snorkel and others in one run.

``--peers`` is the Python of an environment that holds the peers (``pip install snorkel==0.10.0 crowd-kit "pandas<3" pyarrow``); without it their
figures are null. Times are wall times on all cores. ``--quick`` takes one seed and leaves out ten million rows.
"""

import argparse
import json
from pathlib import Path

from apply_functions import apply_figures
from fit_labels import fit_figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--peers", type=Path, help="the Python of the peers' environment")
    asked = parser.parse_args()
    figures: dict[str, object] = {**apply_figures(range(1 if asked.quick else 3), asked.peers)}
    figures |= fit_figures(range(1, 2 if asked.quick else 11), asked.peers, quick=asked.quick)
    if asked.json:
        print(json.dumps(figures, sort_keys=True))
        return
    for name, value in figures.items():
        if isinstance(value, dict) and name != "fit_predict_10m_x50":
            for setting, models in value.items():
                print(f"{name:<10} {setting:<26} {'  '.join(f'{model} {figure}' for model, figure in models.items())}")
        else:
            print(f"{name:<24} {'absent' if value is None else value}")


if __name__ == "__main__":
    main()
