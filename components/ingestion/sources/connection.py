"""Connections by name: their addresses and secrets stand in the environment alone."""

import os
import re

from components.runtime.errors import DefinitionError, nearest

PREFIXES = ("ALMANAC_CONN_", "AIRFLOW_CONN_")


def address_of(name: str) -> str:
    """Return the address of a connection, credentials and all: never log it, store it, or put it into a message.

    The environment variable ``ALMANAC_CONN_<NAME>`` holds it, else ``AIRFLOW_CONN_<NAME>``.

    Raises
    ------
    DefinitionError
        If neither is set; the message names variables, not values.
    """
    for prefix in PREFIXES:
        if address := os.environ.get(f"{prefix}{name.upper()}"):
            return re.sub(r"^postgres://", "postgresql://", address)
    known = [variable.removeprefix(prefix).lower() for variable in os.environ for prefix in PREFIXES if variable.startswith(prefix)]
    raise DefinitionError(
        f"there is no connection {name!r}", nearest=nearest(name, known), fix=f"Set the environment variable {PREFIXES[0]}{name.upper()}."
    )


def checked_name(name: str) -> str:
    """Return the name of a connection; `DefinitionError` if it is none, such as an address, which is not repeated."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,60}", name):
        raise DefinitionError("not the name of a connection", expected="letters, digits and _", fix="Name it; its address goes elsewhere.")
    return name
