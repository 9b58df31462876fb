"""Forms of this section, told as data: what is asked for, what was typed, and what is sent to the service."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import Any

from services.web.forms import Posted
from services.web.language import N_, _
from services.web.zones import instant, wall

CRITERIA = 20
"""Criteria a call may have."""
NEW_ROWS = 3
"""Empty rows offered for further criteria."""


class Sort(Enum):
    """How something is asked for."""

    LINE = "line"
    TEXT = "text"
    CHOICE = "choice"
    LABELS = "labels"
    LINES = "lines"
    DAY = "day"
    MOMENT = "moment"
    NUMBER = "number"
    ZONE = "zone"
    CRITERIA = "criteria"


@dataclass(frozen=True)
class Asked:
    """A field: message ids."""

    name: str
    label: str
    refusal: str
    """What to do about it when the service refuses it."""
    sort: Sort = Sort.LINE
    limit: int = 0
    """Characters it takes on screen; the service has the last word."""
    note: str = ""
    """Beside the label, such as that it is optional."""
    help: str = ""
    rows: int = 3
    options: Mapping[str, str] = field(default_factory=dict)
    option_help: Mapping[str, str] = field(default_factory=dict)
    is_needed: bool = False
    is_number: bool = False
    """Whether digits are typed, though it is no quantity."""
    may_be_empty: bool = True
    """Whether an empty one is sent as nothing at all (``null``) and not as an empty text."""


OPTIONAL = N_("facultatif")


def title(label: str, name: str = "title", limit: int = 200) -> Asked:
    """The line that names a thing."""
    return Asked(
        name,
        label,
        N_("Écrivez un nom d’une ligne, de deux cents signes au plus."),
        limit=limit,
        is_needed=True,
        may_be_empty=False,
    )


def text(name: str, label: str, *, limit: int, note: str = "", help: str = "", rows: int = 3) -> Asked:
    """A text in paragraphs."""
    refusal = N_("Ce texte ne convient pas : il y manque quelque chose, ou il est trop long.")
    return Asked(name, label, refusal, Sort.TEXT, limit, note=note, help=help, rows=rows, may_be_empty=False)


def language(options: Mapping[str, str]) -> Asked:
    """In which language it is written."""
    return Asked(
        "language", N_("Langue du texte"), N_("Choisissez une langue dans la liste."), Sort.CHOICE, options=options
    )


def labels(note: str = OPTIONAL) -> tuple[Asked, Asked]:
    """Themes and territories."""
    return (
        Asked("themes", N_("Thèmes"), N_("Choisissez dix thèmes au plus, dans la liste."), Sort.LABELS, note=OPTIONAL),
        Asked(
            "territories",
            N_("Territoires"),
            N_("Choisissez dix territoires au plus, dans la liste."),
            Sort.LABELS,
            note=note,
        ),
    )


@dataclass
class Written:
    """What stands in a form, as it was typed."""

    values: dict[str, Any] = field(default_factory=dict)
    version: int = 0
    """The version it was made from; 0 for a new one."""
    key: str = ""
    """Idempotency key of a new one: sent twice, it is made once."""

    @classmethod
    def new(cls, fields: Sequence[Asked], **values: Any) -> Written:
        """An empty form."""
        return cls({one.name: _typed(one, values.get(one.name), "") for one in fields}, key=secrets.token_urlsafe(16))

    @classmethod
    def of(cls, fields: Sequence[Asked], stored: Any) -> Written:
        """Something stored, to be changed."""
        zone = getattr(stored, "zone", "")
        return cls({one.name: _typed(one, getattr(stored, one.name), zone) for one in fields}, stored.version)

    @classmethod
    def posted(cls, fields: Sequence[Asked], form: Posted) -> Written:
        """What was sent."""
        return cls({one.name: _posted(one, form) for one in fields}, version_of(form), form.text("key"))

    def read(self, fields: Sequence[Asked]) -> tuple[dict[str, Any], dict[str, str]]:
        """What the service is to be told, and what cannot be told, by field."""
        sent: dict[str, Any] = {}
        errors: dict[str, str] = {}
        for one in fields:
            typed = self.values[one.name]
            if one.is_needed and not typed:
                errors[one.name] = _(one.refusal)
                continue
            if one.limit and isinstance(typed, str) and len(typed) > one.limit:
                errors[one.name] = _(
                    "%(excess)d signes de trop : ce champ en prend %(limit)d.",
                    excess=len(typed) - one.limit,
                    limit=one.limit,
                )
                continue
            try:
                sent[one.name] = self._meant(one, typed)
            except ValueError:
                errors[one.name] = _(one.refusal)
        return sent, errors

    def _meant(self, one: Asked, typed: Any) -> Any:
        match one.sort:
            case Sort.LABELS:
                return typed
            case Sort.LINES:
                return [line.strip() for line in typed.splitlines() if line.strip()]
            case Sort.DAY:
                return date.fromisoformat(typed).isoformat() if typed else None
            case Sort.NUMBER:
                return int(typed)
            case Sort.MOMENT:
                if not typed:
                    return None
                at = instant(typed, self.values.get("zone", ""))
                if at is None:
                    raise ValueError(typed)
                return at.isoformat()
            case Sort.CRITERIA:
                return _criteria(typed)
            case _:
                return typed if typed or not one.may_be_empty else None

    def differing(self, fields: Sequence[Asked], stored: Any) -> list[tuple[str, str]]:
        """Label and stored value of each field that was typed otherwise."""
        theirs = Written.of(fields, stored)
        return [
            (one.label, _said(one, theirs.values[one.name]))
            for one in fields
            if theirs.values[one.name] != self.values[one.name]
        ]


def version_of(form: Posted) -> int:
    """The version a form was made from; 0 when it does not say."""
    said = form.text("version")
    return int(said) if said.isdecimal() and len(said) < 10 else 0


def _typed(one: Asked, value: Any, zone: str) -> Any:
    match one.sort:
        case Sort.LABELS:
            return list(value or ())
        case Sort.LINES:
            return "\n".join(value or ())
        case Sort.MOMENT:
            return wall(value, zone)
        case Sort.DAY:
            return value.isoformat() if value else ""
        case Sort.CRITERIA:
            return [
                {"id": each.id, "name": each.name, "description": each.description, "weight": str(each.weight)}
                for each in value or ()
            ]
        case _:
            return "" if value is None else str(getattr(value, "id", value))


def _posted(one: Asked, form: Posted) -> Any:
    if one.sort is Sort.LABELS:
        return form.several(one.name)
    if one.sort is not Sort.CRITERIA:
        return form.text(one.name)
    rows = (
        {part: form.text(f"criteria-{at}-{part}") for part in ("id", "name", "description", "weight")}
        for at in range(CRITERIA)
    )
    return [row for row in rows if row["name"] or row["description"]]


def _criteria(rows: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
    """Raises ValueError for one without a name, or with a weight that is none."""
    made: list[dict[str, Any]] = []
    for row in rows:
        weight = int(row["weight"] or "1")
        if not row["name"] or not 1 <= weight <= 100:
            raise ValueError(row["name"])
        taken = {one["id"] for one in made}
        id = row["id"] or _id_of(row["name"])
        while id in taken:
            id = f"{id[:50]}-{len(made) + 1}"
        made.append({"id": id, "name": row["name"], "description": row["description"], "weight": weight})
    return made


def _id_of(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:50].strip("-") or "critere"


def _said(one: Asked, typed: Any) -> str:
    match one.sort:
        case Sort.LABELS:
            return ", ".join(typed)
        case Sort.CRITERIA:
            return ", ".join(f"{row['name']} ({row['weight']})" for row in typed)
        case Sort.CHOICE:
            return _(one.options[typed]) if typed in one.options else str(typed)
        case _:
            return str(typed)
