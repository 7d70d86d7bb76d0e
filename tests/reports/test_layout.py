"""The one layout: closed to the network, escaped throughout."""

import base64
import hashlib
import re

import pytest
from jinja2 import UndefinedError

from components.reports.layout import asset, render, safe_address


def rendered() -> str:
    return render("index.html", title="<b>Runs</b>", contents={}, values={"runs": []})


def test_the_policy_allows_this_style_and_this_script_and_nothing_else() -> None:
    page = rendered()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy
    for tag, directive in (("style", "style-src"), ("script", "script-src")):
        body = re.search(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        assert body
        digest = base64.b64encode(hashlib.sha256(body[1].encode()).digest()).decode()
        assert f"{directive} &#39;sha256-{digest}&#39;;" in policy[1]
    assert "default-src &#39;none&#39;" in policy[1]
    assert "unsafe" not in policy[1]


def test_the_title_is_escaped() -> None:
    assert "<title>&lt;b&gt;Runs&lt;/b&gt;</title>" in rendered()


def test_a_page_names_no_address_of_another_host() -> None:
    assert not re.search(r"(?:src|href|url\()\s*=?\s*[\"']?(?:https?:)?//", rendered() + asset("page.css", "tokens.css", "page.js"))


def test_a_value_that_a_template_misses_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        render("index.html", title="Runs", contents={}, values={})


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        " java\nscript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "//host/x",
        "file:///etc",
        "http:x",
        "",
    ],
)
def test_only_web_and_relative_addresses_become_links(url: str) -> None:
    assert safe_address(url) is None


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080/dags", "https://host/a?b=c#d", "../runs/7/index.html", "index.html", "#steps"])
def test_web_and_relative_addresses_are_kept(url: str) -> None:
    assert safe_address(url) == url
