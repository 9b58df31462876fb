"""The contributions' part of the sample: a small review of the city of tomorrow, and a few texts under way."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from sqlmodel import select

from services.contributions.archive import import_folder
from services.contributions.commands.contributions import create, edit, move
from services.contributions.rendering import render
from services.contributions.schemas.contributions import DraftIn, EditIn, Kind
from services.contributions.schemas.fields import Language
from services.contributions.tables import Contribution, now
from services.contributions.workflow import Action, Part, State, transition
from shared.auth.principal import Principal, Role
from shared.http.preconditions import Expected
from shared.runtime.sample import SampleStory

FOLDER = Path(__file__).parent / "sample"
IN_A_WEEK = timedelta(days=7)
EDITORS = frozenset({Role.EDITOR})
EITHER = Expected(frozenset({"*"}))
"""Whatever version it is at: nobody else works on the sample while it is made."""

_ASKED = "Dites d’où vient le coût par mètre carré, et donnez le même calcul pour une cour plantée de jeunes arbres."

_WITHDRAWN = "Les mesures du second été venaient d’un capteur en plein soleil ; elles sont reprises."

_UNDER_WAY = (
    (
        (),
        "note",
        "Ce que les cours d’école apprennent aux places",
        "Brouillon : trois étés de mesures dans des cours désimperméabilisées.",
        "## Ce que nous avons mesuré\n\nTrois cours, trois étés, un thermomètre toutes les dix minutes…\n",
        ["public-space"],
    ),
    (
        (Action.SUBMIT, Action.RETURN),
        "note",
        "Ce que coûte l’ombre, au mètre carré",
        "Un arbre, une voile, un auvent : trois ombres, trois prix, et ce qu’elles deviennent en vingt ans.",
        "## Trois ombres\n\nUne voile coûte dix fois moins qu’un arbre, et dure dix fois moins longtemps.\n",
        ["public-space", "housing"],
    ),
    (
        (Action.SUBMIT, Action.SCHEDULE),
        "op_ed",
        "Une ville où l’on peut s’ennuyer",
        "Tout programmer, c’est ne plus rien laisser arriver. Plaidoyer pour des lieux sans usage prévu.",
        "## Le terrain vague\n\nPersonne n’y avait rien prévu ; c’est là que tout le monde se retrouvait.\n",
        ["public-space"],
    ),
    (
        (Action.SUBMIT, Action.PUBLISH, Action.WITHDRAW),
        "note",
        "Une voile d’ombrage fait-elle autant qu’un tilleul ?",
        "Deux étés de mesures sous une toile et sous un arbre, dans la même cour.",
        "## Même cour, même heure\n\nLa toile a semblé l’emporter de deux degrés.\n",
        ["public-space"],
    ),
    (
        (Action.SUBMIT,),
        "study",
        "Partager un réseau de chaleur entre deux communes",
        "Qui décide, qui paie, qui éteint : les règles d’un bien commun qui traverse une frontière administrative.",
        "## Une frontière au milieu de la chaufferie\n\nLe réseau dessert deux communes, et chacune a son budget.\n",
        ["energy", "governance"],
    ),
)


_CORRECTED = (
    "sample/07-trois-degres-sous-les-tilleuls.md",
    "Nous en avons mesuré douze, en juin et en septembre, pendant deux ans,",
    "Nous en avons mesuré douze, en juin et en septembre 2024 et 2025,",
    "Une lectrice demandait de quels étés il s’agissait : les années sont dites.",
)
"""Origin, what was written, what is written now, and what readers are told."""


async def fill(story: SampleStory) -> None:
    """Publish the sample pieces, correct one, leave some under way. Done twice it changes nothing."""
    resources = story.resources["contributions"]
    summary = await import_folder(resources, FOLDER, author=story.people.get("expert"), authors=story.people)
    if summary.created:
        story.say(f"{summary.created} contributions published")
    author, editor = story.people.get("expert"), story.people.get("editor")
    if author is None or editor is None:
        return
    people = {Part.AUTHOR: Principal(author, frozenset({Role.EXPERT})), Part.EDITOR: Principal(editor, EDITORS)}
    for path, kind, title, standfirst, body, themes in _UNDER_WAY:
        async with resources.database.transaction() as session:
            origin = f"sample:{title}"
            known = await session.exec(select(Contribution.id).where(Contribution.origin == origin))
            if known.first() is not None:
                continue
            draft = DraftIn(
                kind=Kind(kind), language=Language.FRENCH, title=title, summary=standfirst, body=body, themes=themes
            )
            told = await create(session, people[Part.AUTHOR], draft, render(body))
            told.origin = origin
            for action in path:
                line = transition(State(told.state), action)
                assert line is not None
                who = people[Part.AUTHOR if Part.AUTHOR in line.who else Part.EDITOR]
                reason = {Action.RETURN: _ASKED, Action.WITHDRAW: _WITHDRAWN}.get(action)
                at = now() + IN_A_WEEK if line.needs_instant else None
                told = await move(session, who, told.id, EITHER, action, reason, at)
    origin, written, corrected, reason = _CORRECTED
    async with resources.database.transaction() as session:
        piece = (await session.exec(select(Contribution).where(Contribution.origin == origin))).one_or_none()
        if piece is not None and piece.corrected_at is None:
            changes = EditIn(body=piece.body.replace(written, corrected), reason=reason)
            await edit(session, people[Part.EDITOR], piece.id, EITHER, changes, render(changes.body or ""))
