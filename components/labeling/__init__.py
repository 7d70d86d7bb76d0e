"""The stage that labels rows whose outcome is not known yet."""
