"""Cutting text into words, and how far words are apart."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.search_index.text.reading import MOST_WORDS, read
from shared.search_index.text.spelling import distance, forgiven, neighbours
from shared.search_index.text.words import clean, fold, folded_words, places, spellings, stem, words


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("L'énergie d’ici, jusqu'à demain", ["energie", "ici", "a", "demain"]),
        ("Œuvre, Æther, ﬁn, Straße", ["oeuvre", "aether", "fin", "strasse"]),
        ("The city's roofs don't leak", ["the", "city", "roofs", "don", "leak"]),
        ("aujourd'hui", ["aujourd", "hui"]),
        ("Qu'est-ce qu’une C.I. ?", ["est", "ce", "une", "c", "i"]),
        ("CO₂ et vélo_cargo", ["co2", "et", "velo", "cargo"]),
        ("e\u0301te\u0301", ["ete"]),
        ("vitamine D", ["vitamine", "d"]),
        ("ͺ ´ ' ’", []),
    ],
)
def test_words(text: str, wanted: list[str]) -> None:
    assert folded_words(clean(text)) == wanted


@given(st.text())
def test_words_stand_where_they_say(text: str) -> None:
    kept = clean(text)
    found = words(kept)
    assert [word.folded for word in found] == folded_words(kept)
    assert all(fold(kept[word.start : word.end]) == word.folded for word in found)
    assert all(before.end <= after.start for before, after in pairwise(found))


@given(st.text(alphabet="aeltd'’ -_é\u0301Œ1", max_size=60), st.data())
def test_places_are_those_of_the_words(text: str, data: st.DataObject) -> None:
    kept = clean(text)
    written = sorted(spellings(kept))
    assert {kept[word.start : word.end] for word in words(kept)} <= set(written)
    if written:
        some = data.draw(st.lists(st.sampled_from(written), min_size=1))
        wanted = [(word.start, word.end) for word in words(kept) if kept[word.start : word.end] in some]
        assert set(wanted) <= set(places(kept, some))


@given(st.text())
def test_cleaning_again_changes_nothing_and_it_can_be_stored(text: str) -> None:
    kept = clean(text)
    assert clean(kept) == kept
    kept.encode()


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [("fr", "velo", "velos"), ("fr", "citoyenne", "citoyens"), ("fr", "ville", "villes"), ("en", "city", "cities")],
)
def test_inflections_have_one_stem(language: str, one: str, other: str) -> None:
    assert stem(language, one) == stem(language, other)


def plain_distance(one: str, other: str) -> int:
    """Optimal string alignment, as the textbook has it."""
    table = {(i, 0): i for i in range(len(one) + 1)} | {(0, j): j for j in range(len(other) + 1)}
    for i in range(1, len(one) + 1):
        for j in range(1, len(other) + 1):
            change = one[i - 1] != other[j - 1]
            table[i, j] = min(table[i - 1, j] + 1, table[i, j - 1] + 1, table[i - 1, j - 1] + change)
            if i > 1 and j > 1 and one[i - 1] == other[j - 2] and one[i - 2] == other[j - 1]:
                table[i, j] = min(table[i, j], table[i - 2, j - 2] + 1)
    return table[len(one), len(other)]


SHORT = st.text(alphabet="abc", max_size=7)


@given(SHORT, SHORT, st.integers(0, 2))
def test_distance(typed: str, word: str, most: int) -> None:
    assert distance(typed, word, most) == min(plain_distance(typed, word), most + 1)


@given(SHORT, SHORT, st.integers(0, 2))
def test_distance_to_a_beginning(typed: str, word: str, most: int) -> None:
    nearest = min(plain_distance(typed, word[:length]) for length in range(len(word) + 1))
    assert distance(typed, word, most, prefix=True) == min(nearest, most + 1)


def test_forgiven() -> None:
    assert [forgiven(word) for word in ("eau", "port", "mobilit", "mobilite", "2040", "rue12345")] == [0, 1, 1, 2, 0, 0]


def test_reading() -> None:
    reading = read('Le "cœur de ville" -voiture -"car park" l\'énergie vél')
    assert reading.required == ("energie", "vel")
    assert reading.common == ("le",)
    assert reading.phrases == (("coeur", "de", "ville"),)
    assert reading.excluded == (("voiture",), ("car", "park"))
    assert reading.last == "vel"
    assert read("vélo ").last is None
    assert read("le la").required == ("le", "la")
    assert len(read(" ".join(f"mot{number}" for number in range(100))).required) == MOST_WORDS


@given(st.text() | st.text(alphabet="\"-«» aé'", max_size=40))
def test_anything_can_be_read(text: str) -> None:
    reading = read(text)
    for start, end, folded in reading.places:
        assert fold(reading.text[start:end]) == folded


@given(st.text(alphabet="abcé", min_size=1, max_size=6), st.text(alphabet="abcdé", min_size=1, max_size=7))
def test_neighbours_are_one_typo_away_and_begin_alike(word: str, other: str) -> None:
    letters_known = set(other) <= {*word, *"abcdefghijklmnopqrstuvwxyz"}
    wanted = other != word and other[0] == word[0] and distance(word, other, 1) == 1 and letters_known
    assert (other in neighbours(word)) is wanted
