"""Administration of accounts: who there is, what they may be, who is suspended, and what was done by whom."""

from pathlib import Path

from services.web.language import N_
from services.web.section import NavItem, Section
from services.web.sections.accounts.views import router
from services.web.sessions import Visitor


def _is_admin(visitor: Visitor | None) -> bool:
    return visitor is not None and visitor.has_role("admin")


SECTION = Section(
    name="accounts",
    # Before taxonomy, which takes every other address below /administration.
    order=14,
    folder=Path(__file__).parent,
    router=router,
    nav=(NavItem(N_("Comptes"), "/administration/comptes", 86, _is_admin),),
    notices={
        "role-granted": N_("Rôle accordé. Il vaut dans les cinq minutes."),
        "role-taken": N_("Rôle retiré. Il cesse dans les cinq minutes."),
        "suspended": N_("Compte suspendu : la personne est déconnectée partout."),
        "restored": N_("Suspension levée. La personne peut de nouveau se connecter."),
        "erased-for": N_("Compte effacé. Un dernier courrier le dit à la personne."),
    },
)
