"""Feeds, read by a parser that is not ours."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import feedparser
import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.services.web.neighbours import World

ATOM = "{http://www.w3.org/2005/Atom}"


async def read(browser: httpx.AsyncClient, path: str) -> Any:
    """A feed, parsed; nothing in it may be out of order."""
    answer = await browser.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    parsed = feedparser.parse(answer.content)
    assert not parsed.bozo, parsed.get("bozo_exception")
    assert parsed.version == "atom10"
    return parsed


@pytest.mark.parametrize("prefix", ["", "/en"])
async def test_the_feed_of_everything(browser: httpx.AsyncClient, world: World, prefix: str) -> None:
    parsed = await read(browser, f"{prefix}/contributions.atom")
    published = {one.id: one for one in world.contributions.values() if one.state == "published"}
    assert {entry.id for entry in parsed.entries} == {f"urn:uuid:{id}" for id in published}
    assert parsed.feed.id == f"tag:demain.test,2026:{prefix}/contributions"
    assert parsed.feed.language == (prefix.strip("/") or "fr")
    links = {link.rel: link.href for link in parsed.feed.links}
    assert links["self"] == f"http://demain.test{prefix}/contributions.atom"
    assert links["alternate"] == f"http://demain.test{prefix}/contributions"
    for entry in parsed.entries:
        one = published[entry.id.removeprefix("urn:uuid:")]
        assert entry.title == one.title
        assert entry.link == f"http://demain.test{prefix}{one.url}"
        assert [author.name for author in entry.authors] == [author.name for author in one.authors]
        assert entry.get("summary", "") == one.summary
        assert datetime(*entry.updated_parsed[:6], tzinfo=UTC) == one.updated_at.replace(microsecond=0)
        assert datetime(*entry.published_parsed[:6], tzinfo=UTC) == (one.published_at or one.updated_at).replace(
            microsecond=0
        )
    assert parsed.feed.updated == max(entry.updated for entry in parsed.entries)


@pytest.mark.parametrize("field", ["kind", "theme", "territory", "language", "author"])
async def test_every_choice_of_a_list_has_its_feed(browser: httpx.AsyncClient, world: World, field: str) -> None:
    ines = world.accounts["ines@demain.example"]
    world.write(ines, "A text", kind="idea", themes=["water"], territories=["lyon"], language="en")
    value = {"kind": "idea", "theme": "water", "territory": "lyon", "language": "en", "author": ines.id}[field]
    html = (await browser.get("/contributions", params={field: value})).text
    found = re.findall(r'<link rel="alternate" type="application/atom\+xml" title="[^"]+" href="([^"]+)">', html)
    assert len(found) == 1
    assert parse_qs(urlsplit(found[0]).query) == {field: [value]}
    assert found[0] in re.findall(r'<a href="([^"]+)"', html), "people see the feed too"
    everything = await read(browser, "/contributions.atom")
    chosen = await read(browser, found[0])
    expected = {
        f"urn:uuid:{one.id}"
        for one in world.contributions.values()
        if one.state == "published"
        and value
        in {
            "kind": [one.kind],
            "theme": one.themes,
            "territory": one.territories,
            "language": [one.language],
            "author": [author.id for author in one.authors],
        }[field]
    }
    assert {entry.id for entry in chosen.entries} == expected
    assert expected < {entry.id for entry in everything.entries}
    assert chosen.feed.id != everything.feed.id
    assert set(re.findall(r"<h2[^>]*><a href=\"/contributions/([^/]+)/", html)) == {
        id.removeprefix("urn:uuid:") for id in expected
    }


async def test_withdrawn_and_unpublished_ones_are_in_no_feed(browser: httpx.AsyncClient, world: World) -> None:
    made = world.write(world.accounts["ines@demain.example"], "Bientôt retiré")
    assert made.id in (await browser.get("/contributions.atom")).text
    world.contributions[made.id] = made.model_copy(update={"state": "withdrawn"})
    text = (await browser.get("/contributions.atom")).text
    assert made.id not in text
    hidden = [one.id for one in world.contributions.values() if one.state != "published"]
    assert len(hidden) >= 3
    assert not [id for id in hidden if id in text]


async def test_a_feed_is_not_sent_twice(browser: httpx.AsyncClient, world: World) -> None:
    first = await browser.get("/contributions.atom")
    tag = first.headers["etag"]
    for known in (tag, f'"other", W/{tag}'):
        again = await browser.get("/contributions.atom", headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    world.write(world.accounts["ines@demain.example"], "Du nouveau")
    changed = await browser.get("/contributions.atom", headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag


async def test_older_entries_follow(browser: httpx.AsyncClient, world: World) -> None:
    for n in range(45):
        world.write(world.accounts["ines@demain.example"], f"Note {n}", kind="op_ed", age=timedelta(hours=n))
    seen: list[str] = []
    path = "/contributions.atom?kind=op_ed"
    ids = set()
    while path:
        parsed = await read(browser, path)
        ids.add(parsed.feed.id)
        seen += [entry.id for entry in parsed.entries]
        path = next((link.href for link in parsed.feed.links if link.rel == "next"), "")
    expected = [one for one in world.contributions.values() if one.kind == "op_ed" and one.state == "published"]
    assert len(seen) == len(set(seen)) == len(expected) >= 45
    assert len(ids) == 1


async def test_an_empty_feed_is_one_all_the_same(browser: httpx.AsyncClient, world: World) -> None:
    world.contributions.clear()
    parsed = await read(browser, "/contributions.atom")
    assert parsed.entries == []
    assert parsed.feed.updated == "2026-01-01T00:00:00Z"
    assert parsed.feed.author == "Demain"


async def test_an_entry_keeps_its_id_when_its_title_changes(browser: httpx.AsyncClient, world: World) -> None:
    made = world.write(world.accounts["ines@demain.example"], "Premier titre", kind="interview")
    before = (await read(browser, "/contributions.atom?kind=interview")).entries[0]
    world.contributions[made.id] = made.model_copy(update={"title": "Second titre", "url": made.url + "-2"})
    after = (await read(browser, "/contributions.atom?kind=interview")).entries[0]
    assert (before.id, before.title != after.title, before.link != after.link) == (after.id, True, True)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
async def test_whatever_is_written_the_feed_is_xml_and_says_it(
    browser: httpx.AsyncClient, world: World, text: str
) -> None:
    world.contributions.clear()
    author = world.accounts["ines@demain.example"]
    author.name = text or "x"
    world.write(author, text, summary=text)
    root = ElementTree.fromstring((await browser.get("/contributions.atom")).content)
    # XML cannot write some characters, and reads every line end as one line feed (XML 1.0, 2.2 and 2.11).
    said = "".join(c for c in text if c in "\t\n\r" or (ord(c) >= 0x20 and c not in "\ufffe\uffff"))
    said = said.replace("\r\n", "\n").replace("\r", "\n")
    entry = root.find(f"{ATOM}entry")
    assert entry is not None
    assert (entry.findtext(f"{ATOM}title") or "") == said
    assert (entry.findtext(f"{ATOM}summary") or "") == said
    assert entry.findtext(f"{ATOM}author/{ATOM}name") == (said or ("x" if not text else ""))
