from components.cli.services.excerpts import LONGEST_LINE, READ_AT_MOST, excerpt


def test_the_tail_and_the_earlier_errors_are_shown_apart(tmp_path):
    log = tmp_path / "a.log"
    log.write_text("start\nKeyError: 'x'\n\nfine\nstill fine\n[error] last\n")
    part = excerpt(log, lines=2, errors=5)
    assert part.tail == ("still fine", "[error] last")
    assert part.errors == ("KeyError: 'x'",)


def test_a_line_that_counts_no_errors_is_not_one(tmp_path):
    log = tmp_path / "a.log"
    log.write_text("0 errors\nerror=None\nlatest error: null\nterrors\nend\n")
    assert excerpt(log, lines=1).errors == ()


def test_a_missing_log_is_empty(tmp_path):
    part = excerpt(tmp_path / "none.log")
    assert part.tail == part.errors == ()


def test_a_huge_log_is_read_from_its_end_and_long_lines_are_cut(tmp_path):
    log = tmp_path / "a.log"
    log.write_bytes(b"FATAL: long ago\n" + b"x" * READ_AT_MOST + b"\nend \xff\n")
    part = excerpt(log, lines=2)
    assert part.errors == ()
    assert [len(line) for line in part.tail] == [LONGEST_LINE, 5]
