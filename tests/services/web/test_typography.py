"""French spaces: put where lines must not break, and nothing else ever changed."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.typography import NARROW, french, french_html

_SPACE = re.compile("[ \u00a0\u202f\u2009]")
TEXTS = st.text(alphabet=st.sampled_from("abÉ’ 0123456789;:!?»«%€<>&/=\"'-\n\u00a0\u202f\u2009.,"))
TAGS = st.sampled_from(
    ["<p>", "</p>", "<code>", "</code>", "<pre>", "</pre>", '<a href="x ? y : z">', "</a>", "<br/>", "<!-- a ! -->"]
)


@pytest.mark.parametrize(
    ("typed", "set_"),
    [
        ("Qui paie ?", f"Qui paie{NARROW}?"),
        ("« Non », dit-elle", f"«{NARROW}Non{NARROW}», dit-elle"),
        ("31 % d’eau, 40 000 €", f"31{NARROW}% d’eau, 40{NARROW}000{NARROW}€"),
        ("à 10:30, sur http://exemple.fr", "à 10:30, sur http://exemple.fr"),
        ("modifié %(when)s", "modifié %(when)s"),
        ("en 2026", "en 2026"),
        ("fin\u00a0!", f"fin{NARROW}!"),
    ],
)
def test_sets_the_spaces_of_french(typed: str, set_: str) -> None:
    assert french(typed) == set_


@given(TEXTS)
def test_changes_nothing_but_spaces(text: str) -> None:
    assert _SPACE.sub("", french(text)) == _SPACE.sub("", text)
    assert french(french(text)) == french(text)


@given(st.lists(st.one_of(TAGS, TEXTS)).map("".join))
def test_changes_nothing_but_spaces_of_html(html: str) -> None:
    done = french_html(html)
    assert _SPACE.sub("", done) == _SPACE.sub("", html)
    assert french_html(done) == done


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[object] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.seen.append((tag, attrs))

    def handle_endtag(self, tag: str) -> None:
        self.seen.append(tag)


@given(st.lists(st.one_of(TAGS, TEXTS.filter(lambda text: "<" not in text))).map("".join))
def test_leaves_tags_and_attributes_alone(html: str) -> None:
    before, after = _Tags(), _Tags()
    before.feed(html)
    after.feed(french_html(html))
    assert after.seen == before.seen


def test_leaves_code_alone() -> None:
    html = "<p>Quoi ?</p><pre><code>a ? b : c</code></pre><p>Ça !</p>"
    assert french_html(html) == f"<p>Quoi{NARROW}?</p><pre><code>a ? b : c</code></pre><p>Ça{NARROW}!</p>"
