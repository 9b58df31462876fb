"""Lists: whole, in order, page by page, and with as many queries for many rows as for few."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from services.partners.reactions import REACTIONS
from services.partners.service import SERVICE
from shared.contracts.base import Contract
from shared.contracts.identity import MailDomainForgotten, MailDomainMarked, PersonForgotten, PersonNamed
from shared.http import paging
from shared.messaging.applier import Applier
from tests.projection.speaking import Speaker
from tests.services.partners.town import Person, Town, accepted
from tests.support.service import QueryCounter

_APPLICATIONS = text("""
    INSERT INTO application (id, version, call_id, organization_id, created_by, title, summary, proposal, testing,
        place, themes, territories, state, created_at, updated_at, submitted_at, contact)
    SELECT gen_random_uuid(), 1, call_id, organization_id, created_by, 'Projet ' || n, '', '', '', '', '{}', '{}',
        'in_review', now(), now() - n % 7 * interval '1 hour', now(), created_by
    FROM application, generate_series(1, :many) AS n WHERE id = :like
""")
_ASSIGNMENTS = text("""
    INSERT INTO assignment (application_id, reviewer, by, at)
    SELECT a.id, g.reviewer, g.by, now() FROM application a, assignment g
    WHERE g.application_id = :like ON CONFLICT DO NOTHING
""")
_REVIEWS = text("""
    INSERT INTO review (id, version, application_id, reviewer, scores, text, state, created_at, updated_at,
        submitted_at)
    SELECT gen_random_uuid(), 1, application_id, reviewer, '{"use": 3, "feasibility": 4}', 'Bien.', 'submitted', now(),
        now() - random() * interval '1 day', now()
    FROM assignment ON CONFLICT DO NOTHING
""")
_PARTNERSHIPS = text("""
    INSERT INTO partnership (id, version, application_id, call_id, organization_id, title, partner_contact,
        host_contact, created_at, updated_at)
    SELECT gen_random_uuid(), 1, id, call_id, organization_id, title, created_by, created_by, now(), now()
    FROM application ON CONFLICT DO NOTHING
""")
_DEMONSTRATORS = text("""
    INSERT INTO demonstrator (ordinal, id, version, partnership_id, organization_id, language, title, summary, tested,
        place, themes, territories, partners, results, newest_results, state, created_at, updated_at, published_at)
    SELECT 0, gen_random_uuid(), 1, id, organization_id, 'fr', title, '', '', '', '{energy}', '{}', '{}', 0, '',
        'published', now(), now(), now() - random() * interval '1 day'
    FROM partnership
""")
_RESULTS = text("""
    INSERT INTO result (id, demonstrator_id, "on", text, unit, by, at)
    SELECT gen_random_uuid(), id, date '2026-01-01' + n, 'Rien.', '', gen_random_uuid(), now()
    FROM demonstrator, generate_series(1, 3) AS n
""")
_OTHERS = text("""
    INSERT INTO organization (ordinal, id, version, kind, language, name, summary, description, themes, territories,
        state, created_at, updated_at, published_at)
    SELECT 0, gen_random_uuid(), 1, 'lab', 'fr', 'Labo ' || n, '', '', '{}', '{}', 'published', now(), now(), now()
    FROM generate_series(1, :many) AS n
""")
_CALLS = text("""
    INSERT INTO call (ordinal, id, version, kind, language, title, summary, description, themes, territories, criteria,
        top_score, zone, organizers, state, created_at, updated_at, published_at)
    SELECT 0, gen_random_uuid(), 1, 'open', 'fr', 'Appel ' || n, '', '', '{}', '{}', '[]', 5, 'Europe/Paris', '{}',
        'published', now(), now(), now()
    FROM generate_series(1, :many) AS n
""")
_MEMBERS = text("""
    INSERT INTO membership (organization_id, person, role, since)
    SELECT :organization, gen_random_uuid(), 'member', now() FROM generate_series(1, :many)
""")
_INVITATIONS = text("""
    INSERT INTO invitation (id, organization_id, role, note, digest, by, at, expires_at)
    SELECT gen_random_uuid(), :organization, 'member', '', sha256(random()::text::bytea), gen_random_uuid(), now(),
        now() + interval '1 day'
    FROM generate_series(1, :many)
""")


class Board:
    """A story with many of everything."""

    def __init__(self, town: Town, story: Any) -> None:
        self.town, self.story = town, story
        application, organization = story.application["id"], story.organization["id"]
        call = story.call["id"]
        self.paths: dict[str, Person | None] = {
            "/api/organizations": None,
            "/api/organizations?state=any": story.organizer,
            "/api/organizations/mine": story.applicant,
            f"/api/organizations/{organization}/members": story.applicant,
            f"/api/organizations/{organization}/invitations": story.applicant,
            "/api/calls": None,
            "/api/calls?mine=true": story.organizer,
            f"/api/calls/{call}/applications": story.organizer,
            f"/api/calls/{call}/applications?state=in_review": story.reviewer,
            f"/api/calls/{call}/applications/counts": story.organizer,
            "/api/applications/mine": story.applicant,
            f"/api/applications/{application}/reviewers": story.organizer,
            f"/api/applications/{application}/reviews": story.organizer,
            f"/api/applications/{application}/conflicts": story.organizer,
            "/api/reviews/mine": story.reviewer,
            "/api/partnerships": story.applicant,
            "/api/demonstrators": None,
            "/api/demonstrators?mine=true": story.applicant,
            f"/api/demonstrators?organization={organization}": story.applicant,
        }

    async def fill(self, many: int) -> None:
        """More of everything."""
        like, organization = UUID(self.story.application["id"]), UUID(self.story.organization["id"])
        async with self.town.service.database.transaction() as session:
            for statement in (_OTHERS, _CALLS):
                await session.execute(statement, {"many": many})
            await session.execute(_APPLICATIONS, {"many": many, "like": like})
            await session.execute(_ASSIGNMENTS, {"like": like})
            for statement in (_REVIEWS, _PARTNERSHIPS, _DEMONSTRATORS, _RESULTS):
                await session.execute(statement)
            for statement in (_MEMBERS, _INVITATIONS):
                await session.execute(statement, {"many": many, "organization": organization})
            # They are new, and nobody knows their domains: nobody could review anything of theirs.
            await session.execute(
                text("INSERT INTO mail_domain (person) SELECT person FROM membership ON CONFLICT DO NOTHING")
            )


async def _board(town: Town) -> Board:
    story, _ = await accepted(town)
    return Board(town, story)


async def test_a_list_asks_as_often_for_many_rows_as_for_few(town: Town) -> None:
    board = await _board(town)
    counts: dict[str, list[int]] = {path: [] for path in board.paths}
    for _ in range(2):
        await board.fill(30)
        for path, who in board.paths.items():
            with QueryCounter(town.service.database) as counter:
                found = await town.get(who, path)
            assert found.get("items") or found.get("counts") or path.endswith("/conflicts"), path
            counts[path].append(counter.count)
    for path, (few, many) in counts.items():
        assert few == many <= 5, path


async def test_pages_show_everything_once_in_order(town: Town) -> None:
    board = await _board(town)
    await board.fill(23)
    for path, who in board.paths.items():
        if path.endswith("/counts"):
            continue
        found: list[str] = []
        url: str | None = f"{path}{'&' if '?' in path else '?'}limit=10"
        while url is not None:
            answer = await town.ask(who, "GET", url)
            page = answer.json()
            assert len(page["items"]) <= 10
            found += [str(one.get("id") or one.get("person") or one.get("application")) for one in page["items"]]
            link = answer.links.get("next")
            assert (link is None) == (page["next"] is None), path
            url = link["url"] if link else None
        whole = (await town.get(who, f"{path}{'&' if '?' in path else '?'}limit=100"))["items"]
        assert len(found) == len(set(found)) == len(whole), path


async def test_results_are_told_newest_day_first(town: Town) -> None:
    board = await _board(town)
    await board.fill(1)
    (first, *_) = (await town.get(None, "/api/demonstrators"))["items"]
    path = f"/api/demonstrators/{first['id']}/results"
    one = await town.get(None, f"{path}?limit=2")
    two = await town.get(None, f"{path}?limit=2&cursor={one['next']}")
    days = [found["on"] for found in (*one["items"], *two["items"])]
    assert days == sorted(days, reverse=True)
    assert len(days) == 3


_NOBODY = "00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize(
    "cursor",
    [
        *("x", "W10", "WzEsMl0", "é", "bnVsbA", "e30"),
        paging.encode(["2026-01-31", _NOBODY]),
        paging.encode(["2026-01-31T18:00:00", _NOBODY]),
        paging.encode(["9999-12-31T23:59:59-14:00", _NOBODY]),
    ],
)
async def test_a_cursor_that_says_nothing_is_named(town: Town, cursor: str) -> None:
    for path in ("/api/calls", "/api/organizations", "/api/demonstrators"):
        answer = await town.service.http.get(path, params={"cursor": cursor})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "cursor"), path


async def test_a_cursor_of_another_list_is_refused_where_days_are_counted(town: Town) -> None:
    board = await _board(town)
    await board.fill(1)
    (first, *_) = (await town.get(None, "/api/demonstrators"))["items"]
    cursor = paging.encode(["2026-01-31T18:00:00+01:00", _NOBODY])
    answer = await town.service.http.get(f"/api/demonstrators/{first['id']}/results", params={"cursor": cursor})
    assert answer.status_code == 422


async def test_identity_is_heard_through_the_log(town: Town) -> None:
    applier, speaker = Applier(town.service.database, REACTIONS, "the log"), Speaker()
    person = "0192f000-0000-7000-8000-000000000001"

    async def hear(*told: Contract) -> tuple[list[Any], list[Any]]:
        outcome = await applier.apply([speaker.says(one) for one in told])
        assert not outcome.stops
        async with town.service.database.transaction() as session:
            names = (await session.execute(text("SELECT name FROM person_name"))).scalars().all()
            marks = (await session.execute(text("SELECT mark FROM mail_domain"))).scalars().all()
        return list(names), list(marks)

    assert await hear(PersonNamed(id=person, name="Inès"), MailDomainMarked(id=person, mark="m")) == (["Inès"], ["m"])
    assert await hear(MailDomainMarked(id=person, mark=None)) == (["Inès"], [None])
    assert await hear(MailDomainMarked(id=person, mark="n")) == (["Inès"], ["n"])
    assert await hear(PersonForgotten(id=person), MailDomainForgotten(id=person)) == ([], [None])


def test_what_is_listened_to() -> None:
    assert set(SERVICE.heard) == {"demain.identity.people", "demain.identity.mail_domains.private"}
