"""The transitions people may ask for, as they are asked for on screen: message ids."""

from __future__ import annotations

from dataclasses import dataclass

from services.web import steps
from services.web.language import N_

PUBLIC_REASON = N_("Pourquoi ? Ce motif sera public.")


@dataclass(frozen=True, kw_only=True)
class Step(steps.Step):
    """A transition of an organization, a call, an application or a demonstrator."""

    names_contact: bool = False
    """Whether it asks who answers on the side that runs the call."""


ORGANIZATION = (
    Step(
        action="publish",
        slug="publier",
        link=N_("Publier"),
        question=N_("Publier cette organisation ?"),
        consequence=N_("Tout le monde pourra lire sa page et la trouver. Ses membres n’y sont pas nommés."),
        button=N_("Publier maintenant"),
        notice="organization-published",
    ),
    Step(
        action="withdraw",
        slug="retirer",
        link=N_("Retirer"),
        question=N_("Retirer cette organisation ?"),
        consequence=N_("Elle ne sera plus lue ni trouvée. Ses candidatures restent à ses membres."),
        button=N_("Retirer"),
        notice="organization-withdrawn",
        reason=PUBLIC_REASON,
        is_quiet=True,
        is_grave=True,
    ),
)

CALL = (
    Step(
        action="publish",
        slug="publier",
        link=N_("Publier"),
        question=N_("Publier cet appel ?"),
        consequence=N_("Tout le monde pourra le lire et le trouver. Ses critères et leurs poids ne changeront plus."),
        button=N_("Publier maintenant"),
        notice="call-published",
    ),
    Step(
        action="close",
        slug="clore",
        link=N_("Clore"),
        question=N_("Clore cet appel ?"),
        consequence=N_("Il ne prendra plus de candidatures. Celles qui sont soumises suivent leur cours."),
        button=N_("Clore maintenant"),
        notice="call-closed",
        is_quiet=True,
        is_grave=True,
    ),
    Step(
        action="withdraw",
        slug="retirer",
        link=N_("Retirer"),
        question=N_("Retirer cet appel ?"),
        consequence=N_("Il ne sera plus lisible ni trouvé. Son adresse restera, avec le motif que vous donnez ici."),
        button=N_("Retirer définitivement"),
        notice="call-withdrawn",
        reason=PUBLIC_REASON,
        is_quiet=True,
        is_grave=True,
    ),
)

APPLICATION = (
    Step(
        action="submit",
        slug="soumettre",
        link=N_("Soumettre"),
        question=N_("Soumettre cette candidature ?"),
        consequence=N_(
            "Ceux qui tiennent l’appel la liront, puis des évaluateurs sans lien avec votre organisation. "
            "Elle ne changera plus ; vous pourrez la retirer jusqu’à la décision."
        ),
        button=N_("Soumettre la candidature"),
        notice="application-submitted",
    ),
    Step(
        action="review",
        slug="evaluer",
        link=N_("Commencer l’évaluation"),
        question=N_("Commencer l’évaluation ?"),
        consequence=N_("L’organisation verra que sa candidature est en évaluation. Une décision devra suivre."),
        button=N_("Commencer"),
        notice="application-in-review",
        is_quiet=True,
    ),
    Step(
        action="accept",
        slug="accepter",
        link=N_("Accepter"),
        question=N_("Accepter cette candidature ?"),
        consequence=N_(
            "L’organisation lira votre motif, et un partenariat commence, avec un contact de chaque côté. "
            "On ne revient pas en arrière."
        ),
        button=N_("Accepter la candidature"),
        notice="application-accepted",
        reason=N_("Pourquoi ? L’organisation le lira."),
        names_contact=True,
    ),
    Step(
        action="decline",
        slug="refuser",
        link=N_("Refuser"),
        question=N_("Refuser cette candidature ?"),
        consequence=N_("L’organisation lira votre motif. On ne revient pas en arrière."),
        button=N_("Refuser la candidature"),
        notice="application-declined",
        reason=N_("Pourquoi ? L’organisation le lira."),
        is_quiet=True,
        is_grave=True,
    ),
    Step(
        action="withdraw",
        slug="retirer",
        link=N_("Retirer la candidature"),
        question=N_("Retirer cette candidature ?"),
        consequence=N_("Elle ne sera pas évaluée, et ne pourra pas être reprise. Vous gardez son texte."),
        button=N_("Retirer définitivement"),
        notice="application-withdrawn",
        is_quiet=True,
        is_grave=True,
    ),
)

DEMONSTRATOR = (
    Step(
        action="publish",
        slug="publier",
        link=N_("Publier"),
        question=N_("Publier ce démonstrateur ?"),
        consequence=N_("Tout le monde pourra lire où il est, ce qu’on y essaie et ses résultats."),
        button=N_("Publier maintenant"),
        notice="demonstrator-published",
    ),
    Step(
        action="end",
        slug="terminer",
        link=N_("Terminer"),
        question=N_("Dire que ce démonstrateur est terminé ?"),
        consequence=N_("Sa page et ses résultats restent en ligne ; elle dira que l’essai est terminé."),
        button=N_("Terminer"),
        notice="demonstrator-ended",
        is_quiet=True,
        is_grave=True,
    ),
    Step(
        action="withdraw",
        slug="retirer",
        link=N_("Retirer"),
        question=N_("Retirer ce démonstrateur ?"),
        consequence=N_("Il ne sera plus lisible ni trouvé. Son adresse restera, avec le motif que vous donnez ici."),
        button=N_("Retirer définitivement"),
        notice="demonstrator-withdrawn",
        reason=PUBLIC_REASON,
        is_quiet=True,
        is_grave=True,
    ),
)
