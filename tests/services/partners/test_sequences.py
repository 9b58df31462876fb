"""No sequence of actions by anybody reaches a forbidden state, or shows what is private.

A machine plays the story at random: whoever there is asks for anything. What may succeed, and who may see what, is
written down here once more, in sets of people, and compared with what the service answers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from sqlalchemy import null, text

from services.partners import conflicts
from services.partners.tables import Application
from shared.auth.principal import Role
from shared.contracts.identity import MailDomainMarked
from tests.services.partners.town import APPLICATION, CRITERIA, DEMONSTRATOR, Person, Town

T = TypeVar("T")

CAST: dict[str, tuple[Role, ...]] = {
    "stranger": (),
    "owner": (Role.PARTNER,),
    "member": (Role.PARTNER,),
    "organizer": (Role.ORGANIZER,),
    "other organizer": (Role.ORGANIZER,),
    "admin": (Role.ADMIN,),
    "reviewer": (Role.REVIEWER,),
    "second reviewer": (Role.REVIEWER,),
    "all at once": tuple(Role),
}
NOBODY = "nobody"
PATHS = {
    ("draft", "submit"): "submitted",
    ("draft", "withdraw"): "withdrawn",
    ("submitted", "withdraw"): "withdrawn",
    ("in_review", "withdraw"): "withdrawn",
    ("submitted", "review"): "in_review",
    ("in_review", "accept"): "accepted",
    ("in_review", "decline"): "declined",
}
"""All there are; an application moves in no other way."""
APPLICANTS_OWN = {"submit", "withdraw"}
ACTIONS = ("submit", "withdraw", "review", "accept", "decline")
DEMONSTRATOR_PATHS = {
    ("draft", "publish"): "published",
    ("published", "end"): "ended",
    ("published", "withdraw"): "withdrawn",
    ("ended", "withdraw"): "withdrawn",
}
names = st.sampled_from([NOBODY, *CAST])
people = st.sampled_from(list(CAST))


class Forum(RuleBasedStateMachine):
    """See the module. The service runs in the event loop of the test, the machine in a thread beside it."""

    town: Town
    loop: asyncio.AbstractEventLoop
    reached: set[str]

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(30)

    @initialize()
    def begin(self) -> None:
        """The people, an organization with two members, an open call."""
        self.people: dict[str, Person | None] = {NOBODY: None}
        self.marks: dict[str, str | None] = {}
        for name, roles in CAST.items():
            person = self._do(self.town.somebody(*roles))
            self.people[name], self.marks[name] = person, str(person.id)
        owner, organizer = self._person("owner"), self._person("organizer")
        self.organization = self._do(self.town.organization(owner))
        self._do(self.town.join(owner, self.organization, self._person("member")))
        self.call = self._do(self.town.call(organizer))
        self.members, self.ever = {"owner", "member"}, {"owner", "member"}
        self.declared: set[str] = set()
        self.application: str | None = None
        self.state, self.was_submitted = "none", False
        self.assigned: set[str] = set()
        self.reviews: dict[str, tuple[str, str]] = {}
        self.demonstrator: tuple[str, str] | None = None

    def _person(self, name: str) -> Person:
        person = self.people[name]
        assert person is not None
        return person

    # Who may what, in sets of people.

    def interested(self) -> set[str]:
        """Who has an interest in the organization."""
        theirs = {self.marks[name] for name in self.ever} - {None}
        return self.ever | self.declared | {name for name in CAST if self.marks[name] in theirs}

    def running(self) -> set[str]:
        """Who decides, once it was submitted."""
        barred = self.ever | self.declared
        return {"organizer", "admin", "all at once"} - barred if self.was_submitted else set()

    def reviewing(self) -> set[str]:
        """Who reviews, once it was submitted."""
        can = {name for name in self.assigned if Role.REVIEWER in CAST[name]}
        return can - self.interested() if self.was_submitted else set()

    def reading(self) -> set[str]:
        """Who may read it at all."""
        return self.members | self.running() | self.reviewing()

    def parties(self) -> set[str]:
        """Who is part of the partnership: a role and a side are enough there."""
        return self.members | {"organizer", "admin", "all at once"}

    # What people do.

    @precondition(lambda self: self.application is None)
    @rule(who=people)
    def apply(self, who: str) -> None:
        """Somebody starts an application for the organization."""
        body = {**APPLICATION, "organization": self.organization["id"], "proposal": self.secret("proposal")}
        path = f"/api/calls/{self.call['id']}/applications"
        answer = self._do(self.town.ask(self.people[who], "POST", path, json=body))
        assert answer.status_code == (201 if who in self.members else 403), answer.text
        if answer.status_code == 201:
            self.application, self.state = answer.json()["id"], "draft"

    @precondition(lambda self: self.application is not None)
    @rule(who=names, action=st.sampled_from(ACTIONS))
    def move(self, who: str, action: str) -> None:
        """Somebody asks for a transition."""
        answer = self._ask(who, "POST", "/transitions", {"action": action, "reason": "Parce que."}, {"If-Match": "*"})
        side = self.members if action in APPLICANTS_OWN else self.running()
        to = PATHS.get((self.state, action))
        assert (answer.status_code == 200) == (to is not None and who in side), (who, action, self.state, answer.text)
        if to is not None and answer.status_code == 200:
            self.state = to
            self.reached.add(to)
            self.was_submitted |= action == "submit"
        else:
            assert answer.status_code in {401, 403, 404, 409}

    @precondition(lambda self: self.state not in {"declined", "withdrawn"})
    @rule(data=st.data(), steps=st.integers(1, 5))
    def advance(self, data: st.DataObject, steps: int) -> None:
        """The story goes on: whoever may does what comes next. Left to chance alone it would seldom get far."""
        for _ in range(steps):
            self._advance(data)

    def _advance(self, data: st.DataObject) -> None:
        def one_of(given: Iterable[str]) -> str:
            return data.draw(st.sampled_from(sorted(given)))

        if self.application is None:
            self.apply(one_of(self.members))
        elif self.state == "draft":
            self.move(one_of(self.members), "submit")
        elif self.state in {"submitted", "in_review"} and self.running():
            reviewers = {name for name in CAST if Role.REVIEWER in CAST[name]} - self.interested() - self.assigned
            unwritten = self.reviewing() - self.reviews.keys()
            if reviewers and data.draw(st.booleans()):
                self.assign(one_of(self.running()), one_of(reviewers))
            elif unwritten and data.draw(st.booleans()):
                self.review(one_of(unwritten))
            elif self.state == "submitted":
                self.move(one_of(self.running()), "review")
            else:
                outcome = data.draw(st.sampled_from(["accept", "decline", "withdraw", "accept"]))
                self.move(one_of(self.members if outcome == "withdraw" else self.running()), outcome)
        elif self.state == "accepted":
            if self.demonstrator is None:
                self.demonstrate(one_of(self.parties()))
            else:
                self.move_demonstrator(one_of(self.parties()), one_of(["publish", "end"]))

    @rule(who=st.sampled_from([name for name in CAST if Role.REVIEWER in CAST[name]]), how=st.integers(0, 2))
    def get_an_interest(self, who: str, how: int) -> None:
        """A reviewer gets an interest, in one way or another."""
        if how == 0:
            self.join(who)
        elif how == 1:
            self.move_house(who, "owner")
        elif self.application is not None:
            self.declare(who)

    @precondition(lambda self: self.application is not None)
    @rule(who=names)
    def edit(self, who: str) -> None:
        """Somebody types."""
        answer = self._ask(who, "PATCH", "", {"title": "Autrement dit"}, {"If-Match": "*"})
        assert (answer.status_code == 200) == (self.state == "draft" and who in self.members)

    @precondition(lambda self: self.application is not None)
    @rule(who=names, whom=people)
    def assign(self, who: str, whom: str) -> None:
        """Somebody has somebody review it."""
        answer = self._ask(who, "POST", "/reviewers", {"person": str(self._person(whom).id)})
        fits = self.state in {"submitted", "in_review"} and whom not in self.interested()
        assert (answer.status_code == 200) == (who in self.running() and fits), answer.text
        if answer.status_code == 200:
            self.assigned.add(whom)
            self.state = "in_review"

    @precondition(lambda self: self.application is not None)
    @rule(who=names, whom=people)
    def unassign(self, who: str, whom: str) -> None:
        """Somebody has somebody review it no more."""
        answer = self._ask(who, "DELETE", f"/reviewers/{self._person(whom).id}")
        fits = self.state in {"submitted", "in_review"}
        assert (answer.status_code == 204) == (who in self.running() and fits), answer.text
        if answer.status_code == 204:
            self.assigned.discard(whom)

    @precondition(lambda self: self.application is not None)
    @rule(who=names)
    def review(self, who: str) -> None:
        """Somebody writes a review."""
        scores = {one["id"]: 3 for one in CRITERIA}
        answer = self._ask(who, "POST", "/reviews", {"scores": scores, "text": self.secret(f"review of {who}")})
        may = who in self.reviewing() and self.state == "in_review" and who not in self.reviews
        assert (answer.status_code == 201) == may, answer.text
        if may:
            self.reviews[who] = (answer.json()["id"], "draft")

    @precondition(lambda self: self.reviews)
    @rule(who=names, whose=people)
    def submit_review(self, who: str, whose: str) -> None:
        """Somebody submits a review, perhaps another's."""
        if whose not in self.reviews:
            return
        id, state = self.reviews[whose]
        path = f"/api/reviews/{id}/transitions"
        sent = self.town.ask(self.people[who], "POST", path, json={"action": "submit"}, headers={"If-Match": "*"})
        answer = self._do(sent)
        may = who == whose and who in self.reviewing() and (self.state, state) == ("in_review", "draft")
        assert (answer.status_code == 200) == may, answer.text
        if may:
            self.reviews[whose] = (id, "submitted")

    @precondition(lambda self: self.application is not None)
    @rule(who=people)
    def declare(self, who: str) -> None:
        """Somebody says that they have an interest."""
        answer = self._ask(who, "POST", "/conflicts", {"reason": "Ils sont mes amis."})
        assert (answer.status_code == 200) == (who in self.running() | self.reviewing()), answer.text
        if answer.status_code == 200:
            self.declared.add(who)

    @rule(who=people)
    def join(self, who: str) -> None:
        """Somebody is invited, and accepts."""
        if who not in self.members:
            self._do(self.town.join(self._person("owner"), self.organization, self._person(who)))
            self.members.add(who)
            self.ever.add(who)

    @rule(who=people)
    def leave(self, who: str) -> None:
        """Somebody leaves the organization; its owner cannot."""
        path = f"/api/organizations/{self.organization['id']}/members/{self._person(who).id}"
        answer = self._do(self.town.ask(self.people[who], "DELETE", path))
        may = who in self.members and who != "owner"
        assert (answer.status_code == 204) == may
        if may:
            self.members.discard(who)

    @rule(who=people, whose=people)
    def move_house(self, who: str, whose: str) -> None:
        """Somebody has an address at the domain of somebody else from now on."""
        self.marks[who] = self.marks[whose]
        self._do(self.town.hears(MailDomainMarked(id=str(self._person(who).id), mark=self.marks[whose])))

    @precondition(lambda self: self.state == "accepted" and self.demonstrator is None)
    @rule(who=people)
    def demonstrate(self, who: str) -> None:
        """Somebody starts the demonstrator."""
        partnership = self._do(self._partnership())
        body = {**DEMONSTRATOR, "partnership": partnership, "tested": self.secret("demonstrator")}
        answer = self._do(self.town.ask(self.people[who], "POST", "/api/demonstrators", json=body))
        assert answer.status_code == (201 if who in self.parties() else 404), answer.text
        if answer.status_code == 201:
            self.demonstrator = answer.json()["id"], "draft"

    @precondition(lambda self: self.demonstrator is not None)
    @rule(who=names, action=st.sampled_from(["publish", "end", "withdraw"]))
    def move_demonstrator(self, who: str, action: str) -> None:
        """Somebody publishes, ends or withdraws it."""
        assert self.demonstrator is not None
        id, state = self.demonstrator
        body = {"action": action, "reason": "Parce que."}
        path = f"/api/demonstrators/{id}/transitions"
        answer = self._do(self.town.ask(self.people[who], "POST", path, json=body, headers={"If-Match": "*"}))
        to = DEMONSTRATOR_PATHS.get((state, action))
        assert (answer.status_code == 200) == (to is not None and who in self.parties()), answer.text
        if to is not None and answer.status_code == 200:
            self.demonstrator = id, to
            self.reached.add(to)

    # What people see.

    @rule(who=names)
    def look(self, who: str) -> None:
        """Somebody looks at everything: they see all that is theirs to see, and nothing else."""
        self._do(self._look(who))

    async def _look(self, who: str) -> None:
        shown = ""
        for path in self._paths():
            answer = await self.town.ask(self.people[who], "GET", path)
            assert answer.status_code < 500
            if answer.status_code == 200:
                shown += answer.text
        told = {what for what in ("proposal", "demonstrator") if self.secret(what) in shown}
        told |= {f"review of {one}" for one in self.reviews if self.secret(f"review of {one}") in shown}
        expected = {"proposal"} if self.application is not None and who in self.reading() else set()
        for one, (_, state) in self.reviews.items():
            counts = one in self.assigned - self.interested()
            if (one == who and who in self.reviewing()) or (counts and state == "submitted" and who in self.running()):
                expected.add(f"review of {one}")
        if self.demonstrator is not None:
            public = self.demonstrator[1] in {"published", "ended"}
            if public or who in self.parties():
                expected.add("demonstrator")
        assert told == expected, (who, self.state)
        if who in self.members - self.running() - self.reviewing():
            evaluating = {one for one in self.assigned if one not in self.members}
            private = [str(self._person(one).id) for one in evaluating - {"organizer", "admin", "all at once"}]
            assert not [one for one in private if one in shown], "an applicant was told who reviews"
        counted = await self.town.ask(self.people[who], "GET", f"/api/calls/{self.call['id']}/applications/counts")
        evaluates = who in self.running() | self.reviewing()
        if who != NOBODY:
            assert counted.json()["counts"] == ({self.state: 1} if evaluates else {})

    def _paths(self) -> list[str]:
        paths = ["/api/applications/mine", "/api/reviews/mine", "/api/partnerships", "/api/demonstrators?state=any"]
        paths.append(f"/api/calls/{self.call['id']}/applications")
        if self.application is not None:
            below = ("", "/transitions", "/reviews", "/reviewers", "/conflicts")
            paths += [f"/api/applications/{self.application}{one}" for one in below]
        paths += [f"/api/reviews/{id}" for id, _ in self.reviews.values()]
        if self.demonstrator is not None:
            paths += [f"/api/demonstrators/{self.demonstrator[0]}"]
        return paths

    def teardown(self) -> None:
        """At the end everybody looks; the state is the one of the story; nothing private was told to other services."""
        if not hasattr(self, "people"):
            return
        for name in self.people:
            self._do(self._look(name))
        self._do(self._compare())

    async def _compare(self) -> None:
        async with self.town.service.database.transaction() as session:
            if self.application is not None:
                found = await session.get(Application, self.application)
                assert found is not None
                assert found.state == self.state
            told = (await session.execute(text("SELECT convert_from(payload, 'UTF8') FROM outbox"))).scalars().all()
        public = self.demonstrator is not None and self.demonstrator[1] != "draft"
        everything = "".join(told)
        assert self.secret("proposal") not in everything
        assert "review of" not in everything
        assert (self.secret("demonstrator") in everything) == public

    def secret(self, what: str) -> str:
        """A text that is nowhere else."""
        return f"«{what} {self.call['id']}»"

    def _ask(self, who: str, method: str, below: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
        path = f"/api/applications/{self.application}{below}"
        return self._do(self.town.ask(self.people[who], method, path, json=body, headers=headers or {}))

    async def _partnership(self) -> str:
        found = await self.town.get(self.people["admin"], "/api/partnerships")
        owner = found["items"] or (await self.town.get(self.people["owner"], "/api/partnerships"))["items"]
        return str(next(one["id"] for one in owner if one["application"] == self.application))


async def _play(town: Town, examples: int) -> set[str]:
    """Play so many stories, the same in every run; the states that were reached."""
    reached: set[str] = set()
    machine = type("Forum", (Forum,), {"town": town, "loop": asyncio.get_running_loop(), "reached": reached})
    same = settings(
        max_examples=examples,
        stateful_step_count=25,
        derandomize=True,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    await asyncio.to_thread(run_state_machine_as_test, machine, settings=same)
    return reached


async def test_no_sequence_reaches_a_forbidden_state_or_shows_what_is_private(town: Town) -> None:
    reached = await _play(town, 12)
    assert reached >= {"submitted", "in_review", "accepted", "declined", "withdrawn", "published"}


async def test_the_machine_sees_what_a_missing_question_shows(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: a service that does not ask for interests is found out."""
    monkeypatch.setattr(conflicts, "interest", lambda *_: null())
    with pytest.raises(AssertionError):
        await _play(town, 12)
