"""The questions that `almanac doctor` asks: of the machine, the ports, the databases and the servers."""

from collections.abc import Iterator

from components.cli.services import ports, postgres
from components.cli.services.machine import Check, answer, disk, lock_in_sync, memory, python_version, state_folder
from components.cli.services.stack import WEB, ServiceStatus, Stack


def all_checks(stack: Stack) -> list[Check]:
    """Return every check of a stack, in the order in which one would mend them. Nothing is started or changed."""
    status = stack.status()
    started = any(one.running for one in status)
    return [
        python_version(),
        lock_in_sync(stack.project),
        disk(stack.home),
        memory(started=started),
        state_folder(stack.home),
        *port_checks(stack, status),
        *service_checks(status),
    ]


def port_checks(stack: Stack, status: list[ServiceStatus]) -> Iterator[Check]:
    """Yield for each port whether our own server has it or nobody."""
    running = {one.name for one in status if one.running}
    for service, owner in WEB.items():
        port = int(getattr(stack.ports, owner))
        ok = service in running or ports.is_free(port)
        detail = f"{port}: {'ours' if service in running else 'free' if ok else 'taken by another program'}"
        yield answer(f"port of {owner}", ok, detail, f"free it, or choose another with {ports.variable(owner)}")


def service_checks(status: list[ServiceStatus]) -> Iterator[Check]:
    """Yield for each server whether it is healthy."""
    for one in status:
        detail = f"healthy, process {one.pid}" if one.healthy else f"process {one.pid} does not answer" if one.running else "not running"
        action = f"`make logs` shows why; log: {one.log}" if one.running else "start it with `make up`"
        yield answer("databases" if one.name == "postgres" else one.name, one.healthy, detail + _databases(one), action)


def _databases(one: ServiceStatus) -> str:
    return f" ({', '.join(postgres.DATABASES)})" if one.name == "postgres" and one.healthy else ""
