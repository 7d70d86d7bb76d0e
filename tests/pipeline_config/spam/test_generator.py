"""The made-up world: the same day twice, any day, today too; vocabulary that drifts, and a truth that is known."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pyarrow as pa
import pytest

from pipeline_config.spam import generator, vocabulary

DAY = date(2026, 9, 5)
TABLES = ("mail", "reports", "ratings", "blacklist", "corpus")


def frame(table: pa.Table) -> pl.DataFrame:
    return pl.DataFrame(pl.from_arrow(table))


def spam_words(first: date) -> set[str]:
    """Return the words of topics that a week's spam says."""
    said = set()
    for back in range(7):
        day = first + timedelta(days=back)
        mails = frame(generator.mail(day)).join(frame(generator.reports(day)), on="message_id").filter("is_spam")
        said |= {word for body in mails["body"] for word in body.split()}
    return said & {word for words in vocabulary.SPAM_TOPICS.values() for word in words}


@pytest.mark.parametrize("name", TABLES)
def test_a_day_is_the_same_whenever_it_is_made_up(name: str) -> None:
    first = getattr(generator, name)(DAY)
    generator._mails.cache_clear()
    assert getattr(generator, name)(DAY).equals(first)


def test_any_day_can_be_made_up_and_all_of_its_mail_is_of_that_day() -> None:
    for day in (date(1999, 12, 31), DAY, datetime.now(UTC).date(), date(2040, 2, 29)):
        mails = frame(generator.mail(day))
        assert mails.height == generator.MAILS_A_DAY
        assert mails["message_id"].n_unique() == mails.height
        assert set(mails["received_at"].dt.date()) == {day}


def test_mail_says_nothing_of_its_truth_which_reports_tell_of_most() -> None:
    mails, reports = frame(generator.mail(DAY)), frame(generator.reports(DAY))
    assert "is_spam" not in mails.columns
    assert set(reports["message_id"]) < set(mails["message_id"])
    assert 0.9 < reports.height / mails.height < 1
    assert 0.25 < reports["is_spam"].mean() < 0.55  # type: ignore[operator]


def test_what_spam_says_changes_within_two_months() -> None:
    now, later = spam_words(DAY), spam_words(DAY + timedelta(days=60))
    assert len(now & later) < len(now | later)
    assert now - later


@pytest.mark.slow
def test_raters_are_as_skilled_as_they_are_said_to_be() -> None:
    days = [DAY + timedelta(days=back) for back in range(20)]
    rated = pl.concat([frame(generator.ratings(day)).join(frame(generator.reports(day)), on="message_id") for day in days])
    found = rated.group_by("worker").agg(skill=(pl.col("label") == pl.col("is_spam").cast(pl.Int64)).mean(), n=pl.len())
    for worker, skill, n in found.iter_rows():
        expected = generator.RATERS[worker]
        assert abs(skill - expected) < 4 * (expected * (1 - expected) / n) ** 0.5
    assert found.height == len(generator.RATERS)


def test_the_blacklist_lags_behind_the_campaigns() -> None:
    listed = set(frame(generator.blacklist(DAY))["domain"])
    live = generator._campaigns(DAY, 0, generator.CAMPAIGN_DAYS)
    youngest = min(live, key=lambda one: (DAY - one.born).days)
    assert (DAY - youngest.born).days < 7
    fresh = [one for one in live if (DAY - one.born).days < generator.LISTING_DAYS]
    assert not listed & {domain for one in fresh for domain in one.domains}
    old = {domain for one in live if one not in fresh for domain in one.domains}
    assert 0.5 < len(listed & old) / len(old) < 1
