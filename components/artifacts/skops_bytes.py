"""Skops bytes that repeat: two fits of one model on the same rows give the same file, whatever the process or the clock."""

import io
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from components.runtime.errors import DefinitionError, StoreError

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator

SCHEMA = "schema.json"

TRUSTED_TYPES = {
    "sklearn.tree._tree.Tree": "a fitted tree; its node indices are not checked, but a stored model's bytes are, against their digest",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor": "a boosted tree; as above",
    "functools.partial": "binds arguments to a function, and that function is audited by itself",
    "sklearn.utils.validation.check_array": "boosting's own preparation of categories; reads an array and returns it",
    "sklearn.calibration._CalibratedClassifier": "a classifier and its calibrators, plain attributes that are audited one by one",
    "sklearn.calibration._SigmoidCalibration": "two numbers of a sigmoid",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer": "arrays and numbers that a network's fit ended with",
    "sklearn.neural_network._stochastic_optimizers.SGDOptimizer": "as above",
    "numpy.dtype": "the type of an array without rows, whose file is read without pickles",
}
"""Types that `skops` leaves to its users to judge and that models here may hold, each with the reason why it may be loaded.

Every other type outside `skops`' own list is refused. None of these runs code of the file's choosing when it is loaded.
"""

MACHINE_ATTRIBUTES = {("sklearn.ensemble._hist_gradient_boosting.binning", "_BinMapper"): {"n_threads": "1"}}
"""Attributes that record the machine that trained rather than the model, by class, and the constant that replaces them."""

WITHOUT_IDENTITY = frozenset({"JsonNode", "TypeNode", "FunctionNode"})
"""Loaders of immutable values. Whether two equal texts are one object depends on the interpreter: they are written without an id."""

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The date of every member, the earliest that the zip format can hold."""

Node = dict[str, object]


def dump_stable(estimator: "BaseEstimator") -> bytes:
    """Return the skops file of an estimator, the same bytes for the same model.

    `skops` names members and nodes by memory addresses and dates members by the clock. Here the ids are numbered from 1 in order
    of appearance, members follow in that order after ``schema.json`` with one fixed date, the padding of records is zero, and nothing is
    compressed, since deflate's output differs between versions of zlib. The result is an ordinary skops file.

    Raises
    ------
    DefinitionError
        If the estimator holds something that skops cannot write, such as a lambda.
    """
    import zipfile

    import skops.io
    from skops.io.exceptions import UnsupportedTypeException

    try:
        original = skops.io.dumps(estimator)
    except (UnsupportedTypeException, TypeError, AttributeError) as error:
        message = f"{type(estimator).__name__} cannot be stored as skops: {error}"
        raise DefinitionError(message, fix="Use functions and classes defined at the top level of a module") from error
    with zipfile.ZipFile(io.BytesIO(original)) as source:
        schema: Node = json.loads(source.read(SCHEMA))
        members = _renumber(schema)
        content = {SCHEMA: json.dumps(schema, separators=(",", ":")).encode()}
        content |= {new: _without_padding(source.read(old)) for old, new in members.items()}
    return _zip(content)


def load_trusted(content: bytes, where: str) -> "BaseEstimator":
    """Return the estimator of a skops file whose types are all known to be safe to load.

    Raises
    ------
    StoreError
        If the file holds a type outside `TRUSTED_TYPES` and skops' own list, or is no skops file.
    """
    import zipfile

    import skops.io

    try:
        check_trusted(content, where)
        estimator: BaseEstimator = skops.io.loads(content, trusted=sorted(TRUSTED_TYPES))
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError) as error:
        fix = "Run `almanac verify` on the training run, or train again"
        raise StoreError("the model file is damaged", where=where, got=f"{type(error).__name__}: {error}", fix=fix) from error
    return estimator


def check_trusted(content: bytes, where: str) -> tuple[str, ...]:
    """Return the types of `TRUSTED_TYPES` that a skops file holds, sorted; nothing is constructed.

    Raises
    ------
    StoreError
        If it holds any other type that skops does not trust by itself; the message names them.
    """
    import skops.io

    found = skops.io.get_untrusted_types(data=content)
    refused = [name for name in found if name not in TRUSTED_TYPES]
    if refused:
        raise StoreError(
            "the model holds types that are not known to be safe to load",
            where=where,
            expected="types of scikit-learn and numpy, or of TRUSTED_TYPES",
            got=", ".join(refused),
            fix="Leave them out of the estimator, or review them and add each to TRUSTED_TYPES in components/artifacts/skops_bytes.py",
        )
    return tuple(found)


def _renumber(schema: Node) -> dict[str, str]:
    """Return the new name of each member by its old one, after numbering ids and files in order of appearance, in place."""
    ids: dict[object, int] = {}
    members: dict[str, str] = {}
    for node in _nodes(schema):
        if node["__loader__"] in WITHOUT_IDENTITY:
            node.pop("__id__", None)
        elif "__id__" in node:
            node["__id__"] = ids.setdefault(node["__id__"], len(ids) + 1)
        if node.get("type") in {"numpy", "scipy"} and isinstance(old := node.get("file"), str):
            node["file"] = members.setdefault(old, f"{len(members) + 1}.{old.rpartition('.')[2]}")
        _forget_machine(node)
    return members


def _nodes(value: object) -> Iterator[Node]:
    """Yield every node of a skops schema, parents first, in the order in which they are written."""
    if isinstance(value, list):
        for item in value:
            yield from _nodes(item)
    elif isinstance(value, dict):
        if "__loader__" in value:
            yield value
        for item in value.values():
            yield from _nodes(item)


def _forget_machine(node: Node) -> None:
    """Replace the attributes of one object that depend on the machine."""
    constants = MACHINE_ATTRIBUTES.get((str(node["__module__"]), str(node["__class__"])))
    match node.get("content"):
        case {"content": dict(attributes)} if constants:
            for name, constant in constants.items():
                if name in attributes:
                    attributes[name]["content"] = constant


def _without_padding(member: bytes) -> bytes:
    """Return an array file whose bytes between the fields of a record are zero; numpy writes there what the memory held.

    A tree's nodes are such records: 57 bytes of fields in 64. Every other file is returned as it is.
    """
    import numpy as np

    if not member.startswith(np.lib.format.MAGIC_PREFIX):
        return member
    array = np.load(io.BytesIO(member), allow_pickle=False)
    if array.dtype.names is None:
        return member
    clean = np.zeros(array.shape, array.dtype)
    for name in array.dtype.names:
        clean[name] = array[name]
    return member[: len(member) - array.nbytes] + clean.tobytes()


def _zip(members: dict[str, bytes]) -> bytes:
    """Return an uncompressed zip file of the members, in their order."""
    import zipfile

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as target:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, EPOCH)
            info.create_system = 3  # Unix on every platform; zipfile would record the one it runs on
            target.writestr(info, content)
    return buffer.getvalue()
