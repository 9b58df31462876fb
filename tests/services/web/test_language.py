"""Two whole languages, and dates as people say them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from services.web import dates, site
from services.web.language import _, ngettext, speaking, split_path

FOLDER = Path(site.__file__).parent
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_every_french_sentence_has_its_english_one() -> None:
    said = Catalog()
    for _file, _line, message, _comments, _context in extract_from_dir(
        str(FOLDER), [("**.py", "python"), ("**/templates/**.html", "jinja2")]
    ):
        said.add(message)
    with (FOLDER / "locale/en/LC_MESSAGES/demain.po").open("rb") as file:
        english = read_po(file, locale="en")
    ids = [message.id for message in said if message.id]
    assert len(ids) > 250
    for id in ids:
        found = english.get(id if isinstance(id, str) else id[0])
        assert found is not None, f"no English for {id!r}"
        assert not found.fuzzy, f"fuzzy English for {id!r}"
        forms = found.string if isinstance(found.string, tuple) else (found.string,)
        assert all(forms), f"empty English for {id!r}"
        for form in forms:
            assert set(re.findall(r"%\(\w+\)\w", form)) <= set(re.findall(r"%\(\w+\)\w", str(id))), id
    unused = {str(one.id) for one in english if one.id} - {str(id) for id in ids}
    assert not unused, f"English of sentences nobody says: {unused}"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", ("fr", "/")),
        ("/en", ("en", "/")),
        ("/en/", ("en", "/")),
        ("/en/recherche", ("en", "/recherche")),
        ("/energie", ("fr", "/energie")),
        ("/enfants", ("fr", "/enfants")),
    ],
)
def test_the_language_is_in_the_path(path: str, expected: tuple[str, str]) -> None:
    assert split_path(path) == expected


def test_nought_is_singular_in_french_only() -> None:
    assert ngettext("%(num)d résultat", "%(num)d résultats", 0) == "%(num)d résultat"
    with speaking("en"):
        assert ngettext("%(num)d résultat", "%(num)d résultats", 0) == "%(num)d results"


def test_french_sentences_are_set_and_english_ones_are_not() -> None:
    assert _("Se déconnecter ?") == "Se déconnecter\u202f?"
    with speaking("en"):
        assert _("Se déconnecter ?") == "Sign out?"


def text(html: str) -> str:
    return re.sub("<[^>]+>", "", html).replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("moment", "french", "english"),
    [
        (datetime(2026, 11, 22, 8, 5, tzinfo=UTC), "aujourd’hui à 09:05", "today at 09:05"),
        (datetime(2026, 11, 21, 8, tzinfo=UTC), "hier", "yesterday"),
        (datetime(2026, 11, 14, 8, tzinfo=UTC), "le 14 novembre", "on 14 November"),
        (datetime(2025, 12, 1, 8, tzinfo=UTC), "le 1er décembre 2025", "on 1 December 2025"),
        # Past midnight in Paris, still the day before in UTC.
        (datetime(2026, 11, 21, 23, 30, tzinfo=UTC), "aujourd’hui à 00:30", "today at 00:30"),
    ],
)
def test_dates_are_said_as_people_say_them(moment: datetime, french: str, english: str) -> None:
    assert text(dates.on(moment, NOW)) == french
    with speaking("en"):
        assert text(dates.on(moment, NOW)) == english


def test_the_exact_instant_stands_in_the_markup() -> None:
    assert 'datetime="2026-11-14T08:00:00Z"' in dates.since(datetime(2026, 11, 14, 8, tzinfo=UTC), NOW)
