"""The whole way: an organization answers a call, is reviewed, accepted, and shows something in a street."""

from __future__ import annotations

from sqlalchemy import text

from shared.auth.principal import Role
from tests.services.partners.town import DEMONSTRATOR, MOTIVE, Town


async def test_from_a_call_to_a_demonstrator(town: Town) -> None:
    organizer, reviewer = await town.somebody(Role.ORGANIZER), await town.somebody(Role.REVIEWER)
    applicant, citizen = await town.somebody(Role.PARTNER), await town.somebody()
    organization = await town.organization(applicant, published=True)
    call = await town.call(organizer)
    assert "apply" in (await town.get(citizen, f"/api/calls/{call['id']}"))["actions"]

    draft = await town.draft(applicant, call, organization, title="")
    assert (draft["state"], draft["next_step"]) == ("draft", "finish_before_deadline")
    kept = await town.change(applicant, "/api/applications", draft, {"title": "La rue des Capucins"})
    assert kept.status_code == 200, kept.text
    submitted = await town.moved(applicant, "/api/applications", kept.json(), "submit")
    assert submitted["next_step"] == "review_begins"

    assert (await town.assign(organizer, submitted, reviewer)).status_code == 200
    waiting = await town.get(reviewer, "/api/reviews/mine")
    assert [one["application"]["id"] for one in waiting["items"]] == [submitted["id"]]
    review = await town.review(reviewer, submitted, 4, 5)
    assert review["total"] == 88.0
    board = await town.get(organizer, f"/api/calls/{call['id']}/applications")
    assert board["items"][0]["evaluation"] == {"assigned": 1, "submitted": 1, "total": 88.0}

    in_review = await town.get(organizer, f"/api/applications/{submitted['id']}")
    accepted = await town.moved(organizer, "/api/applications", in_review, "accept", MOTIVE)
    seen = await town.get(applicant, f"/api/applications/{submitted['id']}")
    assert (seen["state"], seen["decision_reason"]) == ("accepted", MOTIVE)
    history = await town.get(applicant, f"/api/applications/{submitted['id']}/transitions")
    assert [one["after"] for one in history["items"]] == ["submitted", "in_review", "accepted"]
    assert [one["by"] is not None for one in history["items"]] == [True, False, False]

    partnership = await town.get(applicant, f"/api/partnerships/{accepted['partnership']}")
    assert (partnership["partner_contact"]["id"], partnership["host_contact"]["id"]) == (
        str(applicant.id),
        str(organizer.id),
    )
    made = await town.post(applicant, "/api/demonstrators", {**DEMONSTRATOR, "partnership": partnership["id"]})
    assert (await town.get(None, "/api/demonstrators"))["items"] == []
    published = await town.moved(applicant, "/api/demonstrators", made, "publish")
    result = {"on": "2026-12-01", "text": "Premier mois.", "measure": "Logements chauffés", "value": 38, "unit": ""}
    await town.post(organizer, f"/api/demonstrators/{published['id']}/results", result)
    public = await town.get(None, f"/api/demonstrators/{published['id']}")
    assert (public["results"], public["organization"]["name"]) == (1, organization["name"])
    assert (public["partner_contact"], public["partnership"], public["actions"]) == (None, None, [])
    assert (await town.get(None, f"/api/demonstrators/{published['id']}/results"))["items"][0]["value"] == 38
    async with town.service.database.transaction() as session:
        told = (await session.execute(text("SELECT type FROM outbox ORDER BY seq"))).scalars().all()
    assert [one.rpartition(".")[2] for one in told] == [
        "OrganizationPublished",
        "CallPublished",
        "DemonstratorPublished",
        "DemonstratorPublished",
    ]
