"""What was found wrong with sources, and deliveries whose rows of one span became known at several times."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of findings; let a delivery have several parts of a span."""
    op.create_table(
        "source_finding",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("pipeline", sa.String(100), nullable=False),
        sa.Column("source", sa.String(100), nullable=False),
        sa.Column("span", sa.String(64), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("severity", sa.String(10), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("expected", sa.Text(), nullable=False),
        sa.Column("got", sa.Text(), nullable=False),
        sa.Column("delivery", sa.BigInteger(), sa.ForeignKey("delivery.id"), nullable=True),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
    )
    op.create_index("ix_source_finding", "source_finding", ["pipeline", "source", "closed_at"])
    _rebuild_parts(["delivery", "span", "artifact"])


def downgrade() -> None:
    """Drop the table; parts known at several times cannot be kept, and then the key says so."""
    op.drop_table("source_finding")
    _rebuild_parts(["delivery", "span"])


def _rebuild_parts(key: list[str]) -> None:
    """Give ``delivery_part`` another primary key, which SQLite can only do by a copy."""
    op.rename_table("delivery_part", "delivery_part_old")
    op.create_table(
        "delivery_part",
        sa.Column("delivery", sa.BigInteger(), sa.ForeignKey("delivery.id"), nullable=False),
        sa.Column("span", sa.String(64), nullable=False),
        sa.Column("artifact", sa.BigInteger(), sa.ForeignKey("artifact.id"), nullable=False),
        sa.PrimaryKeyConstraint(*key, name=f"pk_delivery_part_{len(key)}"),
    )
    op.execute("INSERT INTO delivery_part SELECT delivery, span, artifact FROM delivery_part_old")
    op.drop_table("delivery_part_old")
