"""Where work over tiles happens."""
