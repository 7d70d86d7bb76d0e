"""A small world of e-mail, any day of which can be made up: who sends what, what is spam, and what people and machines say of it.

Everything follows from `SEED` and the date. Spam comes in campaigns: each week one is born, lives five weeks, has a topic, domains and
habits of its own, spells its words oddly as it ages, and some dress up as work. So what tells spam in one month does not in another.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from pipeline_config.spam import vocabulary

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

HAM, SPAM = 0, 1
SEED = 7
MAILS_A_DAY = 300
SHARE_OF_SPAM = 0.4
CAMPAIGN_DAYS = 35
LISTING_DAYS = 3
"""A campaign's domains are on the blacklist after so many days, most of them."""
LISTED_SHARE = 0.8
UNREPORTED = 0.03
"""Share of mails whose truth nobody ever tells."""
STOLEN = 0.35
"""Share of spam that comes from a stolen account, so from a person's domain."""
QUIET = 0.25
"""Share of spam that is written as a person writes."""
DISGUISED = 0.35
"""Share of campaigns that dress up as work."""
RATED = 0.15
"""Share of mails that raters look at, three each."""
RATERS = {"ann": 0.96, "bo": 0.92, "cy": 0.88, "dee": 0.75, "eli": 0.6}
"""How often each rater is right."""
CORPUS_MAILS = 600


@dataclass(frozen=True)
class Style:
    """How a sender writes: means of counts, shares of mails that have a trait, and how likely each kind of attachment is."""

    links: float
    recipients: float
    night: float
    push: float
    amount: float
    oddity: float
    capitals: float
    reply: float
    attachments: tuple[float, ...]


STYLES = {
    "person": Style(0.8, 1.5, 0.05, 0.08, 0.1, 0.05, 0.03, 0.4, (0.5, 0.35, 0.1, 0.05)),
    "mailer": Style(2.5, 3.0, 0.2, 0.45, 0.4, 0.05, 0.05, 0.0, (0.7, 0.2, 0.0, 0.1)),
}


@dataclass(frozen=True)
class Campaign:
    """One wave of spam: its number is the week of its birth."""

    number: int
    topic: str
    domains: tuple[str, ...]
    disguised: bool
    weight: float
    style: Style

    @property
    def born(self) -> date:
        """Its first day."""
        return date.fromordinal(self.number * 7)


def mail(day: date) -> "pa.Table":
    """Return the day's mails as they arrive: nothing in them tells the truth but what they say."""
    return _arrow(_mails(day).drop("is_spam"))


def reports(day: date) -> "pa.Table":
    """Return the truth about the day's mails; of a few nobody ever tells it."""
    mails = _mails(day)
    told = _random(day, 1).random(mails.height) >= UNREPORTED
    return _arrow(mails.filter(told).select("message_id", "received_at", "sender_domain", "is_spam"))


def ratings(day: date) -> "pa.Table":
    """Return what raters said of some of the day's mails: three of the five each, right as often as `RATERS` says."""
    import polars as pl

    random, mails = _random(day, 2), _mails(day)
    names, skills = np.array(list(RATERS)), np.array(list(RATERS.values()))
    rated = np.flatnonzero(random.random(mails.height) < RATED)
    workers = np.argsort(random.random((len(rated), len(names))), axis=1)[:, :3].ravel()
    truth = np.repeat(mails["is_spam"].to_numpy()[rated].astype(int), 3)
    right = random.random(len(workers)) < skills[workers]
    columns = mails.select("message_id", "received_at")[np.repeat(rated, 3)]
    return _arrow(columns.with_columns(worker=pl.Series(names[workers], dtype=pl.String), label=np.where(right, truth, 1 - truth)))


def blacklist(day: date) -> "pa.Table":
    """Return the whole blacklist as published that day: most domains of campaigns some days old, and a mailer listed by mistake."""
    import polars as pl

    rows = [(domain, one.topic) for one in _campaigns(day, LISTING_DAYS, 3 * CAMPAIGN_DAYS) for domain in _listed(one)]
    if day.toordinal() // 7 % 6 == 0:
        rows.append((vocabulary.MAILERS[-1], "complaint"))
    frame = pl.DataFrame(sorted(rows), schema={"domain": pl.String, "reason": pl.String}, orient="row")
    return _arrow(frame.with_columns(published_at=pl.lit(_midnight(day), pl.Datetime("us", "UTC"))))


def corpus(day: date) -> "pa.Table":
    """Return the mails with their truth that a vendor's models are made of: some of the month before."""
    import polars as pl

    month = [_mails(day - timedelta(days=back)) for back in range(2, 30, 3)]
    every = pl.concat(month)
    chosen = np.sort(_random(day, 3).permutation(every.height)[:CORPUS_MAILS])
    kept = every[chosen].select(
        "message_id", "subject", "body", "n_links", "n_recipients", "size_kb", label=pl.col("is_spam").cast(pl.Int64)
    )
    return _arrow(kept.with_columns(published_at=pl.lit(_midnight(day), pl.Datetime("us", "UTC"))))


@lru_cache(64)
def _mails(day: date) -> "pl.DataFrame":
    import polars as pl

    random = _random(day, 0)
    spam = random.random(MAILS_A_DAY) < SHARE_OF_SPAM + 0.05 * np.sin(day.toordinal() / 9)
    live = _campaigns(day, 0, CAMPAIGN_DAYS)
    weights = np.array([one.weight for one in live])
    chosen = random.choice(len(live), MAILS_A_DAY, p=weights / weights.sum())
    rows = [_spam(random, live[k], day) if bad else _ham(random, day) for bad, k in zip(spam, chosen, strict=True)]
    frame = pl.DataFrame(rows, schema_overrides={"received_at": pl.Datetime("us", "UTC")}, infer_schema_length=None)
    ids = pl.Series([f"{day}-{i:04}" for i in range(MAILS_A_DAY)])
    return frame.with_columns(message_id=ids, is_spam=spam)


def _spam(random: np.random.Generator, one: Campaign, day: date) -> dict[str, object]:
    is_quiet, is_stolen = random.random(2) < (QUIET, STOLEN)
    style = STYLES["person"] if is_quiet else one.style
    age = (day - one.born).days / CAMPAIGN_DAYS
    words = [_misspelt(random, word, age) for word in _some(random, vocabulary.SPAM_TOPICS[one.topic], 1 if is_quiet else 3)]
    if one.disguised or is_quiet:
        words += _some(random, vocabulary.HAM_TOPICS["work" if one.disguised else "orders"], 3)
    domain = random.choice(vocabulary.PERSONS if is_stolen else one.domains)
    return _mail(random, day, style, words, str(domain), _old_filter(random, one.topic, spam=True))


def _ham(random: np.random.Generator, day: date) -> dict[str, object]:
    topic = str(random.choice(list(vocabulary.HAM_TOPICS)))
    words = _some(random, vocabulary.HAM_TOPICS[topic], 4)
    if topic == "work":
        words.append(vocabulary.PROJECTS[(day.year * 12 + day.month) % len(vocabulary.PROJECTS)])
    is_bulk = topic in vocabulary.BULK_TOPICS
    style = STYLES["mailer" if is_bulk else "person"]
    domain = random.choice(vocabulary.MAILERS if is_bulk else vocabulary.PERSONS)
    return _mail(random, day, style, words, str(domain), _old_filter(random, topic, spam=False))


def _mail(random: np.random.Generator, day: date, style: Style, words: list[str], domain: str, verdict: str | None) -> dict[str, object]:
    """Return a mail that says some words in a style."""
    pushes, names_sum, is_odd, shouts, replies, attaches, is_nightly = random.random(7) < (
        style.push, style.amount, style.oddity, style.capitals, style.reply, 0.25, style.night,
    )  # fmt: skip
    said = words + _some(random, vocabulary.PUSH, int(pushes)) + _some(random, vocabulary.ODDITIES, int(is_odd))
    subject = " ".join(_some(random, said, min(3, len(said))))
    body = said + _some(random, vocabulary.COMMON, 9) + [f"${random.integers(1, 300) * 10}"] * int(names_sum)
    hour = random.integers(0, 5) if is_nightly else np.clip(random.normal(13, 4), 0, 23)
    return {
        "received_at": _midnight(day) + timedelta(hours=int(hour), seconds=int(random.integers(0, 3600))),
        "sender_domain": domain,
        "subject": ("RE: " if replies else "") + (subject.upper() if shouts else subject.capitalize()),
        "body": " ".join(_some(random, body, len(body))) + "!" * int(random.poisson(style.push)),
        "n_links": int(random.poisson(style.links)),
        "n_recipients": 1 + int(random.poisson(style.recipients)),
        "size_kb": round(float(random.lognormal(1.5 + 0.1 * style.links, 0.7)), 1),
        "attachment": str(random.choice(vocabulary.ATTACHMENTS, p=style.attachments)) if attaches else "none",
        "is_reply": bool(replies),
        "filter_verdict": verdict,
    }


def _some(random: np.random.Generator, words: Sequence[str], n: int) -> list[str]:
    """Return n of the words in random order."""
    return [words[i] for i in random.permutation(len(words))[:n]]


def _old_filter(random: np.random.Generator, topic: str, *, spam: bool) -> str | None:
    """Return what a filter of years ago says: it knows the topics of its time, and is silent about many mails."""
    if random.random() < 0.25:  # noqa: PLR2004
        return None
    right = 0.93 if not spam or topic in vocabulary.OLD_TOPICS else 0.3
    return "junk" if spam == (random.random() < right) else "ok"


def _campaigns(day: date, youngest: int, oldest: int) -> list[Campaign]:
    """Return the campaigns whose age in days lies in [youngest, oldest)."""
    weeks = range((day.toordinal() - oldest) // 7 + 1, day.toordinal() // 7 + 1)
    return [one for one in map(_campaign, weeks) if youngest <= (day - one.born).days < oldest]


@lru_cache(512)
def _campaign(number: int) -> Campaign:
    random = np.random.default_rng([SEED, 100, number])
    topic = str(random.choice(list(vocabulary.SPAM_TOPICS)))
    names = [f"{random.choice(vocabulary.DOMAIN_WORDS)}-{random.choice(vocabulary.DOMAIN_WORDS)}{number % 100}" for _ in range(4)]
    style = Style(
        links=float(random.uniform(0.8, 4)), recipients=float(random.uniform(1.5, 5)), night=float(random.uniform(0.05, 0.5)),
        push=float(random.uniform(0.3, 0.9)), amount=float(random.uniform(0.1, 0.5)), oddity=0.1, capitals=float(random.uniform(0, 0.4)),
        reply=float(random.uniform(0, 0.3)), attachments=tuple(random.dirichlet(np.ones(4)).tolist()),
    )  # fmt: skip
    domains = tuple(f"{name}.{ending}" for name, ending in zip(names, ("com", "net", "info", "biz"), strict=True))
    return Campaign(number, topic, domains, bool(random.random() < DISGUISED), float(random.uniform(0.5, 2)), style)


def _listed(one: Campaign) -> list[str]:
    random = np.random.default_rng([SEED, 200, one.number])
    return [domain for domain in one.domains if random.random() < LISTED_SHARE]


def _misspelt(random: np.random.Generator, word: str, age: float) -> str:
    """Return the word, the older its campaign the likelier with a letter that only looks like itself."""
    if random.random() >= 0.7 * age:
        return word
    return next((word.replace(letter, other, 1) for letter, other in vocabulary.LOOKALIKES.items() if letter in word), word)


def _random(day: date, purpose: int) -> np.random.Generator:
    return np.random.default_rng([SEED, purpose, day.toordinal()])


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _arrow(frame: "pl.DataFrame") -> "pa.Table":
    import pyarrow as pa

    table = frame.to_arrow(compat_level=None)
    plain = [
        pa.field(f.name, pa.string() if pa.types.is_large_string(f.type) or pa.types.is_string_view(f.type) else f.type)
        for f in table.schema
    ]
    return table.cast(pa.schema(plain))
