"""Which loopback ports the servers listen on, and whether somebody else holds them."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass

from components.cli.services.errors import ServiceError

LOOPBACK = "127.0.0.1"
DEFAULTS = {"airflow": 8080, "mlflow": 5000}  # the ports that both projects' own documents use


@dataclass(frozen=True, slots=True)
class Ports:
    """One TCP port for each web server of the stack."""

    airflow: int
    mlflow: int


def variable(service: str) -> str:
    """Return the environment variable that chooses a service's port.

    >>> variable("airflow")
    'ALMANAC_AIRFLOW_PORT'
    """
    return f"ALMANAC_{service.upper()}_PORT"


def choose(environ: Mapping[str, str], remembered: Mapping[str, int]) -> Ports:
    """Return the ports to use: the environment's, else those of the last start, else the defaults.

    Raises
    ------
    ServiceError
        A variable is not a port number, or both services were given the same one.

    >>> choose({"ALMANAC_MLFLOW_PORT": "5055"}, {"airflow": 8181})
    Ports(airflow=8181, mlflow=5055)
    """
    chosen = {service: remembered.get(service, default) for service, default in DEFAULTS.items()}
    for service in DEFAULTS:
        text = environ.get(variable(service), "").strip()
        if text:
            chosen[service] = _port(variable(service), text)
    if chosen["airflow"] == chosen["mlflow"]:
        raise ServiceError(
            f"Airflow and MLflow cannot both listen on port {chosen['airflow']}: set {variable('airflow')} or {variable('mlflow')} to another."
        )
    return Ports(**chosen)


def is_free(port: int) -> bool:
    """Return whether a server could listen on this loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def require_free(service: str, port: int) -> None:
    """Return when the port is free.

    Raises
    ------
    ServiceError
        Another program listens there; the message names the port and the variable that chooses another.
    """
    if not is_free(port):
        raise ServiceError(
            f"Port {port}, meant for {service}, is taken by another program: free it, or choose another, as in "
            f"`{variable(service)}={_another(port)} make up`."
        )


def _port(name: str, text: str) -> int:
    if text.isascii() and text.isdigit() and 1 <= int(text) <= 65535:  # noqa: PLR2004 - the range of a TCP port, RFC 9293
        return int(text)
    raise ServiceError(f"{name} is {text!r}, which is not a port: expected a whole number from 1 to 65535.")


def _another(port: int) -> int:
    return port + 101 if port + 101 <= 65535 else port - 101  # noqa: PLR2004 - as above
