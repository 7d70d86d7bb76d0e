"""Rules that say spam (1) or not (0) of a mail as it arrives: the seven kinds of labeling functions, good ones and bad.

Some are copies in all but name (`offers_in_subject`, `old_rules`), and `talks_of_work` falls for campaigns that dress up as work.
"""

from collections.abc import Mapping, Sequence

import polars as pl

from components.labeling.functions import Rows, labeling_function, prepared
from components.labeling.kinds import called, crowd, decided, keywords, listed, pattern, query, scored, vote_if
from components.labeling.search import search

HAM, SPAM = 0, 1
OFFERS = ("free", "prize", "winner", "discount", "offer", "approved", "bitcoin", "income", "lottery", "reward")
TEXTS = ("subject", "body")
SHAPE = ("n_links", "n_recipients", "size_kb")
CAPITALS = 0.5
"""Share of capitals in a subject that is shouted."""


# Pattern matching: words and regular expressions.


@labeling_function
def offers() -> pl.Expr:
    """Offer something for nothing."""
    return keywords(SPAM, OFFERS, TEXTS)


@labeling_function
def offers_in_subject() -> pl.Expr:
    """Offer something for nothing in the subject: what `offers` sees, too."""
    return keywords(SPAM, OFFERS, ["subject"])


@labeling_function
def large_amount() -> pl.Expr:
    """Name a sum of a thousand dollars or more."""
    return pattern(SPAM, r"\$\d{4,}", "body")


@labeling_function
def odd_spelling() -> pl.Expr:
    """Write digits for letters, as who hides from filters does."""
    return pattern(SPAM, r"\b[a-z]+[0134][a-z]+\b", "body")


# Boolean search over columns.


@labeling_function
def presses() -> pl.Expr:
    """Press the reader to pay or to prove something."""
    return vote_if(
        SPAM, search('(urgent OR "final notice" OR "last chance") AND (account OR fee OR claim OR loan*) NOT unsubscribe', TEXTS)
    )


@labeling_function
def bulk_mail() -> pl.Expr:
    """Be a newsletter or a receipt: these say how to unsubscribe, or what was ordered."""
    return vote_if(HAM, search("unsubscribe OR podcast OR (order AND (shipped OR receipt))", TEXTS))


@labeling_function
def talks_of_work() -> pl.Expr:
    """Talk of work; campaigns that dress up as work do, too."""
    return vote_if(HAM, search("meeting OR agenda OR minutes OR slides OR deadline", TEXTS))


# Database lookup: a table of which a version is in force each day, and SQL.


@labeling_function(tables=("blacklist",))
def blacklisted(rows: Rows) -> pl.Expr:
    """Come from a domain on the blacklist."""
    return listed(rows, SPAM, "sender_domain", "blacklist", "domain")


@labeling_function(tables=("blacklist",), columns=("sender_domain",))
def kin_of_blacklisted(rows: Rows) -> pl.Series:
    """Come from a domain that begins as at least three on the blacklist do."""
    return query(
        rows,
        """
        WITH beginnings AS (
            SELECT SUBSTR(domain, 1, STRPOS(domain, '-')) AS beginning FROM blacklist
            WHERE STRPOS(domain, '-') > 0 GROUP BY beginning HAVING COUNT(*) >= 3
        )
        SELECT row, 1 AS vote FROM features
        JOIN beginnings ON SUBSTR(sender_domain, 1, STRPOS(sender_domain, '-')) = beginning
        """,
    )


# Heuristics on numbers, categories and times.


@labeling_function
def many_links() -> pl.Expr:
    """Hold five links or more; none at all speaks for a person."""
    return pl.when(pl.col("n_links") >= 5).then(SPAM).when(pl.col("n_links") == 0).then(HAM)  # noqa: PLR2004


@labeling_function
def risky_attachment() -> pl.Expr:
    """Attach a web page or an archive."""
    return vote_if(SPAM, pl.col("attachment").is_in(["html", "zip"]))


@labeling_function
def at_night() -> pl.Expr:
    """Arrive between midnight and five."""
    return vote_if(SPAM, pl.col("event_time").dt.hour() < 5)  # noqa: PLR2004


@labeling_function
def answers() -> pl.Expr:
    """Answer a mail."""
    return vote_if(HAM, pl.col("is_reply") == 1)


@labeling_function(by_row=True, columns=("subject",))
def shouts(row: Mapping[str, str]) -> int | None:
    """Write half of the subject in capitals: called row by row, as a function that was there before would be."""
    letters = [letter for letter in row["subject"] if letter.isalpha()]
    return SPAM if sum(map(str.isupper, letters)) > CAPITALS * len(letters) else None


# Legacy systems: the decisions of one, and the callable of another.


@labeling_function
def old_filter() -> pl.Expr:
    """Believe the filter of years ago."""
    return decided("filter_verdict", {"junk": SPAM, "ok": HAM})


@labeling_function(columns=("filter_verdict", "n_links"))
def old_rules(rows: Rows) -> pl.Series:
    """Ask the rules of the old mail server, which mostly repeat the filter."""
    return called(rows, old_server, "filter_verdict", "n_links")


def old_server(verdicts: Sequence[str | None], links: Sequence[float]) -> list[int | None]:
    """Return what the old mail server would decide: junk with a link is spam, ok without one is not."""
    return [
        SPAM if verdict == "junk" and n > 0 else HAM if verdict == "ok" and n < 1 else None
        for verdict, n in zip(verdicts, links, strict=True)
    ]


# Third-party models: scores that are computed once, and thresholds that may move.


@prepared(columns=TEXTS, tables=("corpus",))
def text_score(rows: Rows) -> pl.Series:
    """Return the share of spam that a vendor's text model expects; null before the vendor's first corpus."""
    from sklearn.feature_extraction.text import HashingVectorizer
    from sklearn.naive_bayes import MultinomialNB

    corpus = rows.table("corpus")
    if not (corpus.height and rows.frame.height):
        return _unknown(rows)
    words = HashingVectorizer(n_features=2**12, alternate_sign=False, norm=None)
    model = MultinomialNB().fit(words.transform(_texts(corpus)), corpus["label"].to_numpy())
    return pl.Series(model.predict_proba(words.transform(_texts(rows.frame)))[:, 1])


@prepared(columns=SHAPE, tables=("corpus",))
def shape_score(rows: Rows) -> pl.Series:
    """Return the share of spam among mails of that shape in the vendor's corpus, by a small tree."""
    from sklearn.tree import DecisionTreeClassifier

    corpus = rows.table("corpus")
    if not (corpus.height and rows.frame.height):
        return _unknown(rows)
    model = DecisionTreeClassifier(max_depth=4, min_samples_leaf=20, random_state=0)
    model.fit(corpus.select(pl.col(SHAPE).cast(pl.Float64)).to_numpy(), corpus["label"].to_numpy())
    return pl.Series(model.predict_proba(rows.frame.select(SHAPE).to_numpy())[:, 1])


@labeling_function(uses=(text_score,))
def text_model() -> pl.Expr:
    """Believe a vendor's text model where it is sure."""
    return scored("text_score", SPAM, 0.9, below=0.1, otherwise=HAM)


@labeling_function(uses=(shape_score,))
def shape_model() -> pl.Expr:
    """Believe a vendor's model of links, recipients and size where it is sure."""
    return scored("shape_score", SPAM, 0.8, below=0.2, otherwise=HAM)


# Crowd labels.


@labeling_function(tables=("ratings",), columns=("message_id",))
def raters(rows: Rows) -> pl.Series:
    """Believe most of at least two raters."""
    return crowd(rows, "ratings", "message_id", "label", minimum=2)


FUNCTIONS = (
    offers, offers_in_subject, large_amount, odd_spelling, presses, bulk_mail, talks_of_work, blacklisted, kin_of_blacklisted, many_links,
    risky_attachment, at_night, answers, shouts, old_filter, old_rules, text_model, shape_model, raters,
)  # fmt: skip


def _texts(frame: pl.DataFrame) -> list[str]:
    return (frame["subject"] + " " + frame["body"]).to_list()


def _unknown(rows: Rows) -> pl.Series:
    return pl.repeat(None, rows.frame.height, dtype=pl.Float64, eager=True)
