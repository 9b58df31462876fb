"""Importing an archive: a folder of Markdown files with YAML front matter becomes published contributions.

Front matter: ``title`` (required); ``summary`` or ``mission`` or ``description``; ``kind``; ``language`` or
``lang``; ``themes`` or ``thematiques`` and ``territories`` (ids or names, in French or English); ``date`` (else
the earliest ``start`` of ``phases``, else the day of the import); ``author`` (a key of ``authors``).

A file is known again by its folder and name: importing twice changes nothing, a changed file changes its
contribution, a file that can't be read is named and the rest goes on.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import frontmatter
import yaml
from pydantic import ValidationError
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contributions import statements
from services.contributions.commands.contributions import changed
from services.contributions.commands.revisions import Occasion, keep
from services.contributions.rendering import Rendered, render
from services.contributions.schemas.contributions import DraftIn
from services.contributions.tables import Contribution, Step, Territory, Theme
from services.contributions.workflow import Action, State
from shared.messaging.outbox import tell
from shared.runtime.resources import Resources

BATCH = 25
"""Files a transaction."""
LONGEST_SUMMARY = 600


class FileNotImported(Exception):
    """A file that cannot become a contribution; the text says why and what to mend."""


@dataclass
class ImportSummary:
    """What became of an archive."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)
    """(file, why)."""
    unknown_labels: Counter[str] = field(default_factory=Counter)
    """Themes and territories nobody knows, with how often they were named."""

    @property
    def total(self) -> int:
        """Files looked at."""
        return self.created + self.changed + self.unchanged + len(self.failed)


@dataclass(frozen=True)
class ArchivedFile:
    """A file, read."""

    origin: str
    hash: bytes
    draft: DraftIn
    rendered: Rendered
    date: datetime | None
    author: str | None
    unknown_labels: tuple[str, ...]


class Labels:
    """Finds themes or territories by id or by name, whatever the case and the accents."""

    def __init__(self, rows: Sequence[Theme] | Sequence[Territory]) -> None:
        self._ids: dict[str, str] = {}
        # One that was merged is still named in archives; where a name is used again, who has it now is meant.
        for row in sorted(rows, key=lambda row: row.moved_to is None):
            for name in (row.id, *row.names.values()):
                self._ids[_folded(name)] = row.moved_to or row.id

    def find(self, names: Sequence[str]) -> tuple[list[str], list[str]]:
        """(ids found, names unknown)."""
        found = {name: self._ids.get(_folded(name)) for name in names}
        ids = dict.fromkeys(id for id in found.values() if id is not None)
        return list(ids), [name for name, id in found.items() if id is None]


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold().strip()


async def import_folder(
    resources: Resources,
    folder: Path,
    *,
    author: UUID | None = None,
    authors: Mapping[str, UUID] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> ImportSummary:
    """Import every ``*.md`` file of a folder and those below it. ``progress`` gets (done, total).

    ``author`` is the person the contributions are published under, unless a file names another one of
    ``authors``; without any they are the forum's own. Raises NotADirectoryError.
    """
    files = await resources.cpu.run(_markdown_files, folder)
    summary = ImportSummary()
    people = dict(authors or {})
    async with resources.database.transaction() as session:
        themes = Labels((await session.exec(select(Theme))).all())
        territories = Labels((await session.exec(select(Territory))).all())
    for start in range(0, len(files), BATCH):
        read: list[ArchivedFile] = []
        for file in files[start : start + BATCH]:
            origin = f"{folder.name}/{file.relative_to(folder).as_posix()}"
            try:
                read.append(await resources.cpu.run(read_file, file, origin, themes, territories))
            except FileNotImported as error:
                summary.failed.append((str(file), str(error)))
        async with resources.database.transaction() as session:
            for one in read:
                by = people.get(one.author or "", author)
                await _store(session, one, [by] if by else [], summary)
        if progress is not None:
            progress(min(start + BATCH, len(files)), len(files))
    return summary


def _markdown_files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is not a folder; give the one that holds the Markdown files")
    return sorted(folder.rglob("*.md"))


def read_file(file: Path, origin: str, themes: Labels, territories: Labels) -> ArchivedFile:
    """Read one file. Raises FileNotImported."""
    try:
        raw = file.read_bytes()
        post = frontmatter.loads(raw.decode("utf-8-sig"))
    except OSError as error:
        raise FileNotImported(f"cannot be opened: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise FileNotImported(f"is not UTF-8 text (byte {error.start}); save it as UTF-8") from error
    except (yaml.YAMLError, ValueError) as error:
        # A date or a number that is none is a bare ValueError of PyYAML's.
        raise FileNotImported(f"its front matter is not YAML: {' '.join(str(error).split())[:200]}") from error
    meta: dict[str, Any] = post.metadata
    theme_ids, unknown_themes = themes.find(_names(meta, "themes", "thematiques"))
    territory_ids, unknown_territories = territories.find(_names(meta, "territories", "territoires"))
    summary = " ".join(str(meta.get("summary") or meta.get("mission") or meta.get("description") or "").split())
    if len(summary) > LONGEST_SUMMARY:
        summary = summary[: LONGEST_SUMMARY - 1].rsplit(" ", 1)[0] + "…"
    if not meta.get("title"):
        raise FileNotImported("title: is missing; write it in the front matter")
    try:
        draft = DraftIn(
            kind=meta.get("kind", "note"),
            language=meta.get("language") or meta.get("lang") or "fr",
            title=str(meta["title"]),
            summary=summary,
            body=post.content,
            themes=theme_ids[:10],
            territories=territory_ids[:10],
        )
    except ValidationError as error:
        raise FileNotImported(
            "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        ) from error
    author = meta.get("author")
    return ArchivedFile(
        origin=origin,
        hash=hashlib.sha256(raw).digest(),
        draft=draft,
        rendered=render(draft.body),
        date=_date(meta),
        author=author if isinstance(author, str) else None,
        unknown_labels=(*unknown_themes, *unknown_territories),
    )


def _names(meta: Mapping[str, Any], *keys: str) -> list[str]:
    for key in keys:
        value = meta.get(key)
        if value:
            return [str(one) for one in value] if isinstance(value, list) else [str(value)]
    return []


def _date(meta: Mapping[str, Any]) -> datetime | None:
    value = meta.get("date") or meta.get("published_at")
    if value is None and isinstance(meta.get("phases"), list):
        starts = [phase.get("start") for phase in meta["phases"] if isinstance(phase, dict)]
        value = min((start for start in starts if isinstance(start, date)), key=str, default=None)
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise FileNotImported(f"date: {value!r} is not like 2026-01-31") from None
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    # Noon, so that the day is the same in every zone where the forum is likely to be read.
    return datetime(value.year, value.month, value.day, 12, tzinfo=UTC) if isinstance(value, date) else None


async def _store(session: AsyncSession, file: ArchivedFile, authors: list[UUID], summary: ImportSummary) -> None:
    summary.unknown_labels.update(file.unknown_labels)
    query = select(Contribution).where(Contribution.origin == file.origin).with_for_update()
    known = (await session.exec(query)).one_or_none()
    if known is not None and known.origin_hash == file.hash:
        summary.unchanged += 1
        return
    rendered: dict[str, Any] = {
        "body_html": file.rendered.html,
        "text": file.rendered.text,
        "reading_minutes": file.rendered.minutes,
        "origin_hash": file.hash,
    }
    if known is not None:
        for name, value in {**file.draft.model_dump(), **rendered}.items():
            setattr(known, name, value)
        if file.date is not None:
            known.published_at = file.date
        known.corrected_at = keep(session, known, Occasion.CORRECTED, None).at
        await changed(session, known)
        summary.changed += 1
        return
    at = file.date or datetime.now(UTC)
    created = Contribution(
        **file.draft.model_dump(),
        **rendered,
        authors=authors,
        state=State.PUBLISHED,
        origin=file.origin,
        created_at=at,
        updated_at=at,
        submitted_at=at,
        published_at=at,
    )
    session.add(created)
    await session.flush()
    session.add(
        Step(contribution_id=created.id, at=at, action=Action.PUBLISH, before=State.SUBMITTED, after=State.PUBLISHED)
    )
    keep(session, created, Occasion.PUBLISHED, None).at = at
    message = statements.of_contribution(created)
    assert message is not None
    await tell(session, created, message)
    summary.created += 1
