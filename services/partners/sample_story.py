"""The partners' part of the sample: a call that follows a study, a start-up accepted, a street with first results."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.partners import sample_texts as texts
from services.partners import statements
from services.partners.commands import applications, calls, organizations, partnerships, reviews
from services.partners.schemas.applications import ApplicationIn
from services.partners.schemas.calls import CallIn
from services.partners.schemas.organizations import OrganizationIn
from services.partners.schemas.partnerships import DemonstratorIn
from services.partners.schemas.reviews import ReviewIn
from services.partners.tables import (
    Application,
    Assignment,
    Call,
    Demonstrator,
    MailDomain,
    Organization,
    Partnership,
    PersonName,
    Review,
    Step,
    now,
)
from services.partners.workflow import ApplicationAction, CallAction, DemonstratorAction, OrganizationAction
from shared.auth.principal import Principal, Role
from shared.http.preconditions import Expected
from shared.messaging.outbox import tell
from shared.runtime.sample import SampleStory

PARIS = ZoneInfo("Europe/Paris")
EITHER = Expected(frozenset({"*"}))
"""Whatever version it is at: nobody else works on the sample while it is made."""
_CAST = (Role.ORGANIZER, Role.PARTNER, Role.REVIEWER, Role.EXPERT)


def _day(year: int, month: int, day: int, hour: int = 9) -> datetime:
    return datetime(year, month, day, hour, tzinfo=PARIS)


PUBLISHED, DEADLINE = _day(2025, 9, 15), _day(2025, 11, 3, 12)
SUBMITTED, REVIEWED, DECIDED = _day(2025, 10, 30, 17), _day(2025, 11, 10), _day(2025, 12, 12)
ON_SHOW = _day(2026, 9, 28)


async def fill(story: SampleStory) -> None:
    """Tell it. Done twice it changes nothing: all of it is one transaction, found again by where it came from."""
    if any(role not in story.people for role in _CAST):
        return
    cast = {role: Principal(story.people[role], frozenset({role})) for role in _CAST}
    async with story.resources["partners"].database.transaction() as session:
        known = await session.exec(select(Organization.id).where(Organization.origin == "sample:startup"))
        if known.first() is not None:
            return
        await _introduce(session, story)
        startup = await _organization(session, cast[Role.PARTNER], texts.STARTUP, "startup")
        lab = await _organization(session, cast[Role.EXPERT], texts.LAB, "lab")
        await _the_street(session, cast, startup)
        await _what_is_open(session, cast, startup, lab)
    story.say("2 organizations, 5 calls, 3 applications and a demonstrator")


async def _introduce(session: AsyncSession, story: SampleStory) -> None:
    """Names and mail domains of those who play, as identity is about to tell them: its word takes their place."""
    for account in story.accounts:
        id = story.people.get(account.role)
        if id is not None:
            name = insert(PersonName).values(id=id, name=account.display_name)
            domain = insert(MailDomain).values(person=id, mark=account.email.rpartition("@")[2])
            await session.execute(name.on_conflict_do_nothing())
            await session.execute(domain.on_conflict_do_nothing())


async def _organization(session: AsyncSession, owner: Principal, said: OrganizationIn, origin: str) -> Organization:
    made = await organizations.create(session, owner, said)
    made.origin = f"sample:{origin}"
    return await organizations.move(session, owner, made.id, EITHER, OrganizationAction.PUBLISH, None)


async def _call(session: AsyncSession, organizer: Principal, said: CallIn, origin: str) -> Call:
    made = await calls.create(session, organizer, said)
    made.origin = f"sample:{origin}"
    return await calls.move(session, organizer, made.id, EITHER, CallAction.PUBLISH, None)


async def _apply(session: AsyncSession, who: Principal, call: Call, said: ApplicationIn, origin: str) -> Application:
    made = await applications.create(session, who, call.id, said, now())
    made.origin = f"sample:{origin}"
    return made


async def _act(
    session: AsyncSession, who: Principal, one: Application, action: ApplicationAction, why: str = ""
) -> Any:
    return await applications.move(session, who, one.id, EITHER, action, why, now())


async def _the_street(session: AsyncSession, cast: dict[Role, Principal], startup: Organization) -> None:
    """From the call to the first results; then everything is dated as it is told."""
    organizer, partner, reviewer = cast[Role.ORGANIZER], cast[Role.PARTNER], cast[Role.REVIEWER]
    later = texts.STREET.model_copy(update={"deadline": now() + timedelta(days=1)})
    call = await _call(session, organizer, later, "street")
    application = await _apply(session, partner, call, texts.draft(startup.id), "street")
    await _act(session, partner, application, ApplicationAction.SUBMIT)
    await reviews.assign(session, organizer, application.id, reviewer.id)
    review = await reviews.start(session, reviewer, application.id, ReviewIn(scores=texts.SCORES, text=texts.REVIEW))
    await reviews.submit(session, reviewer, review.id, EITHER)
    await _act(session, organizer, application, ApplicationAction.ACCEPT, texts.ACCEPTED)
    await calls.move(session, organizer, call.id, EITHER, CallAction.CLOSE, None)
    whose = select(Partnership).where(Partnership.application_id == application.id)
    partnership = (await session.exec(whose)).one()
    given = DemonstratorIn(partnership=partnership.id, **texts.DEMONSTRATOR.model_dump(exclude_none=True))
    demonstrator = await partnerships.create(session, partner, given)
    demonstrator.origin = "sample:street"
    await partnerships.move(session, partner, demonstrator.id, EITHER, DemonstratorAction.PUBLISH, None)
    for result in texts.RESULTS:
        await partnerships.add_result(session, partner, demonstrator.id, result)
    await _date_it(session, call, application, review, partnership, demonstrator)


async def _date_it(
    session: AsyncSession,
    call: Call,
    application: Application,
    review: Review,
    partnership: Partnership,
    demonstrator: Demonstrator,
) -> None:
    call.created_at = call.published_at = PUBLISHED
    call.deadline = call.closed_at = DEADLINE
    application.created_at = application.submitted_at = SUBMITTED
    application.decided_at = application.updated_at = DECIDED
    review.created_at = review.updated_at = review.submitted_at = REVIEWED
    partnership.created_at = partnership.updated_at = DECIDED
    demonstrator.created_at = demonstrator.published_at = ON_SHOW
    at = {"submit": SUBMITTED, "review": DEADLINE, "accept": DECIDED}
    for step in await session.exec(select(Step).where(Step.application_id == application.id)):
        step.at = at[step.action]
        session.add(step)
    for assignment in await session.exec(select(Assignment).where(Assignment.application_id == application.id)):
        assignment.at = DEADLINE
        session.add(assignment)
    for row in (call, application, review, partnership, demonstrator):
        session.add(row)
    told = statements.of_call(call), statements.of_demonstrator(demonstrator)
    assert told[0] is not None
    assert told[1] is not None
    await tell(session, call, told[0])
    await tell(session, demonstrator, told[1])


async def _what_is_open(
    session: AsyncSession, cast: dict[Role, Principal], startup: Organization, lab: Organization
) -> None:
    """Calls that take applications, one that is being written, and applications under way."""
    organizer, partner, expert = cast[Role.ORGANIZER], cast[Role.PARTNER], cast[Role.EXPERT]
    noon = (now().astimezone(PARIS) + timedelta(weeks=6)).replace(hour=12, minute=0, second=0, microsecond=0)
    shade = await _call(session, organizer, texts.SHADE.model_copy(update={"deadline": noon}), "shade")
    await _call(session, organizer, texts.DOOR, "door")
    await _call(
        session, organizer, texts.ENGLISH.model_copy(update={"deadline": noon + timedelta(weeks=4)}), "sister-streets"
    )
    draft = await calls.create(session, organizer, texts.NEXT)
    draft.origin = "sample:next"
    unfinished = ApplicationIn.model_validate({**texts.SHADE_DRAFT, "organization": lab.id})
    await _apply(session, expert, shade, unfinished, "shade-draft")
    proposal = ApplicationIn.model_validate({**texts.SHADE_PROPOSAL, "organization": startup.id})
    waiting = await _apply(session, partner, shade, proposal, "shade")
    await _act(session, partner, waiting, ApplicationAction.SUBMIT)
    await reviews.assign(session, organizer, waiting.id, cast[Role.REVIEWER].id)
