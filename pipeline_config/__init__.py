"""What users edit: one folder a pipeline."""
