"""Words that all sections share. Ids are the services'; labels are ours. What a section alone has, it declares."""

from __future__ import annotations

from services.web.language import N_, _

LANGUAGES = {"fr": N_("Français"), "en": N_("Anglais")}
"""Languages a contribution may be written in."""

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
