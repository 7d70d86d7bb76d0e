"""The vocabulary: one value type a file."""
