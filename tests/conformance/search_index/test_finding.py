"""What is found, and what is not: words, accents, typos, beginnings, phrases, exclusions."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.search_index.port import IndexDocument, Query, Results, SearchIndex, Upsert
from tests.conformance.search_index.corpus import document_id


def ids(results: Results) -> set[str]:
    return {hit.id for hit in results.hits}


def numbers(*wanted: int) -> set[str]:
    return {document_id(number) for number in wanted}


async def find(city: SearchIndex, text: str, *, prefix: bool = False) -> set[str]:
    results = await city.query(Query(text, limit=100, prefix=prefix))
    assert results.total == len(results.hits)
    return ids(results)


@pytest.mark.parametrize(
    "text",
    ["energie", "énergie", "ÉNERGIE", "e\u0301nergie", "l'énergie", "l’energie", "d'énergie", "D’ENERGIE"],
)
async def test_accents_case_and_elisions_do_not_matter(city: SearchIndex, text: str) -> None:
    assert await find(city, text) == numbers(1, 2)


@pytest.mark.parametrize("text", ["cœur", "coeur", "CŒUR"])
async def test_ligatures_are_folded(city: SearchIndex, text: str) -> None:
    assert await find(city, text) == numbers(3, 34)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("muller", (1, 8)), ("Brézin", (2, 11, 35)), ("oertel", (3, 17)), ("okafor", (21, 25, 31))],
)
async def test_people_are_found(city: SearchIndex, text: str, wanted: tuple[int, ...]) -> None:
    assert await find(city, text) == numbers(*wanted)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("véhicule", 1),
        ("citernes", 6),
        ("triporteurs", 12),
        ("triporteur", 12),
        ("bibliothèques", 19),
        ("battery", 21),
        ("batteries", 21),
        ("allotment", 28),
        ("toaster", 30),
    ],
)
async def test_inflections_are_found_in_both_languages(city: SearchIndex, text: str, wanted: int) -> None:
    assert document_id(wanted) in await find(city, text)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("mobilitee", 1),
        ("energie mobilitee", 1),
        ("tranway", 4),
        ("tarmway", 4),
        ("bibliotheqe", 19),
        ("biblotheqe", 19),
        ("telefherique", 33),
        ("neighbuorhood", 21),
        ("cathedrel", 31),
        ("benalli", 4),
    ],
)
async def test_typos_are_forgiven(city: SearchIndex, text: str, wanted: int) -> None:
    assert document_id(wanted) in await find(city, text)


@pytest.mark.parametrize("text", ["eaj", "airx0", "1040", "xylophone", "zzzzzzzz"])
async def test_short_words_numbers_and_strange_words_are_not_bent(city: SearchIndex, text: str) -> None:
    assert await find(city, text) == set()


async def test_the_word_as_typed_comes_before_its_neighbours(city: SearchIndex) -> None:
    results = await city.query(Query("port", prefix=False))
    assert results.hits[0].id == document_id(37)


def about(id: str, title: str, body: str) -> Upsert:
    return Upsert(IndexDocument(id, 1, "contribution", "fr", title, "", body, datetime(2025, 1, 1, tzinfo=UTC)))


WATER = [
    about("water", "Who owns the water?", ""),
    about("material", "Le matériel des écoles", "Un cratère, un pater et une serre."),
    about("typo", "Le réseau", "Une partie du waterr anglais, mal écrite."),
]


@pytest.mark.parametrize("prefix", [False, True])
async def test_the_first_letter_of_a_word_that_exists_is_as_typed(empty: SearchIndex, prefix: bool) -> None:
    await empty.apply(WATER)
    assert await find(empty, "water", prefix=prefix) == {"water", "typo"}
    assert await find(empty, "pater", prefix=prefix) == {"material"}
    assert all("<mark>" in hit.title_html for hit in (await empty.query(Query("water"))).hits if hit.id == "water")


async def test_the_first_letter_of_a_word_that_nobody_wrote_may_be_wrong(city: SearchIndex) -> None:
    for typed in ("cibliotheque", "ibliotheque"):
        assert document_id(19) in await find(city, typed)


@pytest.mark.parametrize("text", ["biblio", "bibliothè", "b", "télép"])
async def test_the_last_word_may_be_a_beginning(city: SearchIndex, text: str) -> None:
    found = await find(city, text, prefix=True)
    assert found & numbers(19, 33)


async def test_a_beginning_is_not_enough_when_not_asked_for(city: SearchIndex) -> None:
    assert await find(city, "biblio", prefix=False) == set()


async def test_a_beginning_with_a_typo_is_found_while_typing(city: SearchIndex) -> None:
    assert document_id(19) in await find(city, "biblotheq", prefix=True)


async def test_all_words_must_match(city: SearchIndex) -> None:
    assert await find(city, "budget") == numbers(4, 10, 11)
    assert await find(city, "budget participatif") == numbers(10, 11)
    assert await find(city, "budget tramway") == numbers(4)


async def test_words_may_stand_in_different_fields(city: SearchIndex) -> None:
    assert await find(city, "muller volets quarante") == numbers(8)


@pytest.mark.parametrize("text", ["le budget de la ville", "budget et la ville", "the budget ville"])
async def test_common_words_are_not_insisted_on(city: SearchIndex, text: str) -> None:
    assert document_id(11) in await find(city, text)


async def test_when_no_document_has_all_words_the_best_are_found(city: SearchIndex) -> None:
    assert await find(city, "budget xylophone") == numbers(4, 10, 11)
    results = await city.query(Query("budget participatif xylophone", limit=100, prefix=False))
    assert ids(results) == numbers(10, 11)
    assert results.total == 2
    assert sum(results.facets["type"].values()) == 2
    assert results.facets["territory"] == {"nantes": 1, "grenoble": 1}


async def test_filters_never_change_what_the_words_mean(city: SearchIndex) -> None:
    """Documents with all words exist in Nantes and Grenoble; Bordeaux has none, not half of one."""
    results = await city.query(Query("budget participatif", filters={"territory": ("bordeaux",)}, prefix=False))
    assert results.total == 0
    assert results.facets["territory"] == {"nantes": 1, "grenoble": 1}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('"budget participatif"', (10, 11)),
        ('"participatif budget"', ()),
        ("«cœur de ville»", (3,)),
        ("“coeur du projet”", (34,)),
        ('"d\'énergie perdue"', (2,)),  # an elision is no word: *d'* and *l'* are alike
        ('"l’énergie perdue des fours"', (2,)),
        ('"budget" tramway', (4,)),
        ('"car park"', (22,)),
    ],
)
async def test_a_phrase_matches_exactly(city: SearchIndex, text: str, wanted: tuple[int, ...]) -> None:
    assert await find(city, text) == numbers(*wanted)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("budget -tramway", (10, 11)),
        ("-tramway budget", (10, 11)),
        ('budget -"budget participatif"', (4,)),
        ("budget -participatif -tramway", ()),
        ("energie -mobilité", (2,)),
    ],
)
async def test_a_minus_excludes(city: SearchIndex, text: str, wanted: tuple[int, ...]) -> None:
    assert await find(city, text) == numbers(*wanted)


async def test_a_hyphen_inside_a_word_excludes_nothing(city: SearchIndex) -> None:
    assert document_id(35) in await find(city, "chauves-souris")


async def test_an_exclusion_alone_leaves_all_the_others(city: SearchIndex) -> None:
    found = await find(city, "-tramway")
    assert len(found) == 39
    assert document_id(4) not in found


@pytest.mark.parametrize("text", ["", " ", "\n\t", '"', " - "])
async def test_nothing_typed_matches_everything_newest_first(city: SearchIndex, text: str) -> None:
    results = await city.query(Query(text, limit=100))
    assert [hit.id for hit in results.hits] == [document_id(number) for number in range(40, 0, -1)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("mobilitee", "mobilité"), ("Budjet participatif", "budget participatif"), ("tranway", "tramway")],
)
async def test_a_better_spelling_is_proposed(city: SearchIndex, text: str, wanted: str) -> None:
    assert (await city.query(Query(text, prefix=False))).correction == wanted


@pytest.mark.parametrize("text", ["", "budget", "énergie", "zzzzzzzz", "biblio"])
async def test_no_spelling_is_proposed_without_need(city: SearchIndex, text: str) -> None:
    assert (await city.query(Query(text))).correction is None


HOSTILE = [
    '"',
    '""',
    "'",
    "-",
    "--",
    '-"',
    '"-',
    '"unbalanced',
    'un"bal"an"ced',
    "(((((",
    "a AND (b OR",
    "title:x^3 OR *",
    "[a TO b]",
    "/re.*/",
    "\\",
    "\x00\x01\x1f",
    "énergie\x00",
    "\ud800",
    "\u202e\u0301\u0301",
    "🚲🏙️",
    "é" * 10_000,
    "a " * 5_000,
    '"a" ' * 2_500,
    "-a " * 3_000,
    " ".join(f"w{number}" for number in range(2_000)),
    "漢字" * 300,
    "ʹͺ½ﬁ²",
    "l' d' qu'",
    "?",
]


@pytest.mark.parametrize("text", HOSTILE)
async def test_no_text_is_refused(city: SearchIndex, text: str) -> None:
    results = await city.query(Query(text))
    assert results.total >= len(results.hits)
    await city.suggest(text)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text(max_size=80)
    | st.lists(
        st.sampled_from(["budget", "énergie", '"', "-", "«", "»", "l'", "’", "(", ")", "*", "la", "vill", " ", "🚲"])
    ).map(" ".join)
)
async def test_any_text_is_answered(city: SearchIndex, text: str) -> None:
    results = await city.query(Query(text, limit=100))
    assert results.total == len(ids(results))
    assert sum(results.facets["language"].values()) == results.total
