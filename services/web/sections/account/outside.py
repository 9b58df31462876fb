"""What the pages about another provider share: whether there is one, and what its refusals mean."""

from __future__ import annotations

from pydantic import ValidationError
from starlette.responses import Response

from services.web.language import N_
from services.web.page import Page
from shared.clients.base import ServiceDown, ServiceProblem
from shared.clients.identity import IdentityClient, OutsideProvider

AWAY = 424
"""Status of a problem that is the other provider's."""

_FAILED = {
    400: (
        N_("L’entrée n’a pas abouti"),
        N_(
            "La réponse reçue ne permet pas de vous connecter : la demande était trop ancienne, déjà utilisée, ou "
            "commencée dans un autre navigateur. Rien n’a été fait."
        ),
    ),
    409: (
        N_("Cette identité sert déjà"),
        N_("Elle est reliée à un autre compte de Demain, ou le vôtre en a trop. Déliez-la d’abord là où elle sert."),
    ),
    410: (
        N_("Cette arrivée a expiré"),
        N_("Elle a attendu trop longtemps, ou elle est déjà faite. Recommencez la connexion."),
    ),
    AWAY: (
        N_("On ne peut pas entrer ainsi en ce moment"),
        N_("Le service qui devait vous reconnaître ne répond pas. Réessayez plus tard, ou entrez autrement."),
    ),
}
"""Status → heading and sentence, message ids."""


async def other_provider(page: Page) -> OutsideProvider | None:
    """The other provider through which people may come in; None also while identity does not say."""
    try:
        items = (await page.client(IdentityClient).outside_providers()).items
    except (ServiceDown, ServiceProblem, ValidationError):
        # The password needs identity too, and says so itself.
        return None
    return items[0] if items else None


async def failed(page: Page, problem: ServiceProblem) -> Response:
    """The page for what did not work. Raises the problem if it is no such thing."""
    status = 400 if problem.status == 404 else problem.status
    if status not in _FAILED:
        raise problem
    heading, sentence = _FAILED[status]
    return await page.render(
        "account/outside_failed.html", status=503 if status == AWAY else status, heading=heading, sentence=sentence
    )
