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
from services.partners.service import SERVICE as PARTNERS
from shared.auth.principal import Role
from tests.services.contributions.debating import ahead, argue, moderate, open_debate
from tests.services.contributions.writing import create, move, publish
from tests.services.events import planning, schedules
from tests.services.identity.oidc.provider import ProviderUnderTest
from tests.services.identity.people import PASSWORD, IdentityUnderTest
from tests.services.partners.town import CRITERIA, DEMONSTRATOR, Person, Town, accepted, begin
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
        service.resources.site_url = "http://demain.test"
        identity.trust_both_issuers()
        oidc = ProviderUnderTest(identity, service.http, "http://demain.test")
        client = await oidc.register(itself=True, scopes=["openid", "offline_access", "archive:read"])
        waiting = [await oidc.demand(client.request()), await oidc.demand(oidc.site.request())]
        citizen = people["citizen"]
        lent = await client.tokens(citizen)
        known = {
            **{name: [value] for name, value in client.request().items()},
            "grant_type": ["authorization_code", "refresh_token", "client_credentials"],
            "client_secret": [client.secret],
            "code": [await client.code(citizen) for _ in range(5)],
            "code_verifier": [client.verifier],
            "token": [lent["refresh_token"]],
            "id": [*(str(one.id) for one in people.values()), *waiting],
            "email": [*(one.email for one in people.values()), "personne@demain.example"],
            "password": [PASSWORD],
            "refresh_token": [*(one["refresh_token"] for one in sessions), lent["refresh_token"]],
            "display_name": ["Ada", "Élodie d’Arc"],
            "q": ["p", "Personne"],
            "reason": ["Des publicités."],
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
        english = await create(service, citizen, kind="idea", language="en")
        place = f"/api/contributions/{drafts[0]['id']}/invitations"
        secret = (await service.http.post(place, json={}, headers=citizen)).json()["secret"]
        invitations = (await service.http.get(place, headers=citizen)).json()["items"]
        debates = [await open_debate(service, editor, contribution=one["id"]) for one in published]
        arguments = [await argue(service, debates[0], citizen), await argue(service, debates[0])]
        await argue(service, debates[0], answers=arguments[1]["id"])
        hidden = await argue(service, debates[0], citizen)
        assert (await moderate(service, hidden, "hide")).status_code == 200
        ids = [one["id"] for one in (*drafts, submitted, *published, gone, english)]
        said = [one["id"] for one in (*arguments, hidden)]
        known = {
            "id": [*ids, *(one["id"] for one in debates), *said],
            "argument": said,
            "answers": [None, arguments[0]["id"]],
            "rule": ["respect", None],
            "zone": ["Europe/Paris"],
            "opens_at": [None],
            "closes_at": [ahead(days=3)],
            "since": [ahead(hours=-1)],
            "if-match": VERSIONS,
            "Idempotency-Key": KEYS,
            "themes": [["energy"], [], ["energy", "energy"]],
            "territories": [["lyon"], []],
            "theme": ["energy"],
            "territory": ["lyon"],
            "author": [published[0]["authors"][0]["id"]],
            "reason": ["Parce que.", None],
            "kind": ["idea"],
            "sources": [[{"title": "Atlas", "doi": "10.1000/182"}], []],
            "secret": [secret, "x"],
            "invitation_id": [one["id"] for one in invitations],
            "person": [drafts[0]["authors"][0]["id"]],
            "authors": [[one["id"] for one in drafts[0]["authors"]]],
            "contribution": [english["id"], *(one["id"] for one in published)],
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
async def _partners(server: TestServer, _: Path) -> AsyncIterator[Ground]:
    async with serving(server, PARTNERS) as service:
        town = Town(service)
        citizen = await town.somebody()
        story, partnership = await accepted(town)
        waiting = await begin(town)
        made = await town.post(
            story.applicant, "/api/demonstrators", {**DEMONSTRATOR, "partnership": partnership["id"]}
        )
        own = await town.organization(citizen, published=True)
        draft = await town.draft(citizen, waiting.call, own)
        path = f"/api/applications/{waiting.application['id']}/reviews"
        review = await town.post(waiting.reviewer, path, {"scores": {}, "text": "Solide."})
        invited = await town.post(citizen, f"/api/organizations/{own['id']}/invitations", {"role": "member"})
        speakers: Mapping[str, Person | None] = {
            "nobody": None,
            "citizen": citizen,
            "applicant": waiting.applicant,
            "reviewer": waiting.reviewer,
            "organizer": waiting.organizer,
            "admin": await town.somebody(Role.ADMIN),
        }
        people = [str(one.id) for one in speakers.values() if one is not None]
        organizations = [own["id"], waiting.organization["id"]]
        calls = [waiting.call["id"], story.call["id"]]
        entities = [draft, waiting.application, story.application, partnership, made, review]
        known = {
            "id": [*organizations, *calls, *(one["id"] for one in entities)],
            "organization": organizations,
            "call": calls,
            "partnership": [partnership["id"]],
            "person": people,
            "contact": [*people, None],
            "organizers": [people],
            "partner_contact": people,
            "host_contact": people,
            "invitation": [invited["id"]],
            "token": [invited["token"]],
            "if-match": VERSIONS,
            "Idempotency-Key": KEYS,
            "siren": ["732829320", None],
            "siret": ["73282932000074", None],
            "website": ["https://demain.example", None],
            "zone": ["Europe/Paris"],
            "criteria": [CRITERIA, []],
            "scores": [{"use": 4, "feasibility": 5}, {"use": 0}],
            "themes": [["energy"], []],
            "territories": [["lyon"], []],
            "reason": ["Parce que.", None],
        }
        yield Ground(service, known, {name: one.headers if one else {} for name, one in speakers.items()})


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
    "partners": _partners,
    "search": _search,
}
