"""`almanac config-schema`: a JSON Schema that editors can read."""

import json

import pytest

from components.runtime.errors import DefinitionError
from tests.cli.conftest import Almanac


def test_the_schema_describes_the_keys_of_the_configuration(almanac: Almanac) -> None:
    schema = json.loads(almanac("config-schema", "flights").output)
    assert {"start", "end", "outcome_lag", "training", "gate"} <= set(schema["properties"])
    assert schema["additionalProperties"] is False
    floor = schema["$defs"]["Floor"]["properties"]["metric"]
    assert {"roc_auc", "log_loss", "brier", "positive_rate"} <= set(floor["enum"])


def test_an_unknown_pipeline_names_the_nearest(almanac: Almanac) -> None:
    with pytest.raises(DefinitionError, match="Nearest valid name: 'flights'"):
        almanac("config-schema", "flight")
