"""What the stack remembers between commands: `services.json` in the state folder. It holds no secrets."""

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from components.cli.services.errors import ServiceError
from components.cli.services.processes import ServerProcess

FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True)
class State:
    """The last known facts of a stack.

    Attributes
    ----------
    ports : dict of str to int
        Port of each web server; empty before the first start.
    processes : tuple of ServerProcess
        Servers that were launched and not yet stopped, alive or not.
    migrated : str
        Version of Airflow for which its database was last migrated; empty before the first time.
    dags : str
        Folder of DAG files that the running Airflow reads.
    """

    ports: dict[str, int] = field(default_factory=dict)
    processes: tuple[ServerProcess, ...] = ()
    migrated: str = ""
    dags: str = ""

    def process(self, name: str) -> ServerProcess | None:
        """Return the recorded process of a service, or None."""
        return next((process for process in self.processes if process.name == name), None)

    def with_process(self, process: ServerProcess) -> "State":
        """Return this state with one process added, in place of an older one of the same name."""
        return replace(self, processes=(*(other for other in self.processes if other.name != process.name), process))


def read(path: Path) -> State:
    """Return the remembered state; a missing file is the empty state.

    Raises
    ------
    ServiceError
        The file is damaged or was written by another version.
    """
    if not path.exists():
        return State()
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["format_version"] != FORMAT_VERSION:
            raise ServiceError(
                f"{path} has format {content['format_version']}, expected {FORMAT_VERSION}: stop its servers with the version that wrote it."
            )
        processes = tuple(ServerProcess(**process) for process in content["processes"])
        return State(dict(content["ports"]), processes, content["migrated"], content["dags"])
    except (ValueError, KeyError, TypeError) as error:
        raise ServiceError(f"{path} cannot be read ({error}): remove it after ending the servers that it names.") from error


def write(path: Path, state: State) -> None:
    """Replace the file in one step, so that a crash leaves the old state or the new one."""
    content = {"format_version": FORMAT_VERSION, **asdict(state)}
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    fresh.replace(path)
