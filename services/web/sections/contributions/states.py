"""States as short sentences that say what happens next, and the transitions people may ask for."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from services.web import steps
from services.web.dates import at, on, since
from services.web.language import N_, say
from shared.clients.contributions import Contribution, ContributionSummary


def sentence(contribution: Contribution | ContributionSummary) -> Markup:
    """Where a contribution stands, for its author and for editors."""
    submitted = getattr(contribution, "submitted_at", None) or contribution.updated_at
    withdrawn = getattr(contribution, "withdrawn_at", None) or contribution.updated_at
    match contribution.state:
        case "draft":
            return say(
                N_("Brouillon, modifié %(when)s. Personne d’autre ne le lit tant qu’il n’est pas soumis."),
                on(contribution.updated_at),
            )
        case "submitted":
            return say(
                N_("En relecture %(when)s. La rédaction le publiera, ou demandera des modifications."),
                since(submitted),
            )
        case "changes_requested":
            return say(
                N_(
                    "La rédaction a demandé des modifications. Texte modifié %(when)s ; "
                    "son auteur le reprend, puis le soumet de nouveau."
                ),
                on(contribution.updated_at),
            )
        case "scheduled":
            return say(
                N_("Publication programmée %(when)s. Jusque-là, seuls son auteur et la rédaction le lisent."),
                at(contribution.publish_at or contribution.updated_at),
            )
        case "published":
            return say(
                N_("En ligne %(when)s. Tout le monde peut le lire et le trouver."),
                since(contribution.published_at or contribution.updated_at),
            )
        case "withdrawn":
            return say(N_("Retiré %(when)s. Son adresse dit pourquoi."), on(withdrawn))
        case _:
            return Markup.escape(contribution.state)


@dataclass(frozen=True, kw_only=True)
class Step(steps.Step):
    """A transition of a contribution."""

    asks_when: bool = False
    """Whether a day and an hour are asked for."""


STEPS = (
    Step(
        action="submit",
        slug="soumettre",
        link=N_("Soumettre à la rédaction"),
        question=N_("Soumettre ce texte à la rédaction ?"),
        consequence=N_(
            "La rédaction le lira. Pendant ce temps vous ne pourrez plus le modifier ; "
            "elle le publiera, ou demandera des modifications."
        ),
        button=N_("Soumettre"),
        notice="submitted",
    ),
    Step(
        action="publish",
        slug="publier",
        link=N_("Publier"),
        question=N_("Publier ce texte ?"),
        consequence=N_("Tout le monde pourra le lire, et la recherche le trouvera dans quelques secondes."),
        button=N_("Publier maintenant"),
        notice="published",
    ),
    Step(
        action="schedule",
        slug="programmer",
        link=N_("Programmer"),
        question=N_("Programmer la publication ?"),
        consequence=N_(
            "Le texte paraîtra de lui-même au jour et à l’heure choisis. Jusque-là il peut être publié plus tôt, ou "
            "déprogrammé."
        ),
        button=N_("Programmer la publication"),
        notice="scheduled",
        asks_when=True,
        is_quiet=True,
    ),
    Step(
        action="unschedule",
        slug="deprogrammer",
        link=N_("Déprogrammer"),
        question=N_("Déprogrammer la publication ?"),
        consequence=N_("Le texte revient en relecture ; il ne paraîtra pas à l’heure prévue."),
        button=N_("Déprogrammer"),
        notice="unscheduled",
        is_quiet=True,
    ),
    Step(
        action="recall",
        slug="reprendre",
        link=N_("Reprendre pour modifier"),
        question=N_("Reprendre ce texte ?"),
        consequence=N_("Il quitte la relecture et redevient un brouillon, que vous pourrez soumettre de nouveau."),
        button=N_("Reprendre"),
        notice="recalled",
        is_quiet=True,
    ),
    Step(
        action="return",
        slug="renvoyer",
        link=N_("Demander des modifications"),
        question=N_("Demander des modifications à l’auteur ?"),
        consequence=N_(
            "L’auteur lit votre demande, reprend le texte et le soumet de nouveau. Votre demande reste dans l’histoire "
            "du texte, que l’auteur et la rédaction voient."
        ),
        button=N_("Demander ces modifications"),
        notice="returned",
        reason=N_("Que faudrait-il reprendre ? L’auteur le lira."),
        is_quiet=True,
    ),
    Step(
        action="withdraw",
        slug="retirer",
        link=N_("Retirer"),
        question=N_("Retirer ce texte ?"),
        consequence=N_(
            "Il ne sera plus lisible ni trouvé. Son adresse restera, avec le motif que vous donnez ici. "
            "On ne revient pas en arrière."
        ),
        button=N_("Retirer définitivement"),
        notice="withdrawn",
        reason=N_("Pourquoi ? Ce motif sera public."),
        is_quiet=True,
        is_grave=True,
    ),
)
BY_SLUG = {step.slug: step for step in STEPS}
