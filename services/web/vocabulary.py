"""What the domain's words are called on screen. Ids are the services'; labels are ours."""

from __future__ import annotations

from services.web.language import N_, _

KINDS = {
    "study": N_("Étude"),
    "note": N_("Note"),
    "op_ed": N_("Tribune"),
    "interview": N_("Entretien"),
    "idea": N_("Idée"),
}
"""Kinds of contributions, in the order they are offered."""

KINDS_PLURAL = {
    "study": N_("Études"),
    "note": N_("Notes"),
    "op_ed": N_("Tribunes"),
    "interview": N_("Entretiens"),
    "idea": N_("Idées"),
}

KIND_HELP = {
    "study": N_("Un travail approfondi, avec sa méthode et ses sources."),
    "note": N_("Un point court sur une question précise."),
    "op_ed": N_("Une prise de position, signée."),
    "interview": N_("Une conversation retranscrite."),
    "idea": N_("Une proposition à discuter, même inachevée."),
}

LANGUAGES = {"fr": N_("Français"), "en": N_("Anglais")}
"""Languages a contribution may be written in."""

TYPES = {"contribution": N_("Contribution")}

ROLES = {
    "citizen": N_("citoyen"),
    "expert": N_("expert"),
    "editor": N_("rédaction"),
    "organizer": N_("organisation"),
    "partner": N_("partenaire"),
    "reviewer": N_("évaluation"),
    "moderator": N_("modération"),
    "admin": N_("administration"),
}


def label(words: dict[str, str], id: str) -> str:
    """The word for an id in the current language; an id not known here is shown as it is."""
    return _(words[id]) if id in words else id


def lower_first(text: str) -> str:
    """``Énergie`` inside a sentence is ``énergie``; ``ZAC`` stays ``ZAC``."""
    return text[:1].lower() + text[1:] if text[1:2].islower() else text
