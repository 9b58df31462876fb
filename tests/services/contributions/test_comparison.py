"""What changed between two texts: nothing lost, nothing invented, markup safe, work bounded."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contributions import comparison
from services.contributions.comparison import Kind, compare, marked, text_after, text_before

WORDS = st.sampled_from(["eau", "ville", "l’été", "<b>", "&amp;", "—", "rue", ",", ".", "œuf", "2026", "«", "»"])
LINES = st.lists(st.lists(WORDS, max_size=8).map(" ".join), max_size=8).map("\n".join)
TEXTS = st.one_of(LINES, st.text(max_size=80), st.text("ab \n", max_size=40))


@given(TEXTS, TEXTS)
def test_both_texts_can_be_had_back(before: str, after: str) -> None:
    found = compare(before, after)
    assert text_before(found) == before
    assert text_after(found) == after


@given(TEXTS, TEXTS)
def test_the_way_back_is_as_good(before: str, after: str) -> None:
    assert text_after(compare(after, before)) == before


@given(TEXTS)
def test_a_text_does_not_differ_from_itself(text: str) -> None:
    assert {one.kind for one in compare(text, text)} == {Kind.SAME}


@given(TEXTS, TEXTS)
def test_what_is_marked_is_the_text_escaped(before: str, after: str) -> None:
    for paragraph in compare(before, after):
        said = marked(paragraph)
        assert html.unescape(re.sub("</?(?:ins|del)>", "", said)) == str(paragraph)
        assert set(re.findall("<[^>]*>", said)) <= {"<ins>", "</ins>", "<del>", "</del>"}


@given(TEXTS, TEXTS)
def test_a_paragraph_has_what_its_kind_says(before: str, after: str) -> None:
    for paragraph in compare(before, after):
        kinds = {piece.kind for piece in paragraph.pieces}
        match paragraph.kind:
            case Kind.CHANGED:
                assert kinds & {Kind.GONE, Kind.NEW}
            case kind:
                assert kinds <= {kind}


def test_words_are_marked_and_not_signs() -> None:
    (paragraph,) = compare("L’eau du métro chauffe 1 150 logements.", "L’eau du métro chauffe 1 240 logements.")
    assert marked(paragraph) == "L’eau du métro chauffe 1 <del>150</del><ins>240</ins> logements."


def test_words_replaced_beside_each_other_are_one_change() -> None:
    (paragraph,) = compare(
        "La rue était là depuis toujours, et personne ne comptait.",
        "La rue ouvrait hier matin depuis toujours, et personne ne comptait.",
    )
    assert marked(paragraph) == (
        "La rue <del>était là</del><ins>ouvrait hier matin</ins> depuis toujours, et personne ne comptait."
    )


def test_paragraphs_are_aligned() -> None:
    before = "Un titre\nPremier paragraphe, qui reste.\nDeuxième paragraphe sur les bancs et les arbres.\nFin."
    after = (
        "Un titre\nUn tout nouveau commencement.\nPremier paragraphe, qui reste.\n"
        "Deuxième paragraphe sur les bancs et les fontaines.\nFin."
    )
    assert [one.kind for one in compare(before, after)] == [Kind.SAME, Kind.NEW, Kind.SAME, Kind.CHANGED, Kind.SAME]


def test_paragraphs_with_nothing_in_common_are_not_mixed() -> None:
    found = compare("Les bancs manquent partout.", "Where will the water come from?")
    assert [one.kind for one in found] == [Kind.GONE, Kind.NEW]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a\n" * 100_000, "b\n" * 100_000),
        ("\n".join(f"a{n}" for n in range(60_000)), "\n".join(f"b{n}" for n in range(60_000))),
        (" ".join(f"a{n}" for n in range(40_000)), " ".join(f"b{n % 7}" for n in range(40_000))),
        ("\n".join(f"a{n} b c d" for n in range(0, 4000)), "\n".join(f"z{n} b c d" for n in range(0, 4000))),
        ("\n".join("a b c d e f" for _ in range(20_000)), "\n".join("a b x d e f" for _ in range(15_000))),
    ],
)
def test_the_work_is_bounded(before: str, after: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps are counted, not seconds."""
    spent: list[comparison._Effort] = []

    class Watched(comparison._Effort):
        def __init__(self, left: int) -> None:
            super().__init__(left)
            spent.append(self)

    monkeypatch.setattr(comparison, "_Effort", Watched)
    found = compare(before, after)
    assert (text_before(found), text_after(found)) == (before, after)
    (effort,) = spent
    linear = len(before) + len(after)
    assert comparison.BUDGET - effort.left <= comparison.BUDGET + linear + 2 * comparison.MOST_EDITS
