"""Importing a folder of Markdown files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import text

from services.contributions.archive import import_folder
from shared.storage.identifiers import new_id
from tests.support.service import ServiceUnderTest

GOOD = """---
title: Une flotte de vélos pour les agents
mission: Remplacer les voitures de service.
thematiques: [Mobilité, Énergie, Pêche]
phases:
  - {name: construction, start: 2021-09-01}
  - {name: investigation, start: 2020-02-01}
---
## Le contexte

Les agents se déplacent peu, et mal.
"""


async def _outbox(service: ServiceUnderTest) -> int:
    async with service.database.transaction() as session:
        count = await session.execute(text("SELECT count(*) FROM outbox WHERE topic LIKE '%.contributions'"))
        return int(count.scalar_one())


def _write(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for number in range(30):
        (folder / f"note-{number:02}.md").write_text(GOOD.replace("vélos", f"vélos {number}"), encoding="utf-8")


async def test_a_folder_is_imported_once(service: ServiceUnderTest, tmp_path: Path) -> None:
    folder = tmp_path / "archives"
    _write(folder)
    author, seen = new_id(), []
    first = await import_folder(
        service.resources, folder, author=author, progress=lambda done, total: seen.append((done, total))
    )
    assert (first.created, first.unchanged, first.failed) == (30, 0, [])
    assert first.unknown_labels["Pêche"] == 30
    assert seen[-1] == (30, 30)
    assert await _outbox(service) == 30

    again = await import_folder(service.resources, folder, author=author)
    assert (again.created, again.changed, again.unchanged) == (0, 0, 30)
    assert await _outbox(service) == 30

    (folder / "note-07.md").write_text(GOOD.replace("agents", "facteurs"), encoding="utf-8")
    third = await import_folder(service.resources, folder, author=author)
    assert (third.created, third.changed, third.unchanged) == (0, 1, 29)
    assert await _outbox(service) == 31

    found = (await service.http.get("/api/contributions?limit=100")).json()["items"]
    assert len(found) == 30
    assert {tuple(one["themes"]) for one in found} == {("mobility", "energy")}
    assert {one["published_at"][:10] for one in found} == {"2020-02-01"}
    assert {one["authors"][0]["id"] for one in found} == {str(author)}


async def test_a_file_that_cannot_be_read_is_named_and_the_rest_goes_on(
    service: ServiceUnderTest, tmp_path: Path
) -> None:
    bad = {
        "latin.md": "---\ntitle: Été\n---\n".encode("latin-1"),
        "yaml.md": b"---\ntitle: [a\n---\n",
        "untitled.md": b"---\nmission: x\n---\nCorps",
        "kind.md": b"---\ntitle: x\nkind: poem\n---\nCorps",
        "date.md": b"---\ntitle: x\ndate: someday\n---\nCorps",
        "no-day.md": b"---\ntitle: x\ndate: 2026-02-30\n---\nCorps",
        "no-number.md": b"---\ntitle: x\nphase: 0b__\n---\nCorps",
    }
    for name, content in bad.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "good.md").write_text(GOOD, encoding="utf-8")
    (tmp_path / "ignored.txt").write_text("x")
    summary = await import_folder(service.resources, tmp_path)
    why = {Path(file).name: reason for file, reason in summary.failed}
    assert set(why) == set(bad)
    assert "UTF-8" in why["latin.md"]
    assert "front matter" in why["yaml.md"]
    assert why["untitled.md"].startswith("title:")
    assert why["kind.md"].startswith("kind:")
    assert why["date.md"].startswith("date:")
    assert "day is out of range" in why["no-day.md"]
    assert summary.created == 1
    assert summary.total == 8


async def _last_revision(service: ServiceUnderTest, id: str) -> dict[str, Any]:
    return dict((await service.http.get(f"/api/contributions/{id}/revisions")).json()["items"][0])


async def test_a_changed_file_is_a_correction_that_says_why(service: ServiceUnderTest, tmp_path: Path) -> None:
    file = tmp_path / "note.md"
    file.write_text(GOOD, encoding="utf-8")
    await import_folder(service.resources, tmp_path)
    (one,) = (await service.http.get("/api/contributions")).json()["items"]

    changed = GOOD.replace("et mal.", "et bien.").replace("mission:", "sources: [{title: Enquête}]\nmission:")
    file.write_text(changed, encoding="utf-8")
    await import_folder(service.resources, tmp_path)
    last = await _last_revision(service, one["id"])
    assert (last["number"], last["occasion"]) == (2, "corrected")
    assert last["reason"] == "Repris de l’archive, qui a changé\u202f: texte, sources."

    said = changed.replace("et bien.", "et mieux.").replace("mission:", "correction: Le trajet était faux.\nmission:")
    file.write_text(said, encoding="utf-8")
    await import_folder(service.resources, tmp_path)
    assert (await _last_revision(service, one["id"]))["reason"] == "Le trajet était faux."

    # A theme less and a line more at the end are no correction: the text is the same.
    file.write_text(said.replace(", Énergie", "") + "\n", encoding="utf-8")
    summary = await import_folder(service.resources, tmp_path)
    assert summary.changed == 1
    assert (await _last_revision(service, one["id"]))["number"] == 3
    read = (await service.http.get(f"/api/contributions/{one['id']}")).json()
    assert read["themes"] == ["mobility"]


async def test_a_translation_is_linked_with_its_original(service: ServiceUnderTest, tmp_path: Path) -> None:
    (tmp_path / "vélos.md").write_text(GOOD, encoding="utf-8")
    english = GOOD.replace("title: Une", "language: en\ntranslates: vélos.md\ntitle: A")
    (tmp_path / "bicycles.md").write_text(english, encoding="utf-8")
    (tmp_path / "lost.md").write_text(english.replace("vélos.md", "nulle-part.md"), encoding="utf-8")
    (tmp_path / "twice.md").write_text(english, encoding="utf-8")
    for _ in range(2):
        summary = await import_folder(service.resources, tmp_path)
        assert summary.failed == []
        assert {Path(file).name for file, _ in summary.unlinked} == {"lost.md", "twice.md"}
        items = (await service.http.get("/api/contributions")).json()["items"]
        (french,) = [one for one in items if one["language"] == "fr"]
        read = (await service.http.get(f"/api/contributions/{french['id']}")).json()
        assert [one["language"] for one in read["translations"]] == ["en"]
