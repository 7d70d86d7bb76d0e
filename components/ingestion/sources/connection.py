"""Connections by name: their addresses and secrets stand in the environment, or where whoever runs the read keeps them."""

import contextlib
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import quote

from components.runtime.errors import DefinitionError, nearest

PREFIXES = ("ALMANAC_CONN_", "AIRFLOW_CONN_")
KEY_PREFIX = "ALMANAC_KEY_"

Fields = Mapping[str, object]
"""A connection as Airflow describes it: ``conn_type``, ``host``, ``port``, ``login``, ``password``, ``schema``, ``extra``."""

_keepers: list[Callable[[str], Fields | None]] = []


@contextlib.contextmanager
def kept_by(keeper: Callable[[str], Fields | None]) -> Iterator[None]:
    """Ask ``keeper`` for connections that the environment does not hold, until the end of the block."""
    _keepers.append(keeper)
    try:
        yield
    finally:
        _keepers.remove(keeper)


def address_of(name: str) -> str:
    """Return the address of a connection, credentials and all: never log it, store it, or put it into a message.

    The environment variable ``ALMANAC_CONN_<NAME>`` holds it, else ``AIRFLOW_CONN_<NAME>``, as a URI or as JSON; in a task of Airflow the
    connection of that name in its database or secrets backend does, too.

    Raises
    ------
    DefinitionError
        If there is none; the message names variables, not values.
    """
    for prefix in PREFIXES:
        if address := os.environ.get(f"{prefix}{name.upper()}"):
            return _described(json.loads(address)) if address.startswith("{") else re.sub(r"^postgres://", "postgresql://", address)
    if (fields := _kept(name)) is not None:
        return _described(fields)
    known = [variable.removeprefix(prefix).lower() for variable in os.environ for prefix in PREFIXES if variable.startswith(prefix)]
    raise DefinitionError(
        f"there is no connection {name!r}",
        nearest=nearest(name, known),
        fix=f"Set the environment variable {PREFIXES[0]}{name.upper()}, or make a connection of that name in Airflow.",
    )


def secret_of(name: str) -> bytes:
    """Return the key of a keyed hash: the environment variable ``ALMANAC_KEY_<NAME>``, else the password of Airflow's ``almanac_key_<name>``.

    Empty where there is none.
    """
    if key := os.environ.get(f"{KEY_PREFIX}{name.upper()}"):
        return key.encode()
    return str((_kept(f"{KEY_PREFIX}{name}".lower()) or {}).get("password") or "").encode()


def checked_name(name: str) -> str:
    """Return the name of a connection; `DefinitionError` if it is none, such as an address, which is not repeated."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,60}", name):
        raise DefinitionError("not the name of a connection", expected="letters, digits and _", fix="Name it; its address goes elsewhere.")
    return name


def _kept(name: str) -> Fields | None:
    return next((fields for keeper in _keepers if (fields := keeper(name)) is not None), None)


def _described(fields: Fields) -> str:
    """Return the address that fields describe: a URL of SQLAlchemy, or the brokers of a Kafka connection."""
    kind = {"postgres": "postgresql"}.get(str(fields.get("conn_type")), str(fields.get("conn_type")))
    extra = fields.get("extra") or {}
    more = json.loads(extra) if isinstance(extra, str) else extra
    if isinstance(more, Mapping) and (brokers := more.get("bootstrap.servers")):
        return str(brokers)
    host, port, schema = (fields.get(name) or "" for name in ("host", "port", "schema"))
    if kind in ("sqlite", "duckdb"):
        return f"{kind}:///{host}"
    login, password = (quote(str(fields.get(name) or ""), safe="") for name in ("login", "password"))
    user = f"{login}{f':{password}' if password else ''}@" if login or password else ""
    return f"{kind}://{user}{host}{f':{port}' if port else ''}{f'/{schema}' if schema else ''}"
