"""The tables of the metadata store, in ML Metadata's words; times are int64 microseconds since 1970 UTC."""

import sqlalchemy as sa

metadata = sa.MetaData()


def _id() -> sa.Column[int]:
    """Return a 64-bit counting key; SQLite counts only its INTEGER."""
    return sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True)


pipeline = sa.Table(
    "pipeline",
    metadata,
    sa.Column("name", sa.String(100), primary_key=True),
    sa.Column("grain", sa.String(10), nullable=False),
    sa.Column("zone", sa.String(64), nullable=False),
    sa.Column("recorded_at", sa.BigInteger, nullable=False),
)

artifact = sa.Table(
    "artifact",
    metadata,
    _id(),
    sa.Column("pipeline", sa.String(100), nullable=False),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False, index=True),
    sa.Column("span", sa.String(64), nullable=False),  # a span key; "first/last" of a window; "" for none
    sa.Column("known_at", sa.BigInteger, nullable=False),
    sa.Column("recorded_at", sa.BigInteger, nullable=False),
    sa.Column("n_bytes", sa.BigInteger, nullable=False),
    sa.Column("value_type", sa.String(200), nullable=False),  # module:class that loads it
    sa.Column("summary", sa.JSON, nullable=False),
    sa.UniqueConstraint("pipeline", "kind", "digest", "span", "known_at", name="uq_artifact"),
)

delivery = sa.Table(
    "delivery",
    metadata,
    _id(),
    sa.Column("pipeline", sa.String(100), nullable=False),
    sa.Column("source", sa.String(100), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("content_sha256", sa.String(64), nullable=False),
    sa.Column("declaration", sa.String(64), nullable=False),  # sha256 of the source's declaration
    sa.Column("hint", sa.JSON, nullable=False),  # size and mtime: a later look compares these first
    sa.Column("known_rule", sa.String(20), nullable=False),  # assumed (first load), observed, path, version, column
    sa.Column("known_after", sa.String(40), nullable=False),  # the lag after span.end that a first load is assumed to have had
    sa.Column("known_from", sa.BigInteger, nullable=False),  # the earliest known_at of its parts; of none, when it was observed
    sa.Column("first_span", sa.String(64), nullable=False),
    sa.Column("last_span", sa.String(64), nullable=False),
    sa.Column("n_read", sa.BigInteger, nullable=False),
    sa.Column("n_partitioned", sa.BigInteger, nullable=False),
    sa.Column("n_quarantined", sa.BigInteger, nullable=False),
    sa.Column("quarantine", sa.BigInteger, sa.ForeignKey("artifact.id"), nullable=True),
    sa.Column("recorded_at", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("pipeline", "source", "version", name="uq_delivery"),
)

delivery_part = sa.Table(
    "delivery_part",
    metadata,
    sa.Column("delivery", sa.BigInteger, sa.ForeignKey("delivery.id"), primary_key=True),
    sa.Column("span", sa.String(64), primary_key=True),
    sa.Column("artifact", sa.BigInteger, sa.ForeignKey("artifact.id"), primary_key=True),  # several where rows became known one by one
)

source_finding = sa.Table(
    "source_finding",
    metadata,
    _id(),
    sa.Column("pipeline", sa.String(100), nullable=False),
    sa.Column("source", sa.String(100), nullable=False),
    sa.Column("span", sa.String(64), nullable=False),  # "" where it is about the source or one of its files
    sa.Column("place", sa.Text, nullable=False),
    sa.Column("code", sa.String(40), nullable=False),
    sa.Column("severity", sa.String(10), nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("expected", sa.Text, nullable=False),
    sa.Column("got", sa.Text, nullable=False),
    sa.Column("delivery", sa.BigInteger, sa.ForeignKey("delivery.id"), nullable=True),  # that brought it to light, if one did
    sa.Column("recorded_at", sa.BigInteger, nullable=False),
    sa.Column("closed_at", sa.BigInteger, nullable=True),  # when a later look did not find it any more
)
sa.Index("ix_source_finding", source_finding.c.pipeline, source_finding.c.source, source_finding.c.closed_at)

run = sa.Table(
    "run",
    metadata,
    sa.Column("id", sa.String(120), primary_key=True),
    sa.Column("key", sa.String(250), nullable=False, unique=True),
    sa.Column("pipeline", sa.String(100), nullable=False),
    sa.Column("graph", sa.String(20), nullable=False),
    sa.Column("span", sa.String(64), nullable=False),
    sa.Column("as_of", sa.BigInteger, nullable=False),
    sa.Column("lane", sa.String(20), nullable=False),
    sa.Column("why", sa.String(20), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("parameters", sa.JSON, nullable=False),
    sa.Column("snapshot", sa.JSON, nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Column("platform", sa.JSON, nullable=False),
    sa.Column("links", sa.JSON, nullable=False),
    sa.Column("started_at", sa.BigInteger, nullable=False),
    sa.Column("ended_at", sa.BigInteger, nullable=True),
)
sa.Index("ix_run_pipeline", run.c.pipeline, run.c.started_at)

execution = sa.Table(
    "execution",
    metadata,
    _id(),
    sa.Column("pipeline", sa.String(100), nullable=False),
    sa.Column("run", sa.String(120), sa.ForeignKey("run.id"), nullable=False, index=True),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("own", sa.Boolean, nullable=False),  # the run asked for it; else it was missing and another step needed it
    sa.Column("step", sa.String(100), nullable=False),
    sa.Column("position", sa.Integer, nullable=False),  # of a mapped step, else 0
    sa.Column("component", sa.String(100), nullable=False),
    sa.Column("span", sa.String(64), nullable=False),
    sa.Column("key", sa.String(64), nullable=False),
    sa.Column("key_parts", sa.JSON, nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("reuses", sa.BigInteger, sa.ForeignKey("execution.id"), nullable=True),
    sa.Column("libraries", sa.JSON, nullable=False),
    sa.Column("started_at", sa.BigInteger, nullable=False),
    sa.Column("ended_at", sa.BigInteger, nullable=True),
    sa.Column("cpu_ms", sa.BigInteger, nullable=True),
    sa.Column("peak_kb", sa.BigInteger, nullable=True),
    sa.Column("error", sa.Text, nullable=False),
)
sa.Index("ix_execution_key", execution.c.key, execution.c.state)
sa.Index("ix_execution_span", execution.c.pipeline, execution.c.span, execution.c.step)
# The database itself holds "recorded exactly once".
_complete = execution.c.state == "COMPLETE"
sa.Index("uq_execution_complete", execution.c.key, unique=True, sqlite_where=_complete, postgresql_where=_complete)

event = sa.Table(
    "event",
    metadata,
    sa.Column("execution", sa.BigInteger, sa.ForeignKey("execution.id"), primary_key=True),
    sa.Column("direction", sa.String(6), primary_key=True),  # input, output
    sa.Column("name", sa.String(100), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("artifact", sa.BigInteger, sa.ForeignKey("artifact.id"), nullable=False, index=True),
)

claim = sa.Table(
    "claim",
    metadata,
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("token", sa.String(32), nullable=False),
    sa.Column("run", sa.String(120), nullable=False),
    sa.Column("expires_at", sa.BigInteger, nullable=False),  # by the database's clock
)

ledger = sa.Table(
    "ledger",
    metadata,
    _id(),
    sa.Column("pipeline", sa.String(100), nullable=False),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("subject", sa.String(100), nullable=False),
    sa.Column("value", sa.JSON, nullable=False),
    sa.Column("lane", sa.String(20), nullable=False),
    sa.Column("effective_from", sa.BigInteger, nullable=False),
    sa.Column("known_at", sa.BigInteger, nullable=False),
    sa.Column("recorded_at", sa.BigInteger, nullable=False),
    sa.Column("who", sa.String(200), nullable=False),
    sa.Column("why", sa.Text, nullable=False),
)
sa.Index("ix_ledger_kind", ledger.c.pipeline, ledger.c.kind)

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("run", sa.String(120), sa.ForeignKey("run.id"), primary_key=True),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("error", sa.Text, nullable=False),
    sa.Column("synced_at", sa.BigInteger, nullable=True),
)

mirror = sa.Table(
    "mirror",
    metadata,
    sa.Column("run_key", sa.String(250), primary_key=True),
    sa.Column("mlflow_run", sa.String(64), nullable=False),
)
