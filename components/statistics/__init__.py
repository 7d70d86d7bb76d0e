"""The stage that summarises every column of a span."""
