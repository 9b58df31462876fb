"""What happens in a town: changes of everything that public pages show, and the time that passes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import httpx

from services.web.page_cache.recording import DRIFT
from shared.auth.principal import Role
from shared.storage.identifiers import new_id
from tests.page_cache.town import FRESH, Town
from tests.services.contributions.writing import DRAFT
from tests.services.events.planning import FORUM
from tests.services.partners.town import CALL, DEMONSTRATOR, ORGANIZATION, accepted
from tests.services.partners.town import Town as Partners

Entity = dict[str, Any]
LISTS = ("/", "/contributions", "/debats", "/debats?phase=open", "/forums", "/organisations", "/demonstrateurs")


@dataclass
class Life:
    """Everything there is, and what may happen to it."""

    town: Town
    dice: Random
    contributions: list[Entity] = field(default_factory=list)
    debates: list[Entity] = field(default_factory=list)
    arguments: list[Entity] = field(default_factory=list)
    forums: list[Entity] = field(default_factory=list)
    sessions: list[Entity] = field(default_factory=list)
    organizations: list[Entity] = field(default_factory=list)
    calls: list[Entity] = field(default_factory=list)
    demonstrators: list[Entity] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    """What was asked and granted, by name."""

    def __post_init__(self) -> None:
        self.person = new_id()
        self.all_roles = self.town.issuer.bearer(self.person, *Role)
        self.citizens = [self.town.issuer.bearer(new_id()) for _ in range(4)]

    async def begin(self) -> None:
        """One of each, by somebody with a name."""
        await self.town.named(self.person, "Nadia Belkacem")
        for happen in (self.publish, self.publish, self.debate, self.argue, self.argue, self.gather, self.found):
            await happen()
        _, partnership = await accepted(Partners(self.town["partners"]))
        host = self.town.issuer.bearer(partnership["host_contact"]["id"], Role.ORGANIZER)
        made = await self.ask("POST", "/api/demonstrators", {**DEMONSTRATOR, "partnership": partnership["id"]}, host)
        if made is not None:
            self.demonstrators.append({**made, "by": host})
            await self.move("/api/demonstrators", self.demonstrators[0], "publish", who=host)
        await self.town.settled()

    async def step(self) -> str:
        """Something happens; its name."""
        happen = self.dice.choice(list(self.changes.values()))
        await happen()
        return happen.__name__

    @property
    def changes(self) -> Mapping[str, Callable[[], Awaitable[None]]]:
        """All that may happen, by name."""
        happenings = (
            *(self.publish, self.correct, self.withdraw, self.translate, self.rename_theme, self.rename),
            *(self.debate, self.change_debate, self.end_debate, self.argue, self.argue, self.endorse, self.moderate),
            *(self.gather, self.change_forum, self.plan, self.change_session, self.rename_room, self.register),
            *(self.found, self.change_partner, self.result, self.pass_time, self.pass_time, self.pass_time),
        )
        return {f"{happen.__name__}{at}": happen for at, happen in enumerate(happenings)}

    # Contributions

    async def publish(self) -> None:
        language = self.dice.choice(("fr", "en"))
        draft = {**DRAFT, "kind": self.dice.choice(("study", "idea")), "language": language, "title": self._words()}
        made = await self.ask("POST", "/api/contributions", draft)
        if made is not None:
            for action in ("submit", "publish"):
                made = await self.move("/api/contributions", made, action) or made
            self.contributions.append(made)

    async def correct(self) -> None:
        one = self._one(self.contributions)
        await self.change("/api/contributions", one, {"title": self._words(), "reason": "Un chiffre était faux."})

    async def withdraw(self) -> None:
        if len(self.contributions) > 2:
            await self.move("/api/contributions", self._one(self.contributions), "withdraw", "Retiré.")

    async def translate(self) -> None:
        one, other = self._one(self.contributions), self._one(self.contributions)
        path = f"/api/contributions/{one['id']}/translations"
        headers = await self.at("/api/contributions", one)
        if self.dice.random() < 0.4:
            await self.ask("DELETE", path, None, headers=headers)
        else:
            await self.ask("PUT", path, {"contribution": other["id"]}, headers=headers)

    async def rename_theme(self) -> None:
        theme = self.dice.choice(("energy", "water"))
        named = {"names": {"fr": self._words(), "en": self._words()}}
        await self.ask("PATCH", f"/api/themes/{theme}", named, headers={"If-Match": "*"})

    async def rename(self) -> None:
        await self.town.named(self.person, f"Nadia {self._words()}")
        self.done["rename"] += 1

    # Debates

    async def debate(self) -> None:
        about = self._one(self.contributions)["id"] if self.dice.random() < 0.6 else None
        opens = self._now() + timedelta(hours=self.dice.choice((-1, 0, 5, 30))) if about is None else self._now()
        asked = {
            "question": self._words(),
            "introduction": "",
            "contribution": about,
            "themes": ["energy"],
            "territories": [],
            "opens_at": max(opens, self._now()).isoformat(),
            "closes_at": (self._now() + timedelta(hours=self.dice.choice((40, 90)))).isoformat(),
        }
        self._kept(self.debates, await self.ask("POST", "/api/debates", asked))

    async def change_debate(self) -> None:
        closes = (self._now() + timedelta(hours=self.dice.choice((2, 60)))).isoformat()
        await self.change("/api/debates", self._one(self.debates), {"closes_at": closes, "introduction": self._words()})

    async def end_debate(self) -> None:
        if len(self.debates) > 2:
            await self.move("/api/debates", self._one(self.debates), self.dice.choice(("close", "withdraw")), "Fini.")

    async def argue(self) -> None:
        debate = self._one(self.debates)
        there = [one for one in self.arguments if one["debate"]["id"] == debate["id"] and not one["answers"]]
        answers = self.dice.choice(there)["id"] if there and self.dice.random() < 0.4 else None
        said = {
            "body": self._words(),
            "answers": answers,
            "position": None if answers else self.dice.choice(("for", "against", "nuance")),
        }
        who = self.dice.choice([self.all_roles, *self.citizens])
        made = await self.ask("POST", f"/api/debates/{debate['id']}/arguments", said, who)
        if made is not None:
            self.arguments.append({**made, "by": who})

    async def endorse(self) -> None:
        path = f"/api/arguments/{self._one(self.arguments)['id']}/endorsement"
        await self.ask(self.dice.choice(("PUT", "PUT", "DELETE")), path, None, self.dice.choice(self.citizens))

    async def moderate(self) -> None:
        one = self._one(self.arguments)
        action = self.dice.choice(("hide", "restore", "take_back"))
        if action == "take_back":
            await self.ask("DELETE", f"/api/arguments/{one['id']}", None, one["by"], headers={"If-Match": "*"})
            return
        asked = {"action": action, "reason": "Des noms.", **({"rule": "privacy"} if action == "hide" else {})}
        moderator = self.town.issuer.bearer(new_id(), Role.MODERATOR)
        await self.ask("POST", f"/api/arguments/{one['id']}/moderation", asked, moderator)

    # Forums

    async def gather(self) -> None:
        day = self._now().date() + timedelta(days=self.dice.choice((0, 1, 3)))
        asked = {**FORUM, "title": self._words(), "starts_on": str(day), "ends_on": str(day + timedelta(days=1))}
        made = await self.ask("POST", "/api/forums", {**asked, "capacity": 3})
        if made is None:
            return
        room = await self.ask("POST", f"/api/forums/{made['id']}/rooms", {"name": self._words()})
        forum = await self.move("/api/forums", made, "publish") or made
        self.forums.append({**forum, "room": room["id"] if room else "", "day": str(day)})
        await self.plan()

    async def change_forum(self) -> None:
        one = self._one(self.forums)
        if self.dice.random() < 0.3:
            await self.move("/api/forums", one, self.dice.choice(("cancel", "restore", "retract", "publish")), "Motif.")
        else:
            changes = self.dice.choice(({"title": self._words()}, {"capacity": self.dice.choice((1, 50))}))
            await self.change("/api/forums", one, changes)

    async def plan(self) -> None:
        forum = self._one(self.forums)
        hour = f"{forum['day']}T{self.dice.randrange(8, 22):02}:00"
        asked = {"title": self._words(), "room": forum["room"], "starts_at": hour, "minutes": 60}
        asked["speakers"] = [{"person": str(self.person), "name": "Nadia"}]
        self._kept(self.sessions, await self.ask("POST", f"/api/forums/{forum['id']}/sessions", asked))

    async def change_session(self) -> None:
        one = self._one(self.sessions)
        path = f"/api/forums/{one['forum']}/sessions"
        if self.dice.random() < 0.5:
            await self.change(path, one, {"title": self._words()})
        else:
            await self.move(path, one, self.dice.choice(("cancel", "restore")), "Motif.")

    async def rename_room(self) -> None:
        forum = self._one(self.forums)
        path = f"/api/forums/{forum['id']}/rooms/{forum['room']}"
        await self.ask("PATCH", path, {"name": self._words()}, headers={"If-Match": "*"})

    async def register(self) -> None:
        path = f"/api/forums/{self._one(self.forums)['id']}/registrations"
        await self.ask(self.dice.choice(("POST", "POST", "DELETE")), path, None, self.dice.choice(self.citizens))

    # Partners

    async def found(self) -> None:
        made = await self.ask("POST", "/api/organizations", {**ORGANIZATION, "name": self._words()})
        if made is not None:
            self.organizations.append(await self.move("/api/organizations", made, "publish") or made)
        opens = self._now() + timedelta(hours=self.dice.choice((1, 20)))
        instants = {"opens_at": opens.isoformat(), "deadline": (opens + timedelta(hours=30)).isoformat()}
        call = await self.ask("POST", "/api/calls", {**CALL, "title": self._words(), **instants})
        if call is not None:
            self.calls.append(await self.move("/api/calls", call, "publish") or call)

    async def change_partner(self) -> None:
        match self.dice.randrange(4):
            case 0:
                await self.change("/api/organizations", self._one(self.organizations), {"name": self._words()})
            case 1:
                await self.change("/api/calls", self._one(self.calls), {"title": self._words()})
            case 2:
                await self.move("/api/calls", self._one(self.calls), "close", "Assez.")
            case _ if len(self.organizations) > 1:
                await self.move("/api/organizations", self._one(self.organizations), "withdraw", "Fini.")

    async def result(self) -> None:
        one = self.demonstrators[0]
        said = {"on": str(self._now().date()), "text": self._words()}
        await self.ask("POST", f"/api/demonstrators/{one['id']}/results", said, one["by"])

    # Time

    async def pass_time(self) -> None:
        """An hour or two, or to just after the next instant that some kept page waits for."""
        to = self._now() + timedelta(minutes=self.dice.randrange(200))
        waited = [until for key in self.town.cache.addresses() if (until := self.town.cache.until(key)) is not None]
        if waited and self.dice.random() < 0.7:
            to = min(waited) + 2 * DRIFT + timedelta(seconds=1)
        self.town.clock.set(to)
        self.done["pass_time"] += 1

    # What is compared

    @property
    def addresses(self) -> list[str]:
        """Every page that may be kept, of what there is."""
        found = [*LISTS]
        entities = (self.contributions, self.debates, self.forums, self.sessions, self.organizations, self.calls)
        found += [one["url"] for kind in (*entities, self.demonstrators) for one in kind[-2:]]
        found += [f"/forums/{one['id']}/{page}" for one in self.forums[-2:] for page in ("programme", "grille")]
        found += [f"/forums/{one['id']}/programme?day={one['day']}" for one in self.forums[-1:]]
        found += [f"{one['url']}?position=for&order=newest" for one in self.debates[-1:]]
        said = [one for one in self.arguments[-3:] if not one["answers"]]
        found += [f"/debats/{one['debate']['id']}/arguments/{one['id']}" for one in said]
        return found

    async def look(self) -> None:
        """Anonymous readers look at everything, in both languages."""
        for path in self.addresses:
            for language in ("", "/en"):
                await self.town.page(language + (path if path != "/" or not language else ""))

    async def stale(self) -> list[str]:
        """The addresses at which a kept page differs from one made anew."""
        found = []
        for _, path, query in self.town.cache.addresses():
            address = f"{path}?{query}" if query else path
            if await differs(self.town, address):
                found.append(address)
        return found

    def _now(self) -> datetime:
        return self.town.clock.now(UTC)

    def _words(self) -> str:
        return " ".join(self.dice.sample(("eau", "ville", "rue", "métro", "arbre", "toit", "gare", "place"), 3))

    def _one(self, kind: list[Entity]) -> Entity:
        return self.dice.choice(kind)

    @staticmethod
    def _kept(kind: list[Entity], made: Entity | None) -> None:
        if made is not None:
            kind.append(made)

    async def ask(
        self,
        method: str,
        path: str,
        body: Any,
        who: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Entity | None:
        answer: httpx.Response = await self.town.http.request(
            method, path, json=body, headers={**(who or self.all_roles), **(headers or {})}
        )
        assert answer.status_code < 500, answer.text
        assert answer.status_code != 422, (method, path, body, answer.text)
        if answer.status_code >= 400:
            return None
        self.done[
            f"{method} {path.split('/')[2]} {path.rsplit('/', 1)[-1] if path.count('/') > 3 else ''}".strip()
        ] += 1
        return dict(answer.json()) if answer.content else {}

    async def at(self, path: str, one: Entity) -> dict[str, str]:
        """The header of who changes it as it is now."""
        answer = await self.town.http.get(f"{path}/{one['id']}", headers=self.all_roles)
        return {"If-Match": f'"{answer.json().get("version", one["version"])}"'}

    async def change(self, path: str, one: Entity, changes: Mapping[str, Any]) -> None:
        await self.ask("PATCH", f"{path}/{one['id']}", changes, headers=await self.at(path, one))

    async def move(
        self, path: str, one: Entity, action: str, reason: str | None = None, who: Mapping[str, str] | None = None
    ) -> Entity | None:
        needs_none = action in ("publish", "submit", "restore", "close")
        asked = {"action": action, "reason": None if needs_none else reason}
        return await self.ask("POST", f"{path}/{one['id']}/transitions", asked, who, await self.at(path, one))


async def differs(town: Town, address: str) -> bool:
    """Whether what an anonymous reader gets there goes on differing from a page made anew."""
    for _ in range(3):
        kept, fresh = await town.page(address), await town.http.get(address, headers=FRESH)
        if (kept.status_code, kept.content) == (fresh.status_code, fresh.content):
            return False
    return True
