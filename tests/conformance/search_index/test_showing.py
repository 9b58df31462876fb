"""What a hit shows, suggestions, and documents like another."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.search_index.port import Hit, IndexDocument, Query, SearchIndex, Upsert
from tests.conformance.search_index.corpus import document_id, documents


def assert_safe(html: str) -> None:
    """Escaped text with balanced, not nested marks and nothing else."""
    assert re.fullmatch(r"(?:[^<>&\"']|&(?:amp|lt|gt|quot|#x27|#39);|<mark>(?:[^<>&\"']|&[a-z0-9#]+;)+</mark>)*", html)


def shown(html: str) -> str:
    return unescape(re.sub(r"</?mark>", "", html))


def marked(html: str) -> set[str]:
    return {unescape(text) for text in re.findall(r"<mark>(.*?)</mark>", html)}


async def hit(city: SearchIndex, text: str, number: int, *, prefix: bool = False) -> Hit:
    results = await city.query(Query(text, limit=100, prefix=prefix))
    return next(hit for hit in results.hits if hit.id == document_id(number))


@pytest.mark.parametrize(
    ("text", "number", "prefix", "wanted"),
    [
        ("energie", 1, False, "énergie"),
        ("mobilitee", 1, False, "mobilité"),
        ("tramw", 4, True, "tramway"),
        ("coeurs", 3, False, "cœur"),
        ("véhicule", 1, False, "véhicules"),
        ("triporteur", 12, False, "triporteurs"),
        ("biblotheq", 19, True, "bibliothèque"),
        ('"budget participatif"', 11, False, "budget participatif"),
    ],
)
async def test_the_hit_shows_why_it_is_there(
    city: SearchIndex, text: str, number: int, prefix: bool, wanted: str
) -> None:
    found = await hit(city, text, number, prefix=prefix)
    assert wanted in marked(found.title_html) | marked(found.excerpt_html)


async def test_nothing_else_is_marked(city: SearchIndex) -> None:
    found = await hit(city, "énergie", 1)
    assert found.title_html.count("<mark>") == 1
    assert "<mark>" not in found.excerpt_html
    everything = await city.query(Query(limit=100))
    assert not any("<mark>" in hit.title_html + hit.excerpt_html for hit in everything.hits)


async def test_a_title_is_shown_whole(city: SearchIndex) -> None:
    found = {hit.id: hit for hit in (await city.query(Query(limit=100))).hits}
    for document in documents():
        assert shown(found[document.id].title_html) == document.title
        assert found[document.id].stamp == document.stamp


LONG = "Avant tout il faut poser le décor. " * 40 + "Puis l’écoquartier s'éveille. " + "Et la suite vient. " * 40


async def test_the_excerpt_is_about_the_match_and_cut_between_words(empty: SearchIndex) -> None:
    document = IndexDocument("a", 1, "contribution", "fr", "Titre", "", LONG, datetime(2025, 1, 1, tzinfo=UTC))
    await empty.apply([Upsert(document)])
    excerpt = (await empty.query(Query("ecoquartier"))).hits[0].excerpt_html
    assert marked(excerpt) == {"écoquartier"}
    assert excerpt.startswith("…")
    assert excerpt.endswith("…")
    text = shown(excerpt).strip("…")
    assert 150 <= len(text) <= 250
    at = LONG.index(text)
    assert not LONG[at - 1].isalnum()
    assert not LONG[at + len(text)].isalnum()
    start = (await empty.query(Query())).hits[0].excerpt_html
    assert shown(start).startswith("Avant tout")


def titled(id: str, title: str, body: str = "", *, language: str = "fr") -> IndexDocument:
    return IndexDocument(id, 1, "contribution", language, title, "", body, datetime(2025, 1, 1, tzinfo=UTC))


WATER = [
    titled("water", "Who owns the water?", language="en"),
    titled("material", "Le matériel des écoles", "Sous la cour, les nappes remontent."),
    titled("cover", "Cappes et ponchos"),
]


MARKUP = ["<mark>", "</mark>", "<script>alert(1)</script>", "&amp;", "&", "<", ">", '"', "'", "<b>ville</b>"]
WORDS = ["énergie", "ENERGIE", "l’énergie", "energies", "e\u0301nergie", "ville", "mark", "amp", "lt"]
PIECES = st.sampled_from([*MARKUP, *WORDS, "\x00", "\u202e", "🚲", " ", "\n"])
NASTY = st.lists(PIECES | st.text(max_size=8), max_size=60).map("".join) | st.lists(PIECES, max_size=80).map(" ".join)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    title=NASTY, summary=NASTY, body=NASTY, text=st.sampled_from(["énergie", "mark", "amp lt", "script", "vil"]) | NASTY
)
async def test_no_document_and_no_query_break_the_markup(
    empty: SearchIndex, title: str, summary: str, body: str, text: str
) -> None:
    document = IndexDocument("a", 1, "contribution", "fr", title, summary, body, datetime(2025, 1, 1, tzinfo=UTC))
    await empty.apply([Upsert(document)])
    for query in (text, ""):
        for found in (await empty.query(Query(query))).hits:
            assert_safe(found.title_html)
            assert_safe(found.excerpt_html)
            assert len(shown(found.excerpt_html)) <= 250
    for suggestion in await empty.suggest(text):
        assert_safe(suggestion.title_html)


async def test_markup_between_the_words_of_a_phrase_is_escaped(empty: SearchIndex) -> None:
    """A mark around a phrase takes in what stands between its words."""
    text = "Un <b>canal</b><img src=x> vert & bleu"
    document = IndexDocument("a", 1, "contribution", "fr", text, text, "", datetime(2025, 1, 1, tzinfo=UTC))
    await empty.apply([Upsert(document)])
    for query in ('"canal b img src x vert bleu"', '"vert bleu"', '"b canal"'):
        found = (await empty.query(Query(query))).hits[0]
        for html in (found.title_html, found.excerpt_html):
            assert_safe(html)
            assert shown(html) == text
            assert "<mark>" in html


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("budget", 11),
        ("budg", 11),
        ("participatif bud", 11),
        ("lasse participa", 11),
        ("tele", 33),
        ("telf", 33),
        ("tranway", 4),
        ("tramwya", 4),
        ("biblothe", 19),
        ("bibliotheqeu", 19),
        ("cibliotheque", 19),
        ("neighbuorh", 21),
        ("participatfi budgte", 11),
        ("telepherqiue urbani", 33),
        ("zero dechet", 17),
        ("zéro dech", 17),
        ("neighb", 21),
        ("l'ener", 1),
        ("cycli stat", 22),
    ],
)
async def test_titles_are_suggested(city: SearchIndex, text: str, number: int) -> None:
    suggestions = await city.suggest(text)
    assert document_id(number) in [suggestion.id for suggestion in suggestions]
    assert all("<mark>" in suggestion.title_html for suggestion in suggestions)


async def test_no_suggestion_bends_the_first_letter_of_a_word_that_exists(empty: SearchIndex) -> None:
    await empty.apply([Upsert(one) for one in WATER])
    for typed in ("water", "wate", "Wáter"):
        assert {one.id for one in await empty.suggest(typed)} == {"water"}, typed
    assert {one.id for one in await empty.suggest("nappes")} == set(), "a word of a text that no title has"


async def test_suggestions_look_at_titles_only_and_keep_to_the_limit(city: SearchIndex) -> None:
    assert await city.suggest("citernes") == []
    assert await city.suggest("") == []
    assert len(await city.suggest("l", limit=3)) <= 3
    assert {s.type for s in await city.suggest("budget")} == {"debate"}


async def test_similar_documents_share_content(city: SearchIndex) -> None:
    assert document_id(11) in [hit.id for hit in await city.similar(document_id(10))]
    assert document_id(32) in [hit.id for hit in await city.similar(document_id(28))]


async def test_a_document_is_not_similar_to_itself(city: SearchIndex) -> None:
    for document in documents():
        similar = await city.similar(document.id, limit=4)
        assert len(similar) <= 4
        assert document.id not in [hit.id for hit in similar]
        assert all("<mark>" not in hit.title_html + hit.excerpt_html for hit in similar)


async def test_nothing_is_similar_to_what_is_not_there(city: SearchIndex) -> None:
    assert await city.similar("unheard-of") == []
