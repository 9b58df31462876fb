"""People with names and mail domains, and what they do: the shortest way to each state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from services.partners.reactions import NAMES, mark_domains
from shared.auth.principal import Role
from shared.contracts.identity import MailDomainForgotten, MailDomainMarked, PersonForgotten, PersonNamed
from shared.messaging.envelope import Incoming
from shared.storage.identifiers import new_id
from tests.support.service import ServiceUnderTest

ORGANIZATION: dict[str, Any] = {
    "kind": "startup",
    "name": "Calories douces",
    "summary": "Nous chauffons des quartiers avec l’eau qui s’infiltre dans le métro.",
    "themes": ["energy"],
    "territories": ["lyon"],
}
CRITERIA = [
    {"id": "use", "name": "Utilité pour les habitants", "weight": 3},
    {"id": "feasibility", "name": "Faisabilité", "weight": 2},
]
CALL: dict[str, Any] = {
    "kind": "projects",
    "title": "Chauffer une rue avec la chaleur perdue",
    "summary": "Une rue, un hiver, une source de chaleur dont personne ne se sert.",
    "description": "Nous cherchons qui essaiera.",
    "criteria": CRITERIA,
    "themes": ["energy"],
    "territories": ["lyon"],
}
APPLICATION: dict[str, Any] = {
    "title": "La rue des Capucins à 45 °C",
    "summary": "Une pompe à chaleur dans une station désaffectée.",
    "proposal": "Nous installons une pompe à chaleur, et quarante logements sont chauffés.",
    "testing": "Si quarante logements se chauffent tout un hiver.",
    "place": "Rue des Capucins",
}
DEMONSTRATOR: dict[str, Any] = {
    "title": "La rue des Capucins à 45 °C",
    "summary": "Quarante logements chauffés par l’eau du métro.",
    "tested": "Une pompe à chaleur dans une station désaffectée.",
    "place": "Rue des Capucins, Lyon 1er",
    "territories": ["lyon"],
    "themes": ["energy"],
    "partners": ["Régie du métro"],
    "until": "2027-04-30",
}
MOTIVE = "Le projet répond à l’appel."


@dataclass(frozen=True)
class Person:
    """Somebody with a token."""

    id: UUID
    headers: dict[str, str]


@dataclass
class Town:
    """The service under test."""

    service: ServiceUnderTest

    async def somebody(self, *roles: Role, mark: str | bool | None = True, id: UUID | None = None) -> Person:
        """A person with a name and, unless ``mark`` is False, a known mail domain: one of their own, or ``mark``."""
        id = id or new_id()
        await self.hears(PersonNamed(id=str(id), name=f"Personne {str(id)[-4:]}"))
        if mark is not False:
            await self.hears(MailDomainMarked(id=str(id), mark=str(id) if mark is True else mark))
        return Person(id, self.service.issuer.bearer(id, *roles))

    async def hears(self, told: PersonNamed | PersonForgotten | MailDomainMarked | MailDomainForgotten) -> None:
        """Identity says something."""
        message = Incoming(told, told.TOPIC, told.id, 1, 1, "", datetime.now(UTC), None)
        apply = NAMES.apply if isinstance(told, PersonNamed | PersonForgotten) else mark_domains
        async with self.service.database.transaction() as session:
            await apply(session, [message])

    async def ask(self, who: Person | None, method: str, path: str, **options: Any) -> httpx.Response:
        """A request of somebody's, or of nobody's."""
        headers = {**(who.headers if who else {}), **options.pop("headers", {})}
        return await self.service.http.request(method, path, headers=headers, **options)

    async def get(self, who: Person | None, path: str, expect: int = 200) -> dict[str, Any]:
        """What is answered to a GET."""
        answer = await self.ask(who, "GET", path)
        assert answer.status_code == expect, answer.text
        return dict(answer.json())

    async def post(self, who: Person | None, path: str, body: Any, expect: int = 201) -> dict[str, Any]:
        """What is answered to a POST."""
        answer = await self.ask(who, "POST", path, json=body)
        assert answer.status_code == expect, answer.text
        return dict(answer.json())

    async def change(
        self, who: Person | None, path: str, entity: dict[str, Any], changes: dict[str, Any]
    ) -> httpx.Response:
        """A PATCH of the version at hand."""
        headers = {"If-Match": f'"{entity["version"]}"'}
        return await self.ask(who, "PATCH", f"{path}/{entity['id']}", json=changes, headers=headers)

    async def move(
        self, who: Person | None, path: str, entity: dict[str, Any], action: str, reason: str | None = None, **more: Any
    ) -> httpx.Response:
        """Ask for a transition of the version at hand."""
        body = {"action": action, **({"reason": reason} if reason else {}), **more}
        headers = {"If-Match": f'"{entity["version"]}"'}
        return await self.ask(who, "POST", f"{path}/{entity['id']}/transitions", json=body, headers=headers)

    async def moved(self, who: Person | None, path: str, entity: dict[str, Any], action: str, *args: Any) -> Any:
        """The entity after a transition that must succeed."""
        answer = await self.move(who, path, entity, action, *args)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def organization(self, owner: Person, *, published: bool = False, **changes: Any) -> dict[str, Any]:
        """An organization of theirs."""
        made = await self.post(owner, "/api/organizations", {**ORGANIZATION, **changes})
        return await self.moved(owner, "/api/organizations", made, "publish") if published else made

    async def join(self, owner: Person, organization: dict[str, Any], person: Person, role: str = "member") -> None:
        """Make somebody a member, by invitation."""
        path = f"/api/organizations/{organization['id']}/invitations"
        token = (await self.post(owner, path, {"role": role}))["token"]
        # Tests let more people in than anybody does in a minute.
        self.service.resources.own.clear()
        await self.post(person, "/api/organizations/invitations/acceptance", {"token": token}, 200)

    async def call(self, organizer: Person, *, published: bool = True, **changes: Any) -> dict[str, Any]:
        """A call, open for a month."""
        deadline = (datetime.now(UTC) + timedelta(days=30)).isoformat()
        made = await self.post(organizer, "/api/calls", {**CALL, "deadline": deadline, **changes})
        return await self.moved(organizer, "/api/calls", made, "publish") if published else made

    async def draft(self, applicant: Person, call: dict[str, Any], organization: dict[str, Any], **changes: Any) -> Any:
        """A complete draft."""
        body = {**APPLICATION, "organization": organization["id"], **changes}
        return await self.post(applicant, f"/api/calls/{call['id']}/applications", body)

    async def submitted(self, applicant: Person, call: dict[str, Any], organization: dict[str, Any]) -> Any:
        """A submitted application."""
        draft = await self.draft(applicant, call, organization)
        return await self.moved(applicant, "/api/applications", draft, "submit")

    async def assign(self, organizer: Person, application: dict[str, Any], reviewer: Person) -> httpx.Response:
        """Ask that somebody review it."""
        path = f"/api/applications/{application['id']}/reviewers"
        return await self.ask(organizer, "POST", path, json={"person": str(reviewer.id)})

    async def review(self, reviewer: Person, application: dict[str, Any], *scores: int) -> dict[str, Any]:
        """A submitted review."""
        given = dict(zip([one["id"] for one in CRITERIA], scores, strict=True))
        path = f"/api/applications/{application['id']}/reviews"
        made = await self.post(reviewer, path, {"scores": given, "text": "Solide et bien chiffré."})
        done = await self.moved(reviewer, "/api/reviews", made, "submit")
        return dict(done)


@dataclass
class Story:
    """Those who take part in the shortest story, and how far it is."""

    organizer: Person
    applicant: Person
    reviewer: Person
    organization: dict[str, Any]
    call: dict[str, Any]
    application: dict[str, Any]


async def begin(town: Town) -> Story:
    """An application in review, with a reviewer who has no interest."""
    organizer, applicant = await town.somebody(Role.ORGANIZER), await town.somebody(Role.PARTNER)
    reviewer = await town.somebody(Role.REVIEWER)
    organization = await town.organization(applicant)
    call = await town.call(organizer)
    application = await town.submitted(applicant, call, organization)
    answer = await town.assign(organizer, application, reviewer)
    assert answer.status_code == 200, answer.text
    in_review = await town.get(organizer, f"/api/applications/{application['id']}")
    return Story(organizer, applicant, reviewer, organization, call, in_review)


async def accepted(town: Town) -> tuple[Story, dict[str, Any]]:
    """An accepted application, and its partnership."""
    story = await begin(town)
    decided = await town.moved(story.organizer, "/api/applications", story.application, "accept", MOTIVE)
    partnership = await town.get(story.applicant, f"/api/partnerships/{decided['partnership']}")
    story.application = decided
    return story, partnership
