"""Citations, read by a parser that is not ours, whatever is cited."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import bibtexparser
import httpx
import pytest
from bibtexparser.middlewares import LatexDecodingMiddleware, SeparateCoAuthors
from hypothesis import example, given
from hypothesis import strategies as st

from services.web.sections.contributions.citations import bibtex, csl_json
from shared.clients.contributions import Contribution
from tests.services.web.neighbours import World

WRITTEN = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)
"""Whatever may be stored."""
ADDRESS = "https://demain.example/contributions/0192/chauffer-un-quartier"


def cited(title: str, summary: str, names: list[str]) -> Contribution:
    return cast(
        Contribution,
        SimpleNamespace(
            id="0192",
            kind="study",
            language="fr",
            title=title,
            summary=summary,
            authors=[SimpleNamespace(id=str(n), name=name) for n, name in enumerate(names)],
            published_at=datetime(2026, 11, 14, 23, 30, tzinfo=UTC),
        ),
    )


def line(text: str) -> str:
    """On one line, without control characters: what a citation can hold."""
    return " ".join(re.sub("[\x00-\x1f\x7f-\x9f]", " ", text).split())


def entries(text: str, *, decode: bool) -> list[Any]:
    layers = [SeparateCoAuthors()] + ([LatexDecodingMiddleware()] if decode else [])
    library = bibtexparser.parse_string(text, append_middleware=layers)
    assert not library.failed_blocks, library.failed_blocks
    return list(library.entries)


# What TeX itself reads: the commands we write, and braces that only group. Written here apart from our own table.
_COMMANDS = {
    "textbackslash": "\\",
    "textbraceleft": "{",
    "textbraceright": "}",
    "textasciitilde": "~",
    "textasciicircum": "^",
    "textasciigrave": "`",
    "textless": "<",
    "textgreater": ">",
    "textbar": "|",
}


def printed(tex: str) -> str:
    """What TeX prints; a sign that means something to TeX and stands bare is an error."""
    out, at = "", 0
    depth = 0
    while at < len(tex):
        sign = tex[at]
        if sign == "\\":
            command = re.match(r"[A-Za-z]+|.", tex[at + 1 :])
            assert command is not None
            word = command[0]
            assert word in _COMMANDS or word in "&%$#_", word
            out += _COMMANDS.get(word, word)
            at += 1 + len(word)
            continue
        assert sign not in "&%$#_~^`<>|", sign
        depth += {"{": 1, "}": -1}.get(sign, 0)
        assert depth >= 0
        assert not (sign in "-'," and tex[at : at + 2] == sign * 2), "a ligature"
        out += "" if sign in "{}" else sign
        at += 1
    assert depth == 0
    return out


@given(title=WRITTEN, summary=WRITTEN, names=st.lists(WRITTEN, max_size=3))
@example("100 % d’énergie & co_2 #1 {a} \\x ~^ $", "}{", ["Dupont, Zoé", "Ville and Co", "Inès Caron"])
@example("--- ''guillemets'' \"droits\" ,, `` << >> |", "@article{x,", ["}", "\\"])
@example("\x85\x1c ", "%", [" and ", "others"])
def test_bibtex_says_what_was_written(title: str, summary: str, names: list[str]) -> None:
    found = entries(bibtex(cited(title, summary, names), ADDRESS), decode=False)
    assert len(found) == 1
    entry = found[0]
    assert (entry.entry_type, entry.key) == ("misc", "demain-0192")
    fields = {one.key: one.value for one in entry.fields}
    assert printed(fields.get("title", "")) == line(title)
    assert printed(fields.get("abstract", "")) == line(summary)
    assert [printed(name) for name in fields.get("author", [])] == [line(name) for name in names if line(name)]
    assert fields["url"] == ADDRESS
    # Half past eleven in UTC is the next day in Paris, which the page shows too.
    assert (fields["date"], fields["year"], fields["month"]) == ("2026-11-15", "2026", "11")


def test_bibtex_is_decoded_by_a_latex_reader() -> None:
    title = "L’été à 40 °C : 100 % & plus_tôt #1 $5"
    (entry,) = entries(bibtex(cited(title, "", ["Inès Caron"]), ADDRESS), decode=True)
    assert entry["title"].strip("{}") == title


@given(title=WRITTEN, summary=WRITTEN, names=st.lists(WRITTEN, max_size=3))
def test_csl_json_says_what_was_written(title: str, summary: str, names: list[str]) -> None:
    (item,) = json.loads(csl_json(cited(title, summary, names), ADDRESS))
    assert item.get("title", "") == line(title)
    assert item.get("abstract", "") == line(summary)
    assert [one["literal"] for one in item.get("author", [])] == [line(name) for name in names if line(name)]
    assert (item["type"], item["URL"], item["issued"]) == ("report", ADDRESS, {"date-parts": [[2026, 11, 15]]})


@pytest.mark.parametrize(
    ("extension", "media_type"),
    [("bib", "application/x-bibtex; charset=utf-8"), ("json", "application/vnd.citationstyles.csl+json")],
)
async def test_a_page_offers_its_citation_as_a_file(
    browser: httpx.AsyncClient, world: World, extension: str, media_type: str
) -> None:
    one = next(one for one in world.contributions.values() if one.title.startswith("Chauffer"))
    path = f"/contributions/{one.id}/citation.{extension}"
    assert f'href="{path}"' in (await browser.get(one.url)).text
    answer = await browser.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == media_type
    slug = one.url.rpartition("/")[2]
    assert answer.headers["content-disposition"] == f'attachment; filename="demain-{slug}.{extension}"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert f"http://demain.test{one.url}" in answer.text
    assert (await browser.get(path, headers={"If-None-Match": answer.headers["etag"]})).status_code == 304
    english = await browser.get("/en" + path)
    assert f"http://demain.test/en{one.url}" in english.text


async def test_only_what_is_published_is_cited(browser: httpx.AsyncClient, world: World) -> None:
    for state, expected in (("draft", 404), ("submitted", 404), ("withdrawn", 410)):
        one = next(one for one in world.contributions.values() if one.state == state)
        assert (await browser.get(f"/contributions/{one.id}/citation.bib")).status_code == expected
    published = next(one for one in world.contributions.values() if one.state == "published")
    assert (await browser.get(f"/contributions/{published.id}/citation.exe")).status_code == 404


async def test_a_page_says_what_it_is_to_machines(browser: httpx.AsyncClient, world: World) -> None:
    one = next(one for one in world.contributions.values() if one.title.startswith("Chauffer"))
    html = (await browser.get(one.url)).text
    said = dict(re.findall(r'<meta property="([^"]+)" content="([^"]*)">', html))
    assert said["og:type"] == "article"
    assert said["og:url"] == f"http://demain.test{one.url}"
    assert said["og:locale"] == "fr_FR"
    assert datetime.fromisoformat(said["article:modified_time"]) == one.updated_at.replace(microsecond=0)
    held = set(re.findall(r'itemprop="(\w+)"', html))
    assert {"headline", "author", "datePublished", "dateModified", "publisher", "keywords", "articleBody"} <= held
