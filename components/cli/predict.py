"""`almanac predict`: the champion's predictions of every row of many spans."""

from pathlib import Path
from typing import Annotated

import typer

from components.cli.options import AsOfOption, PipelineName


def predict(
    pipeline: PipelineName,
    first: Annotated[str, typer.Argument(help="First span, such as 2013-06-01.")],
    last: Annotated[str, typer.Argument(help="Last span, included.")],
    as_of: AsOfOption = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the files; default predictions/ of the state folder.")] = None,
) -> None:
    """Predict every row of the spans from FIRST to LAST with production's champion (as of a date), one Parquet file a span."""
    from components.artifacts.model import Model
    from components.cli.options import moment, stop_on_terminate
    from components.engines.local import Threads
    from components.run.catalog import load_pipeline
    from components.run.opening import deliver_for
    from components.run.predicting import predict_spans
    from components.runtime.errors import StoreError
    from components.store.store import Store

    stop_on_terminate()
    built = load_pipeline(pipeline)
    with Store.open() as store:
        model = store.champion(pipeline, as_of=moment(built, as_of) if as_of else None)
        if not isinstance(model, Model):
            raise StoreError(f"the champion of {pipeline} is no model that predicts rows")
        deliver_for(store, built, None)
        folder, n_rows = out or store.folder / "predictions" / pipeline, 0
        for span, found in predict_spans(store, built, built.calendar.between(first, last), model, folder, engine=Threads()):
            n_rows += found if isinstance(found, int) else 0
            if isinstance(found, str):
                print(f"  {span.key}: {found}")  # noqa: T201
    print(f"{n_rows:,} rows predicted: {folder}")  # noqa: T201
