"""Conflicts of interest: refused at every route, counts included, as soon as they begin."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import null

from services.partners import conflicts
from services.partners.reactions import hide_domain
from shared.auth.principal import Role
from shared.contracts.identity import MailDomainForgotten, MailDomainMarked
from tests.services.partners.town import CRITERIA, Person, Story, Town, begin

SCORES = {one["id"]: 3 for one in CRITERIA}


async def _joins(town: Town, story: Story) -> None:
    await town.join(story.applicant, story.organization, story.reviewer)


async def _joined_and_left(town: Town, story: Story) -> None:
    await _joins(town, story)
    path = f"/api/organizations/{story.organization['id']}/members/{story.reviewer.id}"
    assert (await town.ask(story.reviewer, "DELETE", path)).status_code == 204


async def _declares(town: Town, story: Story) -> None:
    path = f"/api/applications/{story.application['id']}/conflicts"
    await town.post(story.reviewer, path, {"reason": "J’ai conseillé cette équipe."}, 200)


async def _declares_on_another(town: Town, story: Story) -> None:
    other = await town.submitted(story.applicant, story.call, story.organization)
    assert (await town.assign(story.organizer, other, story.reviewer)).status_code == 200
    await town.post(story.reviewer, f"/api/applications/{other['id']}/conflicts", {}, 200)


async def _moves_to_the_same_domain(town: Town, story: Story) -> None:
    await town.hears(MailDomainMarked(id=str(story.reviewer.id), mark=str(story.applicant.id)))


async def _a_colleague_joins(town: Town, story: Story) -> None:
    colleague = await town.somebody(mark=str(story.reviewer.id))
    await town.join(story.applicant, story.organization, colleague)


async def _a_colleague_joined_and_left(town: Town, story: Story) -> None:
    colleague = await town.somebody(mark=str(story.reviewer.id))
    await town.join(story.applicant, story.organization, colleague)
    path = f"/api/organizations/{story.organization['id']}/members/{colleague.id}"
    assert (await town.ask(colleague, "DELETE", path)).status_code == 204


async def _somebody_of_unknown_domain_joins(town: Town, story: Story) -> None:
    unknown = await town.somebody(mark=False)
    await town.join(story.applicant, story.organization, unknown)


async def _own_domain_gets_lost(town: Town, story: Story) -> None:
    async with town.service.database.transaction() as session:
        await hide_domain(session, str(story.reviewer.id))


Begins = Callable[[Town, Story], Awaitable[None]]
BEGINNINGS: dict[str, tuple[Begins, str]] = {
    "joins": (_joins, "own_organization"),
    "joined and left": (_joined_and_left, "own_organization"),
    "declares": (_declares, "declared"),
    "declares on another": (_declares_on_another, "declared"),
    "same domain": (_moves_to_the_same_domain, "same_mail_domain"),
    "colleague joins": (_a_colleague_joins, "same_mail_domain"),
    "colleague joined and left": (_a_colleague_joined_and_left, "same_mail_domain"),
    "unknown domain of a member": (_somebody_of_unknown_domain_joins, "unknown_mail_domain"),
    "unknown domain of the reviewer": (_own_domain_gets_lost, "unknown_mail_domain"),
}


async def _seen_by_the_reviewer(town: Town, story: Story, review: dict[str, Any]) -> dict[str, Any]:
    """What each route that shows or takes anything of an application answers to its reviewer."""
    who, id = story.reviewer, story.application["id"]
    seen: dict[str, Any] = {}
    for path in ("", "/reviews"):
        seen[f"GET {path}"] = (await town.ask(who, "GET", f"/api/applications/{id}{path}")).status_code
    seen["GET review"] = (await town.ask(who, "GET", f"/api/reviews/{review['id']}")).status_code
    board = await town.get(who, f"/api/calls/{story.call['id']}/applications")
    seen["board"] = [one["id"] for one in board["items"]]
    counted = await town.get(who, f"/api/calls/{story.call['id']}/applications/counts")
    seen["counts"] = counted["counts"]
    seen["mine"] = [one["application"]["id"] for one in (await town.get(who, "/api/reviews/mine"))["items"]]
    edited = await town.change(who, "/api/reviews", review, {"text": "Autre chose."})
    seen["PATCH review"] = edited.status_code
    current = edited.json() if edited.status_code == 200 else review
    seen["submit review"] = (await town.move(who, "/api/reviews", current, "submit")).status_code
    begun = await town.ask(who, "POST", f"/api/applications/{id}/reviews", json={"scores": SCORES, "text": "Bien."})
    seen["POST review"] = begun.status_code
    return seen


def _nothing(member: bool) -> dict[str, Any]:
    """What whoever has a conflict sees. A member reads the application as its applicant, and no more than that."""
    return {
        "GET ": 200 if member else 404,
        "GET /reviews": 404,
        "GET review": 404,
        "board": [],
        "counts": {},
        "mine": [],
        "PATCH review": 404,
        "submit review": 404,
        "POST review": 403 if member else 404,
    }


async def _drafted(town: Town) -> tuple[Story, dict[str, Any]]:
    story = await begin(town)
    path = f"/api/applications/{story.application['id']}/reviews"
    return story, await town.post(story.reviewer, path, {"scores": SCORES, "text": "Bien."})


@pytest.mark.parametrize("how", BEGINNINGS)
async def test_a_conflict_that_begins_takes_everything_at_once(town: Town, how: str) -> None:
    story, review = await _drafted(town)
    begins, interest = BEGINNINGS[how]
    await begins(town, story)
    assert await _seen_by_the_reviewer(town, story, review) == _nothing(member=how == "joins")

    path = f"/api/applications/{story.application['id']}/reviewers"
    listed = (await town.get(story.organizer, path))["items"]
    assert (interest, None) in {(one["conflict"], one["review"]) for one in listed}
    board = await town.get(story.organizer, f"/api/calls/{story.call['id']}/applications")
    assert {one["id"]: one["evaluation"] for one in board["items"]}[story.application["id"]] == {
        "assigned": 0,
        "submitted": 0,
        "total": None,
    }
    refused = await town.assign(story.organizer, story.application, story.reviewer)
    assert (refused.status_code, refused.json()["interest"]) == (409, interest)
    assert refused.json()["type"] == "urn:demain:problem:conflict-of-interest"


async def test_without_one_everything_is_there(town: Town) -> None:
    """Control: each of these routes shows or takes something where there is no conflict."""
    story, review = await _drafted(town)
    id = story.application["id"]
    assert await _seen_by_the_reviewer(town, story, review) == {
        "GET ": 200,
        "GET /reviews": 200,
        "GET review": 200,
        "board": [id],
        "counts": {"in_review": 1},
        "mine": [id],
        "PATCH review": 200,
        "submit review": 200,
        "POST review": 409,
    }
    assert (await town.assign(story.organizer, story.application, story.reviewer)).status_code == 200


async def test_without_the_question_a_member_would_review(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: it is `conflicts.interest` that keeps them out, at every one of these routes."""
    story, review = await _drafted(town)
    await _declares(town, story)
    monkeypatch.setattr(conflicts, "interest", lambda *_: null())
    seen = await _seen_by_the_reviewer(town, story, review)
    assert all(seen[name] != shown for name, shown in _nothing(member=False).items())


async def test_what_a_reviewer_wrote_before_their_conflict_does_not_count(town: Town) -> None:
    story = await begin(town)
    second = await town.somebody(Role.REVIEWER)
    assert (await town.assign(story.organizer, story.application, second)).status_code == 200
    await town.review(story.reviewer, story.application, 0, 0)
    await town.review(second, story.application, 5, 5)
    path = f"/api/applications/{story.application['id']}"
    before = (await town.get(story.organizer, f"{path}/reviewers"))["evaluation"]
    assert before == {"assigned": 2, "submitted": 2, "total": 50.0}
    await _joins(town, story)
    after = (await town.get(story.organizer, f"{path}/reviewers"))["evaluation"]
    assert after == {"assigned": 1, "submitted": 1, "total": 100.0}
    reviews = (await town.get(story.organizer, f"{path}/reviews"))["items"]
    assert [one["reviewer"]["id"] for one in reviews] == [str(second.id)]


async def _runner_sees(town: Town, runner: Person, story: Story) -> dict[str, Any]:
    id, call = story.application["id"], story.call["id"]
    seen: dict[str, Any] = {
        path: (await town.ask(runner, "GET", f"/api/applications/{id}{path}")).status_code
        for path in ("", "/reviewers", "/reviews", "/conflicts")
    }
    seen["board"] = [one["id"] for one in (await town.get(runner, f"/api/calls/{call}/applications"))["items"]]
    seen["counts"] = (await town.get(runner, f"/api/calls/{call}/applications/counts"))["counts"]
    somebody = await town.somebody(Role.REVIEWER)
    seen["assign"] = (await town.assign(runner, story.application, somebody)).status_code
    return seen


@pytest.mark.parametrize("how", ["joins", "declares"])
async def test_who_runs_the_call_leaves_their_own_organization_to_the_others(town: Town, how: str) -> None:
    story = await begin(town)
    runner = story.organizer
    if how == "joins":
        await town.join(story.applicant, story.organization, runner)
    else:
        await town.post(runner, f"/api/applications/{story.application['id']}/conflicts", {}, 200)
    member = how == "joins"
    assert await _runner_sees(town, runner, story) == {
        "": 200 if member else 404,
        "/reviewers": 404,
        "/reviews": 404,
        "/conflicts": 404,
        "board": [],
        "counts": {},
        "assign": 403 if member else 404,
    }
    decided = await town.move(runner, "/api/applications", story.application, "accept", "Parce que.")
    assert decided.status_code == (403 if member else 404)
    admin = await town.somebody(Role.ADMIN)
    assert await _runner_sees(town, admin, story) == {
        "": 200,
        "/reviewers": 200,
        "/reviews": 200,
        "/conflicts": 200,
        "board": [story.application["id"]],
        "counts": {"in_review": 1},
        "assign": 200,
    }


async def test_a_public_provider_is_no_conflict_and_the_forgotten_keep_nobody_away(town: Town) -> None:
    organizer, applicant = await town.somebody(Role.ORGANIZER), await town.somebody(mark=None)
    reviewer = await town.somebody(Role.REVIEWER, mark=None)
    organization = await town.organization(applicant)
    application = await town.submitted(applicant, await town.call(organizer), organization)
    assert (await town.assign(organizer, application, reviewer)).status_code == 200
    await town.hears(MailDomainForgotten(id=str(applicant.id)))
    assert (await town.assign(organizer, application, reviewer)).status_code == 200


@pytest.mark.parametrize("unknown", ["reviewer", "applicant"])
async def test_an_unknown_domain_is_refused_until_it_is_known(town: Town, unknown: str) -> None:
    organizer = await town.somebody(Role.ORGANIZER)
    applicant = await town.somebody(mark=unknown != "applicant")
    reviewer = await town.somebody(Role.REVIEWER, mark=unknown != "reviewer")
    application = await town.submitted(applicant, await town.call(organizer), await town.organization(applicant))
    refused = await town.assign(organizer, application, reviewer)
    assert (refused.status_code, refused.json()["interest"]) == (409, "unknown_mail_domain")
    assert "try again" in refused.json()["detail"]
    late = reviewer if unknown == "reviewer" else applicant
    await town.hears(MailDomainMarked(id=str(late.id), mark="theirs"))
    assert (await town.assign(organizer, application, reviewer)).status_code == 200


async def test_a_reviewer_without_the_role_reviews_nothing(town: Town) -> None:
    story, _ = await _drafted(town)
    without = Person(story.reviewer.id, town.service.someone(id=story.reviewer.id))
    assert (await town.ask(without, "GET", f"/api/applications/{story.application['id']}")).status_code == 404
    assert (await town.get(without, "/api/reviews/mine"))["items"] == []
