"""The events' part of the sample story: a forum about the study on heating with the water of the metro.

It comes in six weeks; one was held last spring, one was called off, one is still being written. Each is known again by
its acronym, so that filling twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.events.commands import forums, places, rooms, sessions
from services.events.schemas.fields import Language
from services.events.schemas.forums import ForumIn
from services.events.schemas.sessions import SessionIn, SpeakerIn
from services.events.tables import Forum, now
from services.events.workflow import Action
from shared.auth.principal import Principal, Role
from shared.http.preconditions import Expected
from shared.rendering import render
from shared.runtime.sample import SampleStory
from shared.storage.tables import table_of

EITHER = Expected(frozenset({"*"}))
"""Whatever version it is at: nobody else works on the sample while it is made."""
COMING, PAST = timedelta(weeks=6), timedelta(weeks=-30)


@dataclass(frozen=True)
class _Session:
    """A session of the sample: on which day of the forum, when, where, who (roles, or names of strangers)."""

    day: int
    at: str
    minutes: int
    room: str
    title: str
    summary: str
    description: str
    track: str
    format: str
    speakers: Sequence[str]
    language: str = "fr"


@dataclass(frozen=True)
class _Forum:
    """A forum of the sample."""

    acronym: str
    starts_in: timedelta
    days: int
    title: str
    summary: str
    description: str
    venue: str
    themes: Sequence[str]
    territories: Sequence[str]
    path: Sequence[tuple[Action, str | None]]
    rooms: Mapping[str, int] = field(default_factory=dict)
    tracks: Sequence[str] = ()
    sessions: Sequence[_Session] = ()
    capacity: int | None = None
    registered: Sequence[str] = ()
    """Roles, in the order in which they register."""
    language: Language = Language.FRENCH


_AGORA, _WORKSHOP = "Agora", "Atelier des tuyaux"

FORUMS = (
    _Forum(
        acronym="chaleur-de-la-ville",
        starts_in=COMING,
        days=2,
        title="La chaleur de la ville : que faire de l’eau du métro ?",
        summary=(
            "Deux jours à Lyon pour passer d’une étude à une rue chauffée : mesures, argent, "
            "règles, et qui décide."
        ),
        description=(
            "L’étude [Chauffer un quartier avec l’eau de son métro](/contributions) a montré que l’eau d’exhaure d’une "
            "seule station chaufferait neuf cents logements. Le débat qu’elle a ouvert a posé trois questions : **qui "
            "paie** les premiers mètres de tuyau, **qui éteint** quand la nappe baisse, et **que devient** la chaleur "
            "en été.\n\n"
            "Ce forum y répond en deux jours. Le premier écoute : la mesure, le droit, l’argent. "
            "Le second fabrique : chaque atelier finit par une page que l’appel à projets reprendra.\n\n"
            "## Pour venir\n\n- Entrée libre, inscription demandée : l’Agora tient cent vingt personnes.\n"
            "- Boucle magnétique et vélotypie dans l’Agora.\n- Les échanges de la session en anglais sont traduits.\n"
        ),
        venue="Halle des Girondins, 2 rue Croix-Barret, Lyon 7e",
        themes=("energy", "water"),
        territories=("lyon",),
        path=((Action.PUBLISH, None),),
        rooms={_AGORA: 120, _WORKSHOP: 24},
        tracks=("Comprendre", "Décider", "Construire"),
        capacity=120,
        registered=(Role.CITIZEN, Role.EXPERT, Role.PARTNER),
        sessions=(
            _Session(
                0, "09:30", 60, _AGORA,
                "Ce que l’eau du métro sait faire",
                "Les mesures de trois hivers, et ce qu’elles ne disent pas.",
                "L’autrice de l’étude présente les relevés des trois stations : débit, température, "
                "jours d’arrêt. Puis elle répond à l’objection la plus endossée du débat : que se passe-t-il l’hiver "
                "où la nappe baisse ?",
                "Comprendre", "Conférence", (Role.EXPERT,),
            ),
            _Session(
                0, "11:00", 75, _AGORA,
                "Qui paie les premiers mètres ?",
                "Table ronde : la métropole, un bailleur, un exploitant, une habitante.",
                "Un réseau ne vaut rien avant son dixième immeuble. Quatre façons de porter les trois premières "
                "années, avec leurs chiffres, et ce que chacune fait au prix du chauffage.",
                "Décider", "Table ronde", (Role.ORGANIZER, Role.CITIZEN, "Jeanne Okafor", "Paul Vidal"),
            ),
            _Session(
                0, "14:00", 90, _WORKSHOP,
                "Lire un plan de réseau sans être ingénieure",
                "Atelier : suivre la chaleur de la nappe au radiateur, sur le plan de son propre quartier.",
                "On vient avec son adresse, on repart avec la longueur de tuyau qui la sépare de la station.",
                "Comprendre", "Atelier", ("Jeanne Okafor",),
            ),
            _Session(
                0, "14:00", 60, _AGORA,
                "What Stockholm learnt from its data centres",
                "Twelve years of buying waste heat at an open price: what worked, and what nobody expected.",
                "An open district heating market needs a price for heat that arrives when nobody wants it. The talk is "
                "in English, with live translation into French.",
                "Décider", "Conférence", ("Astrid Lindqvist",), "en",
            ),
            _Session(
                1, "09:30", 120, _WORKSHOP,
                "Écrire la règle d’arrêt",
                "Atelier : quand la nappe baisse, qui éteint quoi, et qui le dit aux habitants ?",
                "Par groupes de six, une règle d’une page. L’appel à projets demandera que les "
                "candidats la reprennent.",
                "Décider", "Atelier", (Role.MODERATOR, Role.EXPERT),
            ),
            _Session(
                1, "14:00", 90, _AGORA,
                "D’une étude à une rue : l’appel à projets",
                "Ce que la ville cherche, ce qu’elle met sur la table, et comment répondre.",
                "Lecture publique de l’appel, critère par critère, puis questions des jeunes "
                "pousses et des laboratoires.",
                "Construire", "Présentation", (Role.ORGANIZER, Role.PARTNER),
            ),
        ),
    ),
    _Forum(
        acronym="sous-la-station",
        starts_in=COMING / 2,
        days=1,
        title="Sous la station : voir l’eau avant d’en parler",
        summary="Une descente dans la chambre des pompes, pour quelques personnes à la fois.",
        description=(
            "Trente mètres sous le quai, l’eau arrive à quatorze degrés toute l’année. L’exploitant ouvre la porte le "
            "temps d’une visite. Chaussures fermées ; l’escalier a deux cents marches et pas d’ascenseur.\n"
        ),
        venue="Station Saxe-Gambetta, Lyon, sortie 3",
        themes=("energy", "water"),
        territories=("lyon",),
        path=((Action.PUBLISH, None),),
        rooms={"Chambre des pompes": 2},
        tracks=("Voir",),
        capacity=2,
        registered=(Role.PARTNER, Role.REVIEWER, Role.CITIZEN, Role.MODERATOR),
        sessions=(
            _Session(
                0,
                "10:00",
                45,
                "Chambre des pompes",
                "Descendre, mesurer, remonter",
                "Chacune et chacun relève le débit et la température avec l’autrice de l’étude.",
                "Les relevés de la visite sont ajoutés aux siens.",
                "Voir",
                "Visite",
                (Role.EXPERT,),
            ),
        ),
    ),
    _Forum(
        acronym="rues-d-ete",
        starts_in=PAST,
        days=1,
        title="Rues d’été, rues d’école",
        summary="Une journée sur ce que l’ombre, l’eau et les enfants font à une rue.",
        description="Le compte rendu est dans les sessions. Merci aux quatre-vingts personnes venues sous l’orage.\n",
        venue="École Gilbert-Dru, Lyon",
        themes=("public-space",),
        territories=("lyon",),
        path=((Action.PUBLISH, None),),
        rooms={"Préau": 80},
        tracks=("Voir",),
        sessions=(
            _Session(
                0, "10:00", 60, "Préau",
                "Trois degrés de moins sous les tilleuls",
                "Douze arbres, deux étés, un thermomètre.",
                "Ce que valent les mesures, et ce qu’il faudrait planter maintenant pour 2050.",
                "Voir", "Conférence", (Role.EXPERT,),
            ),
        ),
    ),
    _Forum(
        acronym="nuit-de-la-nuit",
        starts_in=COMING * 2,
        days=1,
        title="La nuit de la nuit",
        summary="Marcher dans un quartier éteint, et en parler.",
        description="Une marche de nuit, puis une soupe.\n",
        venue="Place Bahadourian, Lyon",
        themes=("public-space", "energy"),
        territories=("lyon",),
        path=(
            (Action.PUBLISH, None),
            (
                Action.CANCEL,
                "Les travaux de la place ne seront pas finis ; une autre date est "
                "cherchée pour le printemps.",
            ),
        ),
    ),
    _Forum(
        acronym="budget-participatif-autrement",
        starts_in=COMING * 3,
        days=1,
        title="Le budget participatif, autrement qu’un concours",
        summary="",
        description="Brouillon : trois villes à inviter, une salle à trouver.\n",
        venue="",
        themes=("governance",),
        territories=(),
        path=(),
    ),
)  # fmt: skip


async def fill(story: SampleStory) -> None:
    """Plan the sample's forums, as far as they are missing."""
    organizer = story.people.get(Role.ORGANIZER)
    if organizer is None:
        return
    actor = Principal(organizer, frozenset({Role.ORGANIZER}))
    database, made = story.resources["events"].database, 0
    c: Any = table_of(Forum).c
    for sample in FORUMS:
        async with database.transaction() as session:
            query = select(Forum.id).where(c.owner == organizer, c.acronym == sample.acronym)
            if (await session.exec(query)).first() is None:
                await _plan(session, actor, sample, story.people)
                made += 1
    if made:
        story.say(f"{made} forums planned")


async def _plan(session: AsyncSession, actor: Principal, sample: _Forum, people: Mapping[str, UUID]) -> None:
    first = _saturday(now().date() + sample.starts_in)
    # The labels are contributions' own sample: that they exist need not have reached this service yet.
    forum = await forums.add(
        session,
        actor.id,
        ForumIn(
            acronym=sample.acronym,
            language=sample.language,
            title=sample.title,
            summary=sample.summary,
            description=sample.description,
            venue=sample.venue,
            starts_on=first,
            ends_on=first + timedelta(days=sample.days - 1),
            themes=list(sample.themes),
            territories=list(sample.territories),
            tracks=list(sample.tracks),
            capacity=sample.capacity,
        ),
        render(sample.description),
    )
    halls = {name: (await rooms.add_to(session, forum, name, holds)).id for name, holds in sample.rooms.items()}
    for one in sample.sessions:
        planned = SessionIn(
            title=one.title,
            room=halls[one.room],
            starts_at=datetime.combine(first + timedelta(days=one.day), time.fromisoformat(one.at)),
            minutes=one.minutes,
            language=one.language,
            format=one.format,
            summary=one.summary,
            description=one.description,
            track=one.track,
            speakers=[
                SpeakerIn(person=people[who]) if who in people else SpeakerIn(name=str(who)) for who in one.speakers
            ],
        )
        await sessions.add(session, actor, forum.id, planned, render(one.description))
    for action, reason in sample.path:
        await forums.move(session, actor, forum.id, EITHER, action, reason)
    for role in sample.registered:
        if role in people:
            await places.register(session, Principal(people[role], frozenset()), forum.id)


def _saturday(day: date) -> date:
    """The first Saturday from a day on."""
    return day + timedelta(days=(5 - day.weekday()) % 7)
