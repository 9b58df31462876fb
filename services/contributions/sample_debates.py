"""The debates of the sample: one on the lead study, in which everybody has a say, and some in the other phases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contributions.charter import Rule
from services.contributions.commands.arguments import argue, endorse
from services.contributions.commands.debates import open_debate
from services.contributions.commands.moderation import moderate, report
from services.contributions.debate_tables import Debate
from services.contributions.debate_workflow import Position
from services.contributions.schemas.arguments import ArgumentIn, ModerationIn, ReportIn
from services.contributions.schemas.debates import DebateIn
from services.contributions.tables import Contribution, now
from shared.auth.principal import Principal, Role
from shared.rendering import render
from shared.runtime.sample import SampleStory


@dataclass(frozen=True)
class Said:
    """An argument or a reply: whose, what, who endorses it."""

    by: Role
    words: str
    position: Position | None = None
    endorsed_by: tuple[Role, ...] = ()
    answered: tuple[Said, ...] = ()
    hidden_for: Rule | None = None


@dataclass(frozen=True)
class Debated:
    """A debate of the sample. ``opened`` and ``closes`` are days from now."""

    origin: str
    question: str
    introduction: str
    opened: float
    closes: float
    about: str | None = None
    """Origin of the contribution it is opened on."""
    themes: list[str] | None = None
    said: tuple[Said, ...] = field(default_factory=tuple)


MOTIVE = "L’argument s’en prend aux habitants d’une résidence, et donne leur adresse. Dites ce qui ne va pas sans eux."

DEBATES = (
    Debated(
        origin="sample:debate:metro",
        about="sample/01-chauffer-un-quartier-avec-l-eau-de-son-metro.md",
        question="Faut-il chauffer un quartier avec l’eau de son métro ?",
        introduction=(
            "Aux Verriers, l’eau pompée sous le métro a fourni **72 % de la chaleur** du quartier "
            "l’hiver dernier, à un "
            "prix qui ne tient qu’avec une aide. La régie doit dire avant le printemps si elle étend "
            "le réseau à deux "
            "quartiers voisins. Que lui conseiller ?"
        ),
        opened=-6,
        closes=22,
        said=(
            Said(
                Role.EDITOR,
                "Cette chaleur est déjà pompée, déjà payée, et part au fleuve. Ne pas s’en servir, "
                "c’est payer deux fois : "
                "une fois pour la jeter, une fois pour acheter du gaz.",
                Position.FOR,
                (Role.CITIZEN, Role.EXPERT, Role.ORGANIZER, Role.PARTNER, Role.REVIEWER),
                (
                    Said(
                        Role.REVIEWER,
                        "Payée, oui, mais par l’exploitant du métro. Le jour où il demandera sa "
                        "part, que restera-t-il "
                        "des 92 € ?",
                        endorsed_by=(Role.CITIZEN,),
                    ),
                    Said(Role.EDITOR, "C’est tout l’objet de la convention : vingt ans, avec un prix plafonné."),
                ),
            ),
            Said(
                Role.ORGANIZER,
                "Huit cents tonnes de CO₂ évitées en un hiver, avec une machine qui tient dans un "
                "ancien garage. Aucune "
                "autre opération du plan climat n’en fait autant à ce prix.",
                Position.FOR,
                (Role.CITIZEN, Role.EDITOR),
            ),
            Said(
                Role.PARTNER,
                "Le réseau a appris aux copropriétés à équilibrer leurs colonnes. Même si la source "
                "changeait, ce gain-là "
                "resterait.",
                Position.FOR,
                (Role.EXPERT,),
            ),
            Said(
                Role.REVIEWER,
                "L’équilibre ne tient qu’avec 40 % de subvention. La même somme mise dans "
                "l’isolation des deux résidences "
                "à 75 °C ferait baisser le besoin, pour toujours et sans dépendre de personne.",
                Position.AGAINST,
                (Role.CITIZEN, Role.MODERATOR, Role.ORGANIZER),
                (
                    Said(
                        Role.EXPERT,
                        "L’étude le dit aussi : 0,9 GWh relèvent de la rénovation seule. Mais isoler 1 150 logements "
                        "prend quinze ans ; que brûle-t-on d’ici là ?",
                        endorsed_by=(Role.EDITOR, Role.PARTNER),
                    ),
                ),
            ),
            Said(
                Role.CITIZEN,
                "J’habite aux Verriers. Pendant les cinq semaines de travaux du tunnel, nous avons "
                "eu froid et personne "
                "ne nous a prévenus. On ne branche pas mille logements sur le chantier de quelqu’un d’autre.",
                Position.AGAINST,
                (Role.REVIEWER, Role.PARTNER),
                (
                    Said(
                        Role.ORGANIZER,
                        "Le préavis de six mois a été ajouté après cet hiver-là. Il faudrait qu’il soit affiché dans "
                        "les halls, pas seulement signé.",
                    ),
                ),
            ),
            Said(
                Role.PARTNER,
                "Les gens de la résidence du 14 laissent leurs fenêtres ouvertes, tout le monde sait "
                "qui c’est. Qu’on "
                "commence par les débrancher, eux.",
                Position.AGAINST,
                hidden_for=Rule.PRIVACY,
            ),
            Said(
                Role.MODERATOR,
                "Oui là où les quatre conditions de l’étude sont réunies, non ailleurs. Des deux "
                "quartiers voisins, un "
                "seul est à moins d’un kilomètre et demi : commençons par dire lequel.",
                Position.NUANCE,
                (Role.CITIZEN, Role.EXPERT, Role.EDITOR, Role.ORGANIZER),
            ),
            Said(
                Role.EXPERT,
                "Un tunnel mieux étanche donnera moins d’eau, et des rames qui freinent mieux, moins de chaleur. "
                "Étendre, oui, mais en dimensionnant sur le débit de dans dix ans :\n\n"
                "- 112 m³/h, et non 140 ;\n- un échangeur de secours ;\n- un stockage, même petit.",
                Position.NUANCE,
                (Role.REVIEWER, Role.PARTNER, Role.MODERATOR),
            ),
        ),
    ),
    Debated(
        origin="sample:debate:week-end",
        about="sample/06-transports-gratuits-le-week-end.md",
        question="Faut-il rendre les transports gratuits le week-end ?",
        introduction="Onze mois de chiffres, et deux autres façons de dépenser le même argent.",
        opened=-3,
        closes=9,
        said=(
            Said(
                Role.CITIZEN,
                "Le samedi, ma mère sort de nouveau. Aucun calcul de carbone ne compte ça.",
                Position.FOR,
                (Role.EDITOR, Role.MODERATOR, Role.PARTNER),
            ),
            Said(
                Role.PARTNER,
                "Les commerces du centre y gagnent aussi : qu’ils participent, et l’on pourra parler du dimanche.",
                Position.NUANCE,
                (Role.CITIZEN,),
            ),
            Said(
                Role.REVIEWER,
                "Quatre voyageurs sur dix marchaient ou pédalaient. À 6 000 € la tonne, des bus plus tard le soir "
                "serviraient mieux.",
                Position.AGAINST,
                (Role.EXPERT, Role.ORGANIZER),
            ),
        ),
    ),
    Debated(
        origin="sample:debate:water-data",
        about="sample/08-qui-doit-voir-les-donnees-d-un-reseau-d-eau.md",
        question="Qui doit voir les données d’un réseau d’eau ?",
        introduction="Le débat s’ouvrira avec le forum de l’eau en ville. D’ici là, lisez la note qui le demande.",
        opened=8,
        closes=36,
    ),
    Debated(
        origin="sample:debate:benches",
        question="Un banc tous les cent cinquante mètres : aux riverains de l’entretenir ?",
        introduction="Poser un banc coûte une fois. Le débat portait sur tout ce qui vient après.",
        opened=-40,
        closes=-12,
        themes=["public-space", "governance"],
        said=(
            Said(
                Role.CITIZEN,
                "Chaque immeuble adopte le sien : ce qu’on répare, on ne le casse pas.",
                Position.FOR,
                (Role.EDITOR,),
            ),
            Said(
                Role.ORGANIZER,
                "À la ville, comme le trottoir qui le porte.",
                Position.AGAINST,
                (Role.CITIZEN, Role.EXPERT),
            ),
        ),
    ),
)


async def fill_debates(story: SampleStory) -> None:
    """Open the debates of the sample and let its people argue. Done twice it changes nothing."""
    people = {role: Principal(id, frozenset({Role(role)})) for role, id in story.people.items()}
    if set(people) != set(Role):
        return
    cast = {Role(role): principal for role, principal in people.items()}
    opened = 0
    for one in DEBATES:
        async with story.resources["contributions"].database.transaction() as session:
            known = await session.exec(select(Debate.id).where(Debate.origin == one.origin))
            if known.first() is None and await _tell(session, one, cast):
                opened += 1
    if opened:
        story.say(f"{opened} debates opened")


async def _tell(session: AsyncSession, one: Debated, cast: Mapping[Role, Principal]) -> bool:
    about: UUID | None = None
    if one.about is not None:
        found = await session.exec(
            select(Contribution.id).where(Contribution.origin == one.about, Contribution.state == "published")
        )
        about = found.first()
        if about is None:
            return False
    opens_at, closes_at = (
        (now() + timedelta(days=days)).replace(hour=17, minute=0, second=0, microsecond=0)
        for days in (one.opened, one.closes)
    )
    asked = DebateIn(
        question=one.question,
        introduction=one.introduction,
        contribution=about,
        themes=one.themes,
        opens_at=opens_at,
        closes_at=closes_at,
    )
    debate = await open_debate(session, cast[Role.EDITOR], asked, render(one.introduction), opens_at)
    debate.origin = one.origin
    for said in one.said:
        await _say(session, debate, said, cast)
    return True


async def _say(
    session: AsyncSession, debate: Debate, said: Said, cast: Mapping[Role, Principal], answers: UUID | None = None
) -> None:
    """As if it were said while the debate was open."""
    then = debate.opens_at + timedelta(hours=1)
    words = ArgumentIn(body=said.words, position=said.position, answers=answers)
    argument = await argue(session, cast[said.by], debate.id, words, render(said.words), then)
    for role in said.endorsed_by:
        await endorse(session, cast[role], argument.id, then, endorsed=True)
    for reply in said.answered:
        await _say(session, debate, reply, cast, argument.id)
    if said.hidden_for is not None:
        await report(session, cast[Role.CITIZEN], ReportIn(argument=argument.id, rule=said.hidden_for))
        decision = ModerationIn(action="hide", rule=said.hidden_for, reason=MOTIVE)
        await moderate(session, cast[Role.MODERATOR], argument.id, decision)
