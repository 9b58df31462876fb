"""States as short sentences that say what happens next."""

from __future__ import annotations

from markupsafe import Markup

from services.web import clock
from services.web.dates import on, since
from services.web.language import N_, gettext, say
from services.web.sections.partners import times
from shared.clients.partners import (
    Application,
    ApplicationSummary,
    Call,
    CallSummary,
    Demonstrator,
    DemonstratorSummary,
    Organization,
    OrganizationSummary,
)


def of_organization(one: Organization | OrganizationSummary) -> Markup:
    """Where an organization stands, for its members."""
    match one.state:
        case "draft":
            return say(
                N_("Brouillon, modifié %(when)s. Ses membres seuls la voient ; elle peut déjà répondre à un appel."),
                on(one.updated_at),
            )
        case "published":
            return say(
                N_("En ligne %(when)s. Tout le monde peut la lire et la trouver."),
                since(one.published_at or one.updated_at),
            )
        case _:
            return say(N_("Retirée %(when)s. Ses membres seuls la voient."), on(one.updated_at))


def of_call(one: Call | CallSummary) -> Markup:
    """Whether one can answer a call now, and until when."""
    if one.state == "draft":
        return say(
            N_("Brouillon, modifié %(when)s. Ceux qui organisent l’appel sont seuls à le voir."), on(one.updated_at)
        )
    if one.state == "withdrawn":
        return say(N_("Retiré %(when)s. Son adresse dit pourquoi."), on(one.updated_at))
    if one.phase == "coming" and one.opens_at:
        return say(N_("Ouvre le %(when)s."), times.moment(one.opens_at, one.zone))
    if one.phase == "open" and one.deadline:
        return say(N_("Ouvert jusqu’au %(when)s."), times.moment(one.deadline, one.zone))
    if one.phase == "open":
        return Markup.escape(gettext(N_("Toujours ouvert : on répond quand on veut.")))
    closed = getattr(one, "closed_at", None)
    at = min((when for when in (closed, one.deadline) if when), default=None)
    if at is None:
        return Markup.escape(gettext(N_("Clos : il ne prend plus de candidatures.")))
    return say(N_("Clos depuis le %(when)s. Il ne prend plus de candidatures."), times.moment(at, one.zone))


def of_application(one: Application | ApplicationSummary) -> Markup:
    """Where an application stands, and what happens next."""
    deadline, zone = one.call.deadline, one.call.zone
    match one.next_step:
        case "finish_before_deadline" if deadline is not None:
            return say(
                N_("Brouillon, que votre organisation est seule à lire. À soumettre avant le %(when)s."),
                times.moment(deadline, zone),
            )
        case "finish_before_deadline":
            return Markup.escape(
                gettext(
                    N_(
                        "Brouillon, que votre organisation est seule à lire. À soumettre quand vous voulez : "
                        "l’appel reste ouvert."
                    )
                )
            )
        case "deadline_passed" if deadline is not None and clock.is_past(deadline):
            return say(
                N_(
                    "La date limite était le %(when)s. Votre brouillon est gardé tel quel, mais il ne peut plus être "
                    "soumis."
                ),
                times.moment(deadline, zone),
            )
        case "deadline_passed":
            return Markup.escape(
                gettext(N_("L’appel ne prend pas de candidatures en ce moment. Votre brouillon est gardé tel quel."))
            )
        case "review_begins":
            return say(
                N_("Soumise %(when)s. Ensuite : des évaluateurs sans lien avec l’organisation vont la lire."),
                on(one.submitted_at or one.updated_at),
            )
        case "decision_follows":
            return say(
                N_("Soumise %(when)s, en évaluation. Ensuite : une décision motivée, que l’on lira ici."),
                on(one.submitted_at or one.updated_at),
            )
        case "partnership_begins":
            return say(
                N_("Acceptée %(when)s. Ensuite : le partenariat commence, avec un contact de chaque côté."),
                on(one.decided_at or one.updated_at),
            )
        case _ if one.state == "declined":
            return say(
                N_("Refusée %(when)s. Le motif est ci-dessous ; cette décision ne ferme pas les autres appels."),
                on(one.decided_at or one.updated_at),
            )
        case _:
            return say(N_("Retirée %(when)s par l’organisation. Il n’y a pas de suite."), on(one.updated_at))


def of_demonstrator(one: Demonstrator | DemonstratorSummary) -> Markup:
    """Where a demonstrator stands."""
    match one.state:
        case "draft":
            return say(N_("Brouillon, modifié %(when)s. Les partenaires sont seuls à le voir."), on(one.updated_at))
        case "published" if one.until is not None:
            return say(N_("En cours, jusqu’au %(when)s."), times.day(one.until))
        case "published":
            return Markup.escape(gettext(N_("En cours.")))
        case "ended":
            ended = getattr(one, "ended_at", None) or one.updated_at
            return say(N_("Terminé %(when)s. Ses résultats restent."), on(ended))
        case _:
            return say(N_("Retiré %(when)s. Son adresse dit pourquoi."), on(one.updated_at))
