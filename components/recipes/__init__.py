"""Recipes: graphs that several pipelines share, added to a pipeline in one call."""
