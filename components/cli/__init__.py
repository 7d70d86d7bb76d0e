"""`almanac`, the command line: one command a file, nothing heavy imported before a command runs."""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typer


INTERRUPTED = 130
"""The exit status after Ctrl-C: 128 and the signal's number, as shells have it (POSIX.1-2024, 2.8.2)."""


def application() -> "typer.Typer":
    """Return the typer application with every command."""
    import typer

    from components.cli import (
        approve,
        backfill,
        champion,
        config_schema,
        doctor,
        down,
        explain,
        features,
        init,
        label_batch,
        label_import,
        lineage,
        logs,
        mlflow_sync,
        plan,
        predict,
        report,
        run,
        runs,
        schema,
        serve,
        show,
        sources,
        up,
        verify,
        which_models,
        why_label,
    )

    app = typer.Typer(
        name="almanac", no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False,
        help="Machine-learning pipelines on data that arrives by date: as of any date, the same answer.",
    )  # fmt: skip
    for module in (
        init,
        run,
        backfill,
        plan,
        explain,
        verify,
        runs,
        show,
        sources,
        report,
        lineage,
        why_label,
        which_models,
        label_batch,
        label_import,
        approve,
        predict,
        features,
        serve,
        mlflow_sync,
        config_schema,
        up,
        down,
        logs,
        doctor,
    ):
        name = module.__name__.rpartition(".")[2]
        app.command(name.replace("_", "-"))(getattr(module, name))
    for command in (champion.promote, champion.rollback, champion.unpin):
        app.command(command.__name__)(command)
    app.add_typer(schema.schema, name="schema")
    return app


def main() -> None:
    """Run the command line; an error of ours is one paragraph and exit status 1, an interrupt one line and 130."""
    from components.runtime.errors import PipelineError

    try:
        application()()
    except PipelineError as error:
        print(f"almanac: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(1)
    except SystemExit as ending:  # typer turns an interrupt into this
        if ending.code == INTERRUPTED:
            print("almanac: stopped; what was finished is kept", file=sys.stderr)  # noqa: T201
        raise
