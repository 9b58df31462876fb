"""What the public state of a debate and of an argument is, as it is told."""

from __future__ import annotations

from services.contributions.debate_tables import Argument, Debate
from services.contributions.debate_workflow import ArgumentState
from shared.contracts.debates import ArgumentMade, ArgumentTakenDown, DebateAnnounced, DebateWithdrawn
from shared.slugs import slug


def url_of_debate(id: object, question: str) -> str:
    """Where a debate is read on the site."""
    return f"/debats/{id}/{slug(question, otherwise='debat')}"


def url_of_argument(debate_id: object, id: object, answers: object | None) -> str:
    """Where an argument is read on the site, a reply below what it answers."""
    return f"/debats/{debate_id}/arguments/{answers or id}#argument-{id}"


def of_debate(debate: Debate) -> DebateAnnounced | DebateWithdrawn:
    """A debate is public from the moment it is there: also that it will be opened."""
    if debate.withdrawn_at is not None:
        return DebateWithdrawn(id=str(debate.id))
    return DebateAnnounced(
        id=str(debate.id),
        contribution=str(debate.contribution_id) if debate.contribution_id else None,
        language=debate.language,
        question=debate.question,
        introduction=debate.introduction_text,
        themes=tuple(debate.themes),
        territories=tuple(debate.territories),
        opened_by=str(debate.opened_by),
        opens_at=debate.opens_at,
        closes_at=debate.closes_at,
        zone=debate.zone,
        url=url_of_debate(debate.id, debate.question),
    )


def of_argument(argument: Argument) -> ArgumentMade | ArgumentTakenDown:
    """Its text while it may be seen."""
    if argument.state != ArgumentState.SHOWN:
        return ArgumentTakenDown(id=str(argument.id))
    return ArgumentMade(
        id=str(argument.id),
        debate=str(argument.debate_id),
        answers=str(argument.answers) if argument.answers else None,
        position=argument.position,
        language=argument.language,
        text=argument.text,
        author=str(argument.author),
        made_at=argument.made_at,
        edited_at=argument.edited_at,
        url=url_of_argument(argument.debate_id, argument.id, argument.answers),
    )
