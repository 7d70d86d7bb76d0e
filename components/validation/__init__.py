"""The stage that checks a span against its schema."""
