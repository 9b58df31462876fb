"""Where a debate stands, in a short sentence that says what happens next; and the steps people may ask for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from markupsafe import Markup

from services.web import dates
from services.web.language import N_, gettext
from shared.clients.contributions import Debate, DebateSummary


def sentence(debate: Debate | DebateSummary) -> Markup:
    """Where a debate stands."""
    match debate.phase:
        case "open":
            return _say(N_("Ouvert à tous, clôture %(when)s."), dates.at(debate.closes_at))
        case "scheduled":
            return _say(
                N_("Ouvrira %(when)s. On pourra le lire et y répondre à partir de là."), dates.at(debate.opens_at)
            )
        case "closed":
            return _say(N_("Clos %(when)s. Tout ce qui s’y est dit reste à lire."), dates.on(debate.closes_at))
        case _:
            return Markup.escape(gettext(N_("Retiré.")))


def brief(debate: Debate | DebateSummary) -> Markup:
    """The same for lists."""
    match debate.phase:
        case "open":
            return _say(N_("clôture %(when)s"), dates.on(debate.closes_at))
        case "scheduled":
            return _say(N_("ouvrira %(when)s"), dates.at(debate.opens_at))
        case "closed":
            return _say(N_("clos %(when)s"), dates.on(debate.closes_at))
        case _:
            return Markup.escape(gettext(N_("retiré")))


def _say(message: str, when: Markup) -> Markup:
    return Markup(gettext(message)) % {"when": when}  # noqa: S704 - our own sentence


def instant(local: str, zone: str = "Europe/Paris") -> datetime | None:
    """What a field for day and hour says, at the hour of a zone; None for what says nothing."""
    try:
        return datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone))
    except (ValueError, OSError, LookupError):
        return None


def field(moment: datetime, zone: str = "Europe/Paris") -> str:
    """An instant as a field for day and hour holds it."""
    return moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M")


@dataclass(frozen=True)
class Step:
    """A change of a debate as it is asked for on screen: message ids."""

    action: str
    slug: str
    link: str
    question: str
    consequence: str
    button: str
    notice: str
    reason: str = ""
    """Label of the field for a reason; empty where none is asked."""
    is_grave: bool = False


STEPS = (
    Step(
        action="close",
        slug="fermer",
        link=N_("Clore maintenant"),
        question=N_("Clore ce débat maintenant ?"),
        consequence=N_("Plus personne ne pourra y argumenter ni soutenir. Tout ce qui s’y est dit reste à lire."),
        button=N_("Clore le débat"),
        notice="debate-closed",
    ),
    Step(
        action="withdraw",
        slug="retirer",
        link=N_("Retirer"),
        question=N_("Retirer ce débat ?"),
        consequence=N_(
            "Ni lui ni ses arguments ne pourront plus être lus ni trouvés. Son adresse restera, avec le motif que "
            "vous donnez ici. On ne revient pas en arrière."
        ),
        button=N_("Retirer définitivement"),
        notice="debate-withdrawn",
        reason=N_("Pourquoi ? Ce motif sera public."),
        is_grave=True,
    ),
)
BY_SLUG = {step.slug: step for step in STEPS}
