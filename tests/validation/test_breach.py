import pyarrow as pa


def test_a_columns_severity_is_that_of_its_findings_only(check):
    rule = {"type": "int64", "domain": {"max": 1}}
    columns = {"x": pa.array([1, 2, 3]), "y": pa.array([1, 2, 3])}
    findings = check(columns, {"x": {**rule, "severity": {"value-out-of-range": "info"}}, "y": rule})
    assert [(finding.where, finding.severity) for finding in findings.findings] == [("y", "fail"), ("x", "info")]


def test_the_schema_overrides_severities_of_the_whole_span(only):
    assert only(n_rows=1, rows={"min": 2}, severity={"too-few-rows": "warn"}).severity == "warn"
