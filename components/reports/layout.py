"""The one layout: a template in, one self-contained HTML text out, with a policy that forbids every request and every other script."""

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from components.reports import absence, formats, marks

HERE = Path(__file__).parent
STYLES = ("tokens.css", "page.css")
SCRIPTS = ("page.js",)


@cache
def asset(*names: str) -> str:
    """Return the text of files of ``assets/``, one after the other: the project's own, so trusted markup."""
    return "\n".join((HERE / "assets" / name).read_text(encoding="utf-8") for name in names)


def content_security_policy(style: str, script: str, *, forms: bool = False) -> str:
    """Return a policy under which only this style and this script, by their sha256, may act; nothing may be fetched or framed.

    With ``forms`` a page may send its forms to where it came from.

    Examples
    --------
    >>> content_security_policy("", "").split("; ")[0]
    "default-src 'none'"
    """
    digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (style, script)]
    return (
        f"default-src 'none'; style-src 'sha256-{digests[0]}'; script-src 'sha256-{digests[1]}'; "
        f"img-src data:; base-uri 'none'; form-action '{'self' if forms else 'none'}'"
    )


def safe_address(url: str) -> str | None:
    """Return an address that may stand in a link: http, https or relative; None for anything else (``javascript:``, ``data:``).

    Examples
    --------
    >>> safe_address("https://host/run"), safe_address("../runs/7/"), safe_address(" javascript:alert(1)")
    ('https://host/run', '../runs/7/', None)
    """
    cleaned = "".join(letter for letter in url if letter > " ")
    try:
        parts = urlsplit(cleaned)
    except ValueError:
        return None
    if parts.scheme in {"http", "https"} and parts.netloc:
        return cleaned
    return cleaned if not parts.scheme and not parts.netloc and cleaned and ":" not in cleaned.split("/")[0] else None


def render(template: str, *, title: str, contents: Mapping[str, str], values: Mapping[str, object], forms: bool = False) -> str:
    """Return the page of a template of ``templates/``, which extends ``page.html``.

    Parameters
    ----------
    title
        Of the document.
    contents
        Anchor to heading, in order: the table of contents.
    values
        What the template reads. Every value is escaped on its way in; an undefined one is an error.
    forms
        Whether the page may send its forms to where it came from.
    """
    style, script = asset(*STYLES), asset(*SCRIPTS)
    page = _environment().get_template(template)
    return page.render(
        title=title,
        contents=contents,
        style=Markup(style),  # noqa: S704 - our own file
        script=Markup(script),  # noqa: S704 - our own file
        policy=content_security_policy(style, script, forms=forms),
        referrer="same-origin" if forms else "no-referrer",  # without one a browser says "Origin: null" of a form
        **values,
    )


def prepare() -> None:
    """Compile every template beforehand: a process forked from this one inherits them."""
    for name in _environment().list_templates():
        _environment().get_template(name)


def _visible(value: object) -> object:
    return formats.visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for module, names in {
        formats: ("count", "figure", "share", "duration", "megabytes", "interval", "plural", "when", "short_digest"),
        marks: ("interval_mark", "interval_axis", "share_bar", "domain_of"),
        absence: ("short_words", "sentence"),
    }.items():
        environment.globals |= {name: getattr(module, name) for name in names}
    environment.globals["safe_address"] = safe_address
    return environment
