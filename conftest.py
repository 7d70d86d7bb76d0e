"""What pytest does not collect doctests from: Alembic runs these files, nothing imports them."""

collect_ignore = ["components/store/migrations"]
