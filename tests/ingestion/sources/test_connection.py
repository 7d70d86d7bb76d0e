"""Where addresses and keys are looked for, and in what order."""

import json

import pytest

from components.ingestion.privacy import KeyedHash
from components.ingestion.sources.connection import address_of, kept_by, secret_of
from components.runtime.errors import DefinitionError

SHOP = {"conn_type": "postgres", "host": "db", "port": 5433, "login": "me@here", "password": "a/b", "schema": "shop", "extra": None}


@pytest.mark.parametrize(
    ("fields", "address"),
    [
        (SHOP, "postgresql://me%40here:a%2Fb@db:5433/shop"),
        ({"conn_type": "sqlite", "host": "/data/rows.db"}, "sqlite:////data/rows.db"),
        ({"conn_type": "kafka", "extra": '{"bootstrap.servers": "one:9092,two:9092"}'}, "one:9092,two:9092"),
        ({"conn_type": "mysql", "host": "db", "schema": "shop"}, "mysql://db/shop"),
    ],
)
def test_a_connection_as_airflow_describes_it_becomes_an_address(
    fields: dict[str, object], address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with kept_by(lambda name: fields if name == "shop" else None):
        assert address_of("shop") == address
    monkeypatch.setenv("AIRFLOW_CONN_SHOP", json.dumps(fields))
    assert address_of("shop") == address


def test_the_environment_comes_first_and_a_keeper_only_while_it_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALMANAC_CONN_SHOP", "sqlite://")
    with kept_by(lambda _: SHOP):
        assert address_of("shop") == "sqlite://"
        assert address_of("other").startswith("postgresql://")
    with pytest.raises(DefinitionError, match="there is no connection 'other'"):
        address_of("other")


def test_the_key_of_a_hash_may_be_the_password_of_a_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ALMANAC_KEY_PEOPLE", raising=False)
    assert secret_of("people") == b""
    with kept_by(lambda name: {"password": "0123456789abcdef"} if name == "almanac_key_people" else None):
        import pyarrow as pa

        assert secret_of("people") == b"0123456789abcdef"
        hashed = KeyedHash("people").applied(pa.array(["ada"]))
    monkeypatch.setenv("ALMANAC_KEY_PEOPLE", "0123456789abcdef")
    assert KeyedHash("people").applied(pa.array(["ada"])) == hashed
