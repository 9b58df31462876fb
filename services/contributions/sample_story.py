"""The contributions' part of the sample: a small review of the city of tomorrow, and two texts under way."""

from __future__ import annotations

from pathlib import Path

from sqlmodel import select

from services.contributions.archive import import_folder
from services.contributions.rendering import render
from services.contributions.tables import Contribution, Step
from services.contributions.workflow import Action, State
from shared.runtime.sample import SampleStory

FOLDER = Path(__file__).parent / "sample"

_UNDER_WAY = (
    (
        State.DRAFT,
        "note",
        "Ce que les cours d’école apprennent aux places",
        "Brouillon : trois étés de mesures dans des cours désimperméabilisées.",
        "## Ce que nous avons mesuré\n\nTrois cours, trois étés, un thermomètre toutes les dix minutes…\n",
        ["public-space"],
    ),
    (
        State.SUBMITTED,
        "study",
        "Partager un réseau de chaleur entre deux communes",
        "Qui décide, qui paie, qui éteint : les règles d’un bien commun qui traverse une frontière administrative.",
        "## Une frontière au milieu de la chaufferie\n\nLe réseau dessert deux communes, et chacune a son budget.\n",
        ["energy", "governance"],
    ),
)


async def fill(story: SampleStory) -> None:
    """Publish the sample pieces and leave one draft and one submission. Done twice it changes nothing."""
    resources = story.resources["contributions"]
    summary = await import_folder(resources, FOLDER, author=story.people.get("expert"), authors=story.people)
    if summary.created:
        story.say(f"{summary.created} contributions published")
    author = story.people.get("expert")
    if author is None:
        return
    async with resources.database.transaction() as session:
        for state, kind, title, standfirst, body, themes in _UNDER_WAY:
            origin = f"sample:{title}"
            known = await session.exec(select(Contribution.id).where(Contribution.origin == origin))
            if known.first() is not None:
                continue
            rendered = render(body)
            contribution = Contribution(
                kind=kind,
                language="fr",
                title=title,
                summary=standfirst,
                body=body,
                body_html=rendered.html,
                text=rendered.text,
                themes=themes,
                authors=[author],
                state=state,
                origin=origin,
            )
            if state is State.SUBMITTED:
                contribution.submitted_at = contribution.created_at
            session.add(contribution)
            await session.flush()
            if state is State.SUBMITTED:
                session.add(
                    Step(
                        contribution_id=contribution.id,
                        actor=author,
                        action=Action.SUBMIT,
                        before=State.DRAFT,
                        after=State.SUBMITTED,
                    )
                )
