"""The sources of a text in the editor: rows of fields, added, moved and taken out by buttons of the form."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import astuple, dataclass

from pydantic import TypeAdapter, ValidationError

from services.web.forms import Posted
from services.web.language import N_, _
from shared.clients.contributions import Source, SourceDraft

FIELDS = ("title", "authors", "year", "url", "doi")
LABELS = {
    "title": N_("Titre"),
    "authors": N_("Auteurs"),
    "year": N_("Année"),
    "url": N_("Adresse"),
    "doi": N_("DOI"),
}
UNTITLED = N_("Donnez le titre de cette source, en une ligne.")
NO_YEAR = N_("Écrivez l’année en chiffres, comme 2019.")
REFUSALS = {
    "title": UNTITLED,
    "authors": N_("Ces auteurs ne conviennent pas : une ligne, trois cents signes au plus."),
    "year": NO_YEAR,
    "url": N_("Cette adresse ne convient pas : elle commence par https://."),
    "doi": N_("Ce n’est pas un DOI : il ressemble à 10.1016/j.jml.2019.104047."),
}
MOST = 80
_BUTTON = re.compile(r"(drop|raise)-source-([0-9]{1,3})")
_DRAFTS = TypeAdapter(tuple[SourceDraft, ...])


@dataclass
class Row:
    """A source as it is typed."""

    title: str = ""
    authors: str = ""
    year: str = ""
    url: str = ""
    doi: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was typed."""
        return not any(astuple(self))

    def draft(self) -> SourceDraft:
        """As the contributions service takes it; a year that is none is left out."""
        year = int(self.year) if is_year(self.year) else None
        return SourceDraft(title=self.title, authors=self.authors, year=year, url=self.url, doi=self.doi)


def is_year(typed: str) -> bool:
    """Whether a year was typed."""
    return bool(re.fullmatch("[0-9]{1,4}", typed)) and int(typed) > 0


def stored(sources: Sequence[Source]) -> list[Row]:
    """Kept sources, to be changed."""
    return [Row(one.title, one.authors, str(one.year or ""), one.url, one.doi) for one in sources]


def posted(form: Posted) -> list[Row]:
    """What was typed; rows left empty stay only while their buttons are pressed, which count them."""
    rows = [Row(*row) for row in form.rows(*(f"source_{name}" for name in FIELDS))]
    is_counted = _BUTTON.fullmatch(form.text("do")) is not None
    return [row for row in rows if is_counted or not row.is_empty]


def pressed(button: str, rows: list[Row]) -> list[Row] | None:
    """The rows after a button of theirs was pressed; None for another button."""
    if button == "add-source":
        return [*rows, Row()][:MOST]
    found = _BUTTON.fullmatch(button)
    if found is None:
        return None
    what, place = found[1], int(found[2]) - 1
    if not 0 <= place < len(rows):
        return rows
    others = rows[:place] + rows[place + 1 :]
    if what == "raise":
        others.insert(max(0, place - 1), rows[place])
    return others


def errors(rows: Sequence[Row]) -> dict[str, str]:
    """What can be said without asking the service."""
    found: dict[str, str] = {}
    for number, row in enumerate(rows, 1):
        if not row.title:
            found[id_of(number, "title")] = _(UNTITLED)
        if row.year and not is_year(row.year):
            found[id_of(number, "year")] = _(NO_YEAR)
    return found


def refused(field: str) -> tuple[str, str] | None:
    """What to say of a field the service refused, such as ``sources.1.doi``; None for a field of no source."""
    found = re.search(r"sources\.([0-9]+)(?:\.(\w+))?$", field)
    if found is None:
        return None
    # Without a field it is the address of a DOI that is none.
    name = found[2] if found[2] in REFUSALS else "doi"
    return id_of(int(found[1]) + 1, name), _(REFUSALS[name])


def labels(rows: Sequence[Row]) -> dict[str, str]:
    """What the fields of all rows are called where their errors are listed."""
    return {
        id_of(number, name): _("Source %(number)d, %(field)s", number=number, field=_(LABELS[name]).lower())
        if name != "doi"
        else _("Source %(number)d, DOI", number=number)
        for number in range(1, len(rows) + 1)
        for name in FIELDS
    }


def id_of(number: int, name: str) -> str:
    """The id of a field."""
    return f"source-{number}-{name}"


def written_out(drafts: Sequence[SourceDraft]) -> str:
    """Sources for a hidden field of the form."""
    return json.dumps([one.model_dump() for one in drafts], ensure_ascii=False) if drafts else ""


def read_back(text: str) -> tuple[SourceDraft, ...]:
    """The same, as it came back; none where somebody changed it."""
    try:
        return _DRAFTS.validate_json(text) if text else ()
    except ValidationError:
        return ()


def drafts(sources: Sequence[Source]) -> tuple[SourceDraft, ...]:
    """Kept sources, to be compared."""
    return tuple(row.draft() for row in stored(sources))
