"""Aliases in MLflow follow the ledger; one that somebody moved by hand is put back and reported."""

from typing import TYPE_CHECKING

from components.adapters.mlflow.connection import answers_from, connect
from components.adapters.mlflow.registry import DIGEST, find_version
from components.artifacts.findings import Finding
from components.runtime.errors import StoreError

if TYPE_CHECKING:
    from mlflow.entities.model_registry import RegisteredModel
    from mlflow.tracking import MlflowClient

MIRRORED = "almanac.alias."
"""Prefix of the registered model's tag that keeps the digest which the mirror last gave an alias to."""


def mirror_alias(name: str, alias: str, digest: str, tracking_uri: str) -> list[Finding]:
    """Give a registered model's alias to the version of an artifact; return `alias-moved` if it was not where the mirror had left it.

    Which artifact that is, and whether it may replace a newer one, the ledger decides. Safe to repeat: an alias that is in its
    place costs two requests.

    Raises
    ------
    StoreError
        If no version of the model carries the digest.
    MirrorUnavailable
        If MLflow does not answer.
    """
    client = connect(tracking_uri)
    with answers_from(tracking_uri):
        return move_alias(client, name, alias, digest)


def move_alias(client: "MlflowClient", name: str, alias: str, digest: str) -> list[Finding]:
    """Do the work of `mirror_alias` over an open client."""
    version = find_version(client, name, digest)
    if version is None:
        fix = "Run `almanac mlflow-sync` for the run that made it"
        raise StoreError(f"no version of {name} in MLflow carries this digest", where=f"{name}@{alias}", expected=digest, fix=fix)
    registered = client.get_registered_model(name)
    held = registered.aliases.get(alias)
    in_place = held is not None and str(held) == str(version.version)
    findings = [] if in_place else _moved_by_hand(client, registered, alias)
    if not in_place:
        client.set_registered_model_alias(name, alias, version.version)
    if registered.tags.get(MIRRORED + alias) != digest:
        client.set_registered_model_tag(name, MIRRORED + alias, digest)
    return findings


def _moved_by_hand(client: "MlflowClient", registered: "RegisteredModel", alias: str) -> list[Finding]:
    """Return a finding if the alias is not where the mirror put it last."""
    left_at = registered.tags.get(MIRRORED + alias)
    held = registered.aliases.get(alias)
    tags = client.get_model_version(registered.name, held).tags if held is not None else {}
    found_at = tags.get(DIGEST)
    if left_at == found_at and (left_at is not None or held is None):
        return []
    return [
        Finding(
            code="alias-moved",
            severity="warn",
            where=f"{registered.name}@{alias}",
            message="the alias was moved in MLflow by hand and is put back to what the ledger says",
            expected=left_at or "no alias",
            got=found_at or (f"version {held}, not of this store" if held is not None else "no alias"),
            fix="Promote or roll back with almanac, so that the ledger knows who did it and why",
        )
    ]
