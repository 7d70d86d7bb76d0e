"""The same ten functions row by row under Snorkel's applier; run by the Python of an environment of its own: ROWS_FILE N_ROWS."""

import json
import re
import sys
import time

import pandas as pd
from snorkel.labeling import LabelingFunction, PandasLFApplier

ABSTAIN, HAM, SPAM = -1, 0, 1
LINK, CHECK, FREE = re.compile(r"http|www"), re.compile(r"check .{0,10}out"), re.compile(r"\b(?:free|win)\b.*\bmoney\b")
RULES = {
    "k_sub": lambda x: SPAM if "subscribe" in x.text else ABSTAIN,
    "k_my": lambda x: SPAM if "my" in x.text.split() else ABSTAIN,
    "k_please": lambda x: SPAM if "please" in x.text else ABSTAIN,
    "k_song": lambda x: HAM if "song" in x.text else ABSTAIN,
    "r_link": lambda x: SPAM if LINK.search(x.text) else ABSTAIN,
    "r_check": lambda x: SPAM if CHECK.search(x.text) else ABSTAIN,
    "r_free": lambda x: SPAM if FREE.search(x.text) else ABSTAIN,
    "h_short": lambda x: HAM if len(x.text.split()) < 5 else ABSTAIN,  # noqa: PLR2004
    "h_likes": lambda x: HAM if x.likes > 7 else ABSTAIN,  # noqa: PLR2004
    "h_score": lambda x: SPAM if x.score > 1.0 and x.age_days < 365 else ABSTAIN,  # noqa: PLR2004
}


def main() -> None:
    frame = pd.read_parquet(sys.argv[1]).head(int(sys.argv[2]))
    applier = PandasLFApplier([LabelingFunction(name, rule) for name, rule in RULES.items()])
    began = time.perf_counter()
    votes = applier.apply(frame, progress_bar=False)
    print(json.dumps({"seconds": time.perf_counter() - began, "voted": (votes >= 0).sum(0).tolist(), "spam": (votes == 1).sum(0).tolist()}))


main()
