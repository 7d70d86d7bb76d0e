"""The stage that turns the rows of a span into feature columns."""
