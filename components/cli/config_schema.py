"""`almanac config-schema`: the JSON Schema of a pipeline's configuration, for editors."""

from components.cli.options import PipelineName


def config_schema(pipeline: PipelineName) -> None:
    """Print the JSON Schema of pipeline.yaml; editors check and complete the file with it."""
    import json

    from components.run.catalog import config_model
    from components.runtime.config import json_schema

    print(json.dumps(json_schema(config_model(pipeline)), indent=2))  # noqa: T201
