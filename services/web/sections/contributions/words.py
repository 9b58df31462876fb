"""What contributions and their kinds are called on screen. Ids are the service's."""

from __future__ import annotations

from services.web.language import N_

TYPES = {"contribution": N_("Contribution")}

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
