"""Where a debate stands, in a short sentence that says what happens next; and the steps people may ask for."""

from __future__ import annotations

from markupsafe import Markup

from services.web import dates
from services.web.language import N_, gettext, say
from services.web.steps import Step
from shared.clients.contributions import Debate, DebateSummary


def sentence(debate: Debate | DebateSummary) -> Markup:
    """Where a debate stands."""
    match debate.phase:
        case "open":
            return say(N_("Ouvert à tous, clôture %(when)s."), dates.at(debate.closes_at))
        case "scheduled":
            return say(
                N_("Ouvrira %(when)s. On pourra le lire et y répondre à partir de là."), dates.at(debate.opens_at)
            )
        case "closed":
            return say(N_("Clos %(when)s. Tout ce qui s’y est dit reste à lire."), dates.on(debate.closes_at))
        case _:
            return Markup.escape(gettext(N_("Retiré.")))


def brief(debate: Debate | DebateSummary) -> Markup:
    """The same for lists."""
    match debate.phase:
        case "open":
            return say(N_("clôture %(when)s"), dates.on(debate.closes_at))
        case "scheduled":
            return say(N_("ouvrira %(when)s"), dates.at(debate.opens_at))
        case "closed":
            return say(N_("clos %(when)s"), dates.on(debate.closes_at))
        case _:
            return Markup.escape(gettext(N_("retiré")))


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
