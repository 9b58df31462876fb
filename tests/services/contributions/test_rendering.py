"""Markdown becomes safe HTML, plain text and an address."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contributions.statements import url_of
from shared.rendering import render

_ALLOWED = {
    "h2", "h3", "h4", "h5", "h6", "p", "a", "em", "strong", "del", "code", "pre", "blockquote", "ul", "ol", "li",
    "table", "thead", "tbody", "tr", "th", "td", "hr", "br", "sup", "sub", "abbr", "cite",
}  # fmt: skip


class _Inspector(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _ALLOWED:
            self.faults.append(tag)
        for name, value in attrs:
            if name not in {"href", "title", "rel", "start"}:
                self.faults.append(f"{tag} {name}")
            if name == "href" and re.match(r"\s*(javascript|data|vbscript):", value or "", re.IGNORECASE):
                self.faults.append(f"href {value}")


def faults(html: str) -> list[str]:
    """What should not be in HTML we show."""
    inspector = _Inspector()
    inspector.feed(html)
    inspector.close()
    return inspector.faults


_hostile = st.lists(
    st.sampled_from([
        "<script>alert(1)</script>", "[x](javascript:alert(1))", "![x](data:text/html,y)", "<img src=x onerror=y>",
        "<a href='vbscript:x'>", "<svg/onload=x>", "<style>*{}</style>", "<p style='x'>", "`", "\n\n", "> ", "# ",
        "<iframe>", "&#106;avascript:", "[a]: javascript:x\n[a]", "<div onclick=x>", "|a|b|\n|-|-|\n|<b>|", "\x00",
    ]) | st.text(max_size=20),
    max_size=12,
).map("".join)  # fmt: skip


@given(_hostile)
def test_nothing_written_becomes_anything_but_text_and_plain_markup(markdown: str) -> None:
    assert faults(render(markdown).html) == []


def test_the_inspector_sees_faults() -> None:
    assert faults("<p onclick=x><script>") == ["p onclick", "script"]
    assert faults('<a href="javascript:x">') == ["href javascript:x"]


def test_headings_start_below_the_pages_own() -> None:
    assert "<h2>A</h2>" in render("# A\n\n## B").html
    assert "<h3>B</h3>" in render("# A\n\n## B").html
    assert "<h2>B</h2>" in render("## B").html


def test_pictures_from_elsewhere_become_links() -> None:
    html = render("![Plan du quartier](https://example.org/plan.png)").html
    assert 'href="https://example.org/plan.png"' in html
    assert ">Plan du quartier</a>" in html


def test_plain_text_has_the_words_and_no_markup() -> None:
    rendered = render("# Titre\n\nUn **mot**, un [lien](https://x.org) &amp; `code`.\n\n- a\n- b\n\n<!-- c -->")
    assert rendered.text.split("\n") == ["Titre", "Un mot, un lien & code.", "a", "b"]


@pytest.mark.parametrize(("words", "minutes"), [(0, 1), (220, 1), (221, 2), (2200, 10)])
def test_reading_time(words: int, minutes: int) -> None:
    assert render("mot " * words).minutes == minutes


def test_a_title_does_not_take_an_address_of_the_site() -> None:
    assert url_of("1", "Modifier") == "/contributions/1/contribution-modifier"
    assert url_of("1", "Modifier la ville") == "/contributions/1/modifier-la-ville"


def test_html_nested_deeper_than_anybody_writes_is_shown_as_it_was_typed() -> None:
    """Taking it out would take as many steps as there are pairs of tags, for seconds."""
    few, many = render("<div>" * 1_000 + "*Tram*"), render("<div>" * 6_000 + "\n\n*Tram*")
    assert "div" not in few.html
    assert many.html.count("&lt;div&gt;") == 6_000
    assert many.html.strip().endswith("<p><em>Tram</em></p>")
    assert not faults(many.html)
