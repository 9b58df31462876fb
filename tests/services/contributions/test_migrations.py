"""Old rows live on: what the migrations make of them, and that they make what the code means."""

from __future__ import annotations

import shutil
from pathlib import Path

import asyncpg

from services.contributions.service import SERVICE
from shared.storage import migrations
from tests.support.migrations import differences
from tests.support.postgres import TestServer

_OLD = """
    INSERT INTO contribution (ordinal, id, version, kind, language, title, summary, body, body_html, text,
        reading_minutes, themes, territories, authors, state, created_at, updated_at, submitted_at, published_at)
    SELECT 0, ('00000000-0000-0000-0000-00000000000' || n)::uuid, 3, 'note', 'fr', 'Note ' || n, 'Bref.', 'Corps',
        '<p>Corps</p>', 'Corps', 1, ARRAY['energy'], ARRAY['lyon'], ARRAY[gen_random_uuid()], state, now(), now(),
        CASE WHEN state = 'submitted' THEN now() END, CASE WHEN state = 'published' THEN now() END
    FROM unnest(ARRAY['draft', 'draft', 'draft', 'submitted', 'published']) WITH ORDINALITY AS old (state, n)
"""
_STEPS = """
    INSERT INTO step (id, contribution_id, at, action, before, after, reason)
    SELECT ('0000000' || n || '-0000-0000-0000-000000000000')::uuid,
        ('00000000-0000-0000-0000-00000000000' || whose)::uuid, now(), action, 'submitted', 'draft', 'Citez.'
    FROM (VALUES (1, 2, 'return'), (2, 3, 'return'), (3, 3, 'recall')) AS old (n, whose, action)
"""


async def test_migrations_make_what_the_code_means(server: TestServer) -> None:
    assert await differences(server, SERVICE) == []


async def test_old_rows_are_kept_and_what_was_sent_back_takes_its_own_state(server: TestServer, tmp_path: Path) -> None:
    before = tmp_path / "migrations"
    (before / "versions").mkdir(parents=True)
    shutil.copy(SERVICE.migrations / "versions/0001_contributions.py", before / "versions")
    address = await server.empty("contributions_old")
    await migrations.upgrade(address, before)
    connection = await asyncpg.connect(address.dsn)
    try:
        await connection.execute(_OLD)
        await connection.execute(_STEPS)
        await migrations.upgrade(address, SERVICE.migrations)
        kept = await connection.fetch(
            "SELECT c.state, r.number, r.occasion, r.text FROM revision r JOIN contribution c ON c.id = contribution_id"
            " ORDER BY c.id"
        )
        numbers = await connection.fetch("SELECT revisions FROM contribution ORDER BY id")
        rows = await connection.fetch("SELECT state, version FROM contribution ORDER BY id")
    finally:
        await connection.close()
    assert [tuple(row) for row in rows] == [
        ("draft", 3),
        ("changes_requested", 4),
        ("draft", 3),
        ("submitted", 3),
        ("published", 3),
    ]
    assert [tuple(row) for row in kept] == [
        ("submitted", 1, "submitted", "Corps"),
        ("published", 1, "published", "Corps"),
    ]
    assert [row["revisions"] for row in numbers] == [0, 0, 0, 1, 1]
