"""E-mail of a made-up world: which of it is spam."""
