"""The first tables: artifacts, deliveries, runs, executions with their events and claims, the ledger, and what mirrors know."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table."""
    _create_artifacts()
    _create_deliveries()
    _create_runs()
    _create_executions()
    _create_ledger()
    _create_mirror()


def downgrade() -> None:
    """Drop every table, those that others point to last."""
    for name in ("event", "delivery_part", "outbox", "execution", "delivery", "run", "pipeline", "mirror", "ledger", "claim", "artifact"):
        op.drop_table(name)


def _create_artifacts() -> None:
    op.create_table(
        "artifact",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("pipeline", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("span", sa.String(64), nullable=False),
        sa.Column("known_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("n_bytes", sa.BigInteger(), nullable=False),
        sa.Column("value_type", sa.String(200), nullable=False),
        sa.Column("summary", sa.JSON(), nullable=False),
        sa.UniqueConstraint("pipeline", "kind", "digest", "span", "known_at", name="uq_artifact"),
    )
    op.create_index("ix_artifact_digest", "artifact", ["digest"])


def _create_deliveries() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("pipeline", sa.String(100), nullable=False),
        sa.Column("source", sa.String(100), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content_sha256", sa.String(64), nullable=False),
        sa.Column("declaration", sa.String(64), nullable=False),
        sa.Column("hint", sa.JSON(), nullable=False),
        sa.Column("known_rule", sa.String(20), nullable=False),
        sa.Column("known_after", sa.String(40), nullable=False),
        sa.Column("known_from", sa.BigInteger(), nullable=False),
        sa.Column("first_span", sa.String(64), nullable=False),
        sa.Column("last_span", sa.String(64), nullable=False),
        sa.Column("n_read", sa.BigInteger(), nullable=False),
        sa.Column("n_partitioned", sa.BigInteger(), nullable=False),
        sa.Column("n_quarantined", sa.BigInteger(), nullable=False),
        sa.Column("quarantine", sa.BigInteger(), sa.ForeignKey("artifact.id"), nullable=True),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("pipeline", "source", "version", name="uq_delivery"),
    )
    op.create_table(
        "delivery_part",
        sa.Column("delivery", sa.BigInteger(), sa.ForeignKey("delivery.id"), primary_key=True),
        sa.Column("span", sa.String(64), primary_key=True),
        sa.Column("artifact", sa.BigInteger(), sa.ForeignKey("artifact.id"), nullable=False),
    )


def _create_runs() -> None:
    op.create_table(
        "pipeline",
        sa.Column("name", sa.String(100), primary_key=True),
        sa.Column("grain", sa.String(10), nullable=False),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "run",
        sa.Column("id", sa.String(120), primary_key=True),
        sa.Column("key", sa.String(250), nullable=False),
        sa.Column("pipeline", sa.String(100), nullable=False),
        sa.Column("graph", sa.String(20), nullable=False),
        sa.Column("span", sa.String(64), nullable=False),
        sa.Column("as_of", sa.BigInteger(), nullable=False),
        sa.Column("lane", sa.String(20), nullable=False),
        sa.Column("why", sa.String(20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("snapshot", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("platform", sa.JSON(), nullable=False),
        sa.Column("links", sa.JSON(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.UniqueConstraint("key"),
    )
    op.create_index("ix_run_pipeline", "run", ["pipeline", "started_at"])


def _create_executions() -> None:
    op.create_table(
        "execution",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("pipeline", sa.String(100), nullable=False),
        sa.Column("run", sa.String(120), sa.ForeignKey("run.id"), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("own", sa.Boolean(), nullable=False),
        sa.Column("step", sa.String(100), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("component", sa.String(100), nullable=False),
        sa.Column("span", sa.String(64), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("key_parts", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("reuses", sa.BigInteger(), sa.ForeignKey("execution.id"), nullable=True),
        sa.Column("libraries", sa.JSON(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("cpu_ms", sa.BigInteger(), nullable=True),
        sa.Column("peak_kb", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
    )
    op.create_index("ix_execution_key", "execution", ["key", "state"])
    op.create_index("ix_execution_run", "execution", ["run"])
    op.create_index("ix_execution_span", "execution", ["pipeline", "span", "step"])
    op.create_index(
        "uq_execution_complete",
        "execution",
        ["key"],
        unique=True,
        sqlite_where=sa.text("state = 'COMPLETE'"),
        postgresql_where=sa.text("state = 'COMPLETE'"),
    )
    op.create_table(
        "event",
        sa.Column("execution", sa.BigInteger(), sa.ForeignKey("execution.id"), primary_key=True),
        sa.Column("direction", sa.String(6), primary_key=True),
        sa.Column("name", sa.String(100), primary_key=True),
        sa.Column("position", sa.Integer(), primary_key=True),
        sa.Column("artifact", sa.BigInteger(), sa.ForeignKey("artifact.id"), nullable=False),
    )
    op.create_index("ix_event_artifact", "event", ["artifact"])
    op.create_table(
        "claim",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("token", sa.String(32), nullable=False),
        sa.Column("run", sa.String(120), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
    )


def _create_ledger() -> None:
    op.create_table(
        "ledger",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("pipeline", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(100), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("lane", sa.String(20), nullable=False),
        sa.Column("effective_from", sa.BigInteger(), nullable=False),
        sa.Column("known_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("who", sa.String(200), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
    )
    op.create_index("ix_ledger_kind", "ledger", ["pipeline", "kind"])


def _create_mirror() -> None:
    op.create_table(
        "outbox",
        sa.Column("run", sa.String(120), sa.ForeignKey("run.id"), primary_key=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("synced_at", sa.BigInteger(), nullable=True),
    )
    op.create_table(
        "mirror",
        sa.Column("run_key", sa.String(250), primary_key=True),
        sa.Column("mlflow_run", sa.String(64), nullable=False),
    )
