"""Signing in, out and up, passwords, one's profile, and my space, which other sections fill."""

from pathlib import Path

from services.web.language import N_
from services.web.section import Section
from services.web.sections.account import (
    arriving,
    connections,
    consent,
    departing,
    leaving,
    passwords,
    picture,
    profile,
    sign_in,
    verification,
    views,
)
from shared.http.route import joined

parts = (
    sign_in,
    departing,
    arriving,
    consent,
    views,
    verification,
    passwords,
    profile,
    picture,
    connections,
    leaving,
)

SECTION = Section(
    name="account",
    order=90,
    folder=Path(__file__).parent,
    router=joined(*(part.router for part in parts)),
    notices={
        "signed-in": N_("Connexion réussie."),
        "sign-in-over": N_("La demande de connexion avait expiré. La voici de nouveau."),
        "signed-out": N_("Déconnexion faite. À bientôt."),
        "signed-up": N_("Votre compte est ouvert. Bienvenue sur Demain."),
        "password-reset": N_("Votre mot de passe est changé. Connectez-vous avec le nouveau."),
        "password-changed": N_("Votre mot de passe est changé, et vous êtes déconnecté partout ailleurs."),
        "picture-shown": N_("Votre photo est en place."),
        "picture-gone": N_("Votre photo est retirée."),
        "address-changed": N_("Votre compte a sa nouvelle adresse. L’ancienne en est prévenue."),
        "account-erased": N_("Votre compte est effacé. Merci d’être passé par Demain."),
        "outside-declined": N_("Vous avez renoncé à entrer ainsi. Il reste les autres façons."),
        "outside-linked": N_("C’est relié : vous pouvez désormais entrer ainsi dans votre compte."),
        "outside-unlinked": N_("C’est délié : on n’entre plus ainsi dans votre compte."),
        "profile-kept": N_("Votre profil est enregistré."),
    },
    private=(
        "/mon-espace",
        "/connexion",
        "/deconnexion",
        "/inscription",
        "/verification",
        "/mot-de-passe-oublie",
        "/nouveau-mot-de-passe",
        "/nouvelle-adresse",
    ),
)
