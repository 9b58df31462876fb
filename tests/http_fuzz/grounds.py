"""Each service with something in it, and what of that a request can name."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from services.contributions.commands.taxonomy import define_the_usual
from services.contributions.service import SERVICE as CONTRIBUTIONS
from services.events.service import SERVICE as EVENTS
from services.identity.service import SERVICE as IDENTITY
from shared.auth.principal import Role
from tests.services.contributions.writing import create, move, publish
from tests.services.events import planning, schedules
from tests.services.identity.people import PASSWORD, IdentityUnderTest
from tests.services.search.city import CONTRIBUTIONS as TEXTS
from tests.services.search.city import PEOPLE, city, id_of
from tests.support.postgres import TestServer
from tests.support.service import ServiceUnderTest, serving

CALLERS: Mapping[str, tuple[Role, ...] | None] = {
    "nobody": None,
    "citizen": (),
    "editor": (Role.EXPERT, Role.EDITOR),
    "admin": (Role.ADMIN,),
}
VERSIONS = ['"1"', '"2"', '"3"', "*"]
KEYS = ["a", "b"]


@dataclass
class Ground:
    """A service and what is known of what is in it."""

    service: ServiceUnderTest
    known: Mapping[str, Sequence[Any]]
    """Name of a parameter or a field → values that mean something."""
    tokens: Mapping[str, dict[str, str]]
    """Caller → header."""


def _tokens(service: ServiceUnderTest, ids: Mapping[str, UUID] | None = None) -> dict[str, dict[str, str]]:
    return {
        name: {} if roles is None else service.someone(*roles, id=(ids or {}).get(name))
        for name, roles in CALLERS.items()
    }


@asynccontextmanager
async def _identity(server: TestServer, _: Path) -> AsyncIterator[Ground]:
    async with serving(server, IDENTITY) as service:
        identity = IdentityUnderTest(service)
        people = {name: await identity.join(*roles) for name, roles in CALLERS.items() if roles is not None}
        sessions = [await identity.signed_in(one) for one in people.values() for _ in range(2)]
        known = {
            "id": [str(one.id) for one in people.values()],
            "email": [*(one.email for one in people.values()), "personne@demain.example"],
            "password": [PASSWORD],
            "refresh_token": [one["refresh_token"] for one in sessions],
            "display_name": ["Ada", "Élodie d’Arc"],
            "q": ["p", "Personne"],
            "if-match": VERSIONS,
            "Idempotency-Key": KEYS,
        }
        yield Ground(service, known, _tokens(service, {name: one.id for name, one in people.items()}))


@asynccontextmanager
async def _contributions(server: TestServer, _: Path) -> AsyncIterator[Ground]:
    async with serving(server, CONTRIBUTIONS) as service:
        async with service.database.transaction() as session:
            await define_the_usual(session)
        tokens = _tokens(service)
        citizen, editor = tokens["citizen"], tokens["editor"]
        drafts = [await create(service, who, kind="idea") for who in (citizen, editor)]
        submitted = await create(service, citizen, kind="idea")
        await move(service, citizen, submitted, "submit")
        published = [await publish(service, citizen, kind="idea") for _ in range(2)]
        gone = await publish(service, citizen, kind="idea")
        withdrawn = await move(service, editor, gone, "withdraw", "Une erreur de méthode.")
        assert withdrawn.status_code == 200, withdrawn.text
        known = {
            "id": [one["id"] for one in (*drafts, submitted, *published, gone)],
            "if-match": VERSIONS,
            "Idempotency-Key": KEYS,
            "themes": [["energy"], [], ["energy", "energy"]],
            "territories": [["lyon"], []],
            "theme": ["energy"],
            "territory": ["lyon"],
            "author": [published[0]["authors"][0]["id"]],
            "reason": ["Parce que.", None],
            "kind": ["idea"],
        }
        yield Ground(service, known, tokens)


@asynccontextmanager
async def _events(server: TestServer, _: Path) -> AsyncIterator[Ground]:
    async with serving(server, EVENTS) as service:
        tokens = _tokens(service)
        admin, citizen = tokens["admin"], tokens["citizen"]
        unlabelled: dict[str, Any] = {"themes": [], "territories": []}
        draft = await planning.create(service, admin, **unlabelled)
        published = await planning.publish(service, admin, capacity=1, **unlabelled)
        off = await planning.publish(service, admin, **unlabelled)
        cancelled = await planning.move(service, admin, off, "cancel", "Grève.")
        assert cancelled.status_code == 200, cancelled.text
        rooms = [await planning.add_room(service, admin, published, name) for name in ("Agora", "Atelier")]
        planned = [await planning.add_session(service, admin, published, room, "2090-03-25T10:00") for room in rooms]
        for who in (citizen, admin):
            await service.http.post(f"/api/forums/{published['id']}/registrations", headers=who)
        sessions = [one["id"] for one in planned]
        known = {
            "id": [published["id"], draft["id"], off["id"]],
            "session_id": sessions,
            "room": rooms,
            "if-match": VERSIONS,
            "Idempotency-Key": KEYS,
            "starts_at": ["2090-03-26T02:30", "2090-10-29T02:30", "2090-03-26T10:00:00+02:00"],
            "zone": ["Europe/Paris", "Pacific/Apia"],
            "starts_on": ["2090-03-25"],
            "ends_on": ["2090-03-26"],
            "themes": [[]],
            "territories": [[]],
            "track": ["Technique", None],
            "reason": ["Parce que.", None],
            "document": [schedules.document()],
            "forum": [published["id"], None],
            "one": [{"id": sessions[0], "version": 1}],
            "other": [{"id": sessions[1], "version": 1}],
        }
        yield Ground(service, known, tokens)


@asynccontextmanager
async def _search(server: TestServer, folder: Path) -> AsyncIterator[Ground]:
    async with city(server, folder) as known_city:
        await known_city.hears(*PEOPLE, *TEXTS)
        await known_city.settles()
        service = known_city.service
        first = await known_city.search("", limit=1)
        known = {
            "id": [id_of(number) for number in range(1, 8)],
            "q": ["mobilité", "la mobilite -velo", '"cool streets"', "mobilte", ""],
            "theme": [["energy", "mobility"]],
            "cursor": [first["next"]],
            "from": ["2026-01-31"],
            "to": ["2026-12-31T18:00:00+01:00"],
        }
        yield Ground(service, known, _tokens(service))


GROUNDS: Mapping[str, Callable[[TestServer, Path], AbstractAsyncContextManager[Ground]]] = {
    "identity": _identity,
    "contributions": _contributions,
    "events": _events,
    "search": _search,
}
