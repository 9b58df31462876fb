"""States as short sentences that say what happens next, and the transitions an organizer may ask for."""

from __future__ import annotations

from markupsafe import Markup

from services.web import clock
from services.web.dates import on, since
from services.web.language import N_, gettext, say
from services.web.steps import Step
from shared.clients.events import Forum, ForumSummary, Session


def sentence(forum: Forum | ForumSummary) -> Markup:
    """Where a forum stands, for its organizer."""
    match forum.state:
        case "draft":
            return say(
                N_("Brouillon, modifié %(when)s. Personne d’autre ne le voit tant qu’il n’est pas publié."),
                on(forum.updated_at),
            )
        case "published" if is_over(forum):
            return say(N_("Terminé %(when)s. Son programme reste en ligne."), since(forum.ends_at))
        case "published":
            return say(
                N_("En ligne %(when)s. Tout le monde peut le voir et s’y inscrire."),
                since(forum.published_at or forum.updated_at),
            )
        case "cancelled":
            cancelled = getattr(forum, "cancelled_at", None) or forum.updated_at
            return say(N_("Annulé %(when)s. Son adresse le dit à ceux qui comptaient venir."), on(cancelled))
        case _:
            return Markup.escape(forum.state)


def is_over(forum: Forum | ForumSummary) -> bool:
    """Whether its last day is over."""
    return clock.is_past(forum.ends_at)


def session_sentence(session: Session, forum: Forum) -> Markup:
    """Where a session stands, for its organizer."""
    if session.state == "cancelled":
        return say(
            N_("Annulée %(when)s. Les agendas abonnés l’apprennent."), on(session.cancelled_at or forum.updated_at)
        )
    if forum.state == "draft":
        return Markup.escape(gettext(N_("Au programme d’un forum qui n’est pas encore publié.")))
    return say(N_("Au programme. Modifiée %(when)s."), on(session.updated_at))


FORUM_STEPS = (
    Step(
        action="publish",
        slug="publier",
        link=N_("Publier"),
        question=N_("Publier ce forum ?"),
        consequence=N_(
            "Tout le monde verra sa page et son programme, les inscriptions s’ouvrent, et la recherche le trouvera "
            "dans quelques secondes."
        ),
        button=N_("Publier maintenant"),
        notice="forum-published",
    ),
    Step(
        action="restore",
        slug="retablir",
        link=N_("Rétablir"),
        question=N_("Rétablir ce forum ?"),
        consequence=N_("Il aura lieu comme prévu : son programme revient, et les inscrits le sont toujours."),
        button=N_("Rétablir le forum"),
        notice="forum-restored",
    ),
    Step(
        action="retract",
        slug="depublier",
        link=N_("Dépublier"),
        question=N_("Dépublier ce forum ?"),
        consequence=N_(
            "Il redevient un brouillon que vous seul voyez ; sa page, son programme et son agenda disparaissent. "
            "S’il n’aura pas lieu, annulez-le plutôt : ceux qui comptaient venir l’apprendront."
        ),
        button=N_("Dépublier"),
        notice="forum-retracted",
        reason=N_("Pourquoi ?"),
        is_quiet=True,
    ),
    Step(
        action="cancel",
        slug="annuler",
        link=N_("Annuler le forum"),
        question=N_("Annuler ce forum ?"),
        consequence=N_(
            "Toutes ses sessions sont annulées avec lui, et les agendas abonnés l’apprennent. Sa page reste en ligne "
            "avec le motif que vous donnez ici."
        ),
        button=N_("Annuler le forum"),
        notice="forum-cancelled",
        reason=N_("Pourquoi ? Ce motif sera public."),
        is_quiet=True,
        is_grave=True,
    ),
)

SESSION_STEPS = (
    Step(
        action="cancel",
        slug="annuler",
        link=N_("Annuler la session"),
        question=N_("Annuler cette session ?"),
        consequence=N_(
            "Elle reste au programme, barrée, avec le motif que vous donnez ici ; sa salle est libre, et les agendas "
            "abonnés l’apprennent."
        ),
        button=N_("Annuler la session"),
        notice="session-cancelled",
        reason=N_("Pourquoi ? Ce motif sera public."),
        is_quiet=True,
        is_grave=True,
    ),
    Step(
        action="restore",
        slug="retablir",
        link=N_("Rétablir la session"),
        question=N_("Rétablir cette session ?"),
        consequence=N_("Elle revient à son heure et dans sa salle, si celle-ci est encore libre."),
        button=N_("Rétablir la session"),
        notice="session-restored",
    ),
)
