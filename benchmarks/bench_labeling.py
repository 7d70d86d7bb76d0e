"""What labeling costs and how right it is, beside Snorkel and others in one run.

``--peers`` is the Python of an environment that holds the peers (``pip install snorkel==0.10.0 "pandas<3" pyarrow``); without it their
figures are null. Times are wall times on all cores. ``--quick`` takes one seed.
"""

import argparse
import json
from pathlib import Path

from apply_functions import apply_figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--peers", type=Path, help="the Python of the peers' environment")
    asked = parser.parse_args()
    figures = apply_figures(range(1 if asked.quick else 3), asked.peers)
    if asked.json:
        print(json.dumps(figures, sort_keys=True))
        return
    for name, value in figures.items():
        print(f"{name:<24} {'absent' if value is None else value}")


if __name__ == "__main__":
    main()
