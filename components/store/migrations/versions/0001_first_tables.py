"""The first tables.

They are created from the table definitions of the day the project began; a test holds the migrated schema against ``tables.py``, and each
later change is a migration of its own.
"""

from alembic import op

from components.store.tables import metadata

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table that is missing."""
    metadata.create_all(op.get_bind())


def downgrade() -> None:
    """Drop every table."""
    metadata.drop_all(op.get_bind())
