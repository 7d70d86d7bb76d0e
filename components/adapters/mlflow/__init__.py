"""The mirror in MLflow: `sync` writes runs, `mirror_alias` the ledger's champion. Nothing else in the project writes to MLflow."""

from components.adapters.mlflow.alias import mirror_alias
from components.adapters.mlflow.sync import sync

__all__ = ["mirror_alias", "sync"]
