"""Reason codes: why a row is in quarantine. They are stable; pages and policies refer to them."""

REASONS = {
    "ragged-row": "the row has more or fewer cells than the header",
    "bad-json": "the record is no JSON object",
    "bad-checksum": "the record's bytes do not match their checksum",
    "bad-example": "the record is no tf.Example",
    "bad-string": "the cell is not of the declared encoding (UTF-8 where none is)",
    "bad-integer": "the cell is not a whole number of 64 bits",
    "bad-float": "the cell is not a number",
    "bad-boolean": "the cell is neither true, false, 1 nor 0",
    "bad-date": "the cell is not a date as in 2013-01-05",
    "bad-timestamp": "the cell is not a time in the declared format (ISO 8601 where none is)",
    "skipped-time": "the cell is a local time that the zone's clock skips",
    "missing-time": "the row has no event time",
    "missing-known-time": "the row does not say since when it is known",
    "outside-history": "the event time lies outside the history that the source declares",
}
