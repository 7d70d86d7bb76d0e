"""A suite in Python with an expectation of the user's own; Great Expectations is imported when it is asked for."""

NONE = 1


def suite():
    import great_expectations as gx
    from great_expectations.expectations import ExpectColumnMedianToBeBetween

    class ExpectMiddleToBeEven(ExpectColumnMedianToBeBetween):
        """The median is an even number."""

        def _validate(self, metrics, runtime_configuration=None, execution_engine=None):
            middle = metrics["column.median"]
            return {"success": middle % 2 == 0, "result": {"observed_value": middle}}

    expectations = [
        ExpectMiddleToBeEven(column="x", severity="warning", description="the middle is even"),
        gx.expectations.ExpectColumnValuesToBeBetween(column="x", max_value=9, severity="info", description="x is small"),
    ]
    return gx.ExpectationSuite(name="own", expectations=expectations)
