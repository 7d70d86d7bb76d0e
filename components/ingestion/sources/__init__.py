"""What a source declares and how its rows are read: one format a file."""
