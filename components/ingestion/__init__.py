"""The stage that turns dated sources into the examples of a span, with every row accounted for."""
