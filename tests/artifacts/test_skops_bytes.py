"""Two fits of one model give one file, in any process and on any number of threads; only reviewed types load."""

import hashlib
import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import skops.io
from sklearn.base import ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, OrdinalEncoder

from components.artifacts.skops_bytes import check_trusted, dump_stable, load_trusted
from components.runtime.errors import DefinitionError, StoreError

CLASSIFIERS = {
    "boosting": lambda: HistGradientBoostingClassifier(max_iter=5, random_state=0),
    "boosting with categories": lambda: HistGradientBoostingClassifier(max_iter=5, random_state=0, categorical_features=[0]),
    "logistic regression": LogisticRegression,
    "forest": lambda: RandomForestClassifier(3, max_depth=4, random_state=0),
    "calibrated boosting": lambda: CalibratedClassifierCV(HistGradientBoostingClassifier(max_iter=3, random_state=0), cv=2),
    "isotonic calibration": lambda: CalibratedClassifierCV(LogisticRegression(), method="isotonic", cv=2),
}
ROOT = Path(__file__).parents[2]


def rows(n: int = 600) -> tuple[pl.DataFrame, np.ndarray]:
    rng = np.random.default_rng(7)
    frame = pl.DataFrame({"hour": rng.integers(0, 24, n), "carrier": rng.choice(["AA", "UA", "DL"], n), "temp": rng.normal(size=n)})
    return frame, (rng.random(n) < 0.1 + 0.03 * frame["hour"].to_numpy()).astype(np.int8)


def fitted(name: str) -> ClassifierMixin:
    encode = ColumnTransformer(
        [
            ("carrier", OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), ["carrier"]),
            ("rest", "passthrough", ["hour", "temp"]),
        ]
    )
    return Pipeline([("encode", encode), ("classify", CLASSIFIERS[name]())]).fit(*rows())


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_two_fits_give_the_same_bytes(name: str) -> None:
    assert dump_stable(fitted(name)) == dump_stable(fitted(name))


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_a_loaded_model_predicts_the_same_and_is_written_again_as_it_was(name: str) -> None:
    estimator = fitted(name)
    content = dump_stable(estimator)
    loaded = load_trusted(content, where=name)
    frame, _ = rows()
    np.testing.assert_array_equal(loaded.predict_proba(frame), estimator.predict_proba(frame))
    assert dump_stable(loaded) == content


def digests() -> list[str]:
    return [hashlib.sha256(dump_stable(fitted(name))).hexdigest() for name in ("boosting with categories", "forest")]


def digests_elsewhere(threads: int, hash_seed: int) -> list[str]:
    code = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import test_skops_bytes as t; print(*t.digests())"
    env = os.environ | {"OMP_NUM_THREADS": str(threads), "PYTHONHASHSEED": str(hash_seed), "PYTHONPATH": str(ROOT)}
    return subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True).stdout.split()


@pytest.mark.slow
def test_the_bytes_depend_neither_on_threads_nor_on_the_process() -> None:
    assert digests_elsewhere(threads=1, hash_seed=1) == digests_elsewhere(threads=2, hash_seed=2) == digests()


def test_members_have_one_date_and_no_compression() -> None:
    with zipfile.ZipFile(io.BytesIO(dump_stable(fitted("boosting")))) as file:
        assert file.namelist()[:3] == ["schema.json", "1.npy", "2.npy"]
        assert {info.date_time for info in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {info.compress_type for info in file.infolist()} == {zipfile.ZIP_STORED}


def test_texts_that_are_equal_but_not_one_object_do_not_show() -> None:
    name = "a name that is not interned"
    other = "".join(list(name))
    one, two = (OrdinalEncoder(categories=[[name, again]]) for again in (name, other))
    assert name is not other
    assert dump_stable(one) == dump_stable(two)


def test_an_array_that_two_attributes_share_is_one_array_after_loading() -> None:
    shared = np.arange(3.0)
    loaded = load_trusted(dump_stable(FunctionTransformer(kw_args={"a": shared, "b": shared})), where="shared")
    assert loaded.kw_args["a"] is loaded.kw_args["b"]


def test_what_lies_between_the_fields_of_a_record_does_not_show() -> None:
    record = np.dtype({"names": ["left", "flag"], "formats": ["<i8", "u1"], "offsets": [0, 8], "itemsize": 16})
    arrays = [np.frombuffer(bytes([1] + [0] * 7 + [1] + [filler] * 7) * 3, dtype=record) for filler in (0, 255)]
    one, two = (dump_stable(FunctionTransformer(kw_args={"nodes": array})) for array in arrays)
    assert one == two
    np.testing.assert_array_equal(load_trusted(one, where="record").kw_args["nodes"], arrays[1])


def test_a_type_outside_the_reviewed_list_is_named_and_refused() -> None:
    content = skops.io.dumps(FunctionTransformer(os.system))
    for refuse in (check_trusted, load_trusted):
        with pytest.raises(StoreError, match=r"posix.system.*TRUSTED_TYPES"):
            refuse(content, where="model.skops")


def test_a_lambda_cannot_be_stored() -> None:
    with pytest.raises((DefinitionError, StoreError), match="lambda"):
        check_trusted(dump_stable(FunctionTransformer(lambda x: x)), where="model")


@pytest.mark.parametrize("damage", [lambda c: c[:-100], lambda _: b"no zip", lambda c: c.replace(b"schema.json", b"schemb.json")])
def test_a_damaged_file_says_so(damage) -> None:
    with pytest.raises(StoreError, match="damaged"):
        load_trusted(damage(dump_stable(OrdinalEncoder())), where="model.skops")
