"""`almanac serve`: MLflow's scoring server for the champion, on loopback."""

from typing import Annotated

import typer

from components.cli.options import PipelineName


def serve(
    pipeline: PipelineName,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port on 127.0.0.1.")] = 5155,
    alias: Annotated[str, typer.Option(help="The alias of the registered model.")] = "champion",
) -> None:
    """Serve the champion by MLflow's own scoring server on loopback until Ctrl-C; what it predicts is logged for ingestion."""
    from components.adapters.mlflow.serving_app import serve_model, served_model
    from components.runtime.errors import ConfigError
    from components.store.connections import Connections
    from components.store.store import Store

    with Store.open() as store:
        address, folder = Connections.of(store.folder).mlflow, store.folder / "served" / pipeline
    if not address:
        raise ConfigError("no MLflow server is set up", fix="start one with `make up`, or set ALMANAC_MLFLOW_URL")
    served = served_model(pipeline, alias, address)
    where = f"http://127.0.0.1:{port}/invocations"
    print(f"{where} serves {pipeline} version {served.version} ({alias}); predictions are logged in {folder}", flush=True)  # noqa: T201
    serve_model(served, folder, tracking_uri=address, port=port)
