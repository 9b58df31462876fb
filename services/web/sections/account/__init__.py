"""Signing in, out and up, and my space, which other sections fill."""

from pathlib import Path

from services.web.language import N_
from services.web.section import Section
from services.web.sections.account.views import router

SECTION = Section(
    name="account",
    order=90,
    folder=Path(__file__).parent,
    router=router,
    notices={
        "signed-in": N_("Connexion réussie."),
        "signed-out": N_("Déconnexion faite. À bientôt."),
        "signed-up": N_("Votre compte est ouvert. Bienvenue sur Demain."),
    },
    private=("/mon-espace", "/connexion", "/deconnexion", "/inscription"),
)
