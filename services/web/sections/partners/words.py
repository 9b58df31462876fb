"""What organizations, calls, applications and demonstrators are called on screen. Ids are the service's."""

from __future__ import annotations

from services.web.language import N_

TYPES = {
    "organization": N_("Organisation"),
    "call": N_("Appel"),
    "demonstrator": N_("Démonstrateur"),
}

ORGANIZATIONS = {
    "startup": N_("Jeune pousse"),
    "lab": N_("Laboratoire"),
    "company": N_("Entreprise"),
    "authority": N_("Collectivité"),
}
CALLS = {
    "projects": N_("Appel à projets"),
    "interest": N_("Appel à manifestation d’intérêt"),
    "open": N_("Toujours ouvert"),
}
DEMONSTRATORS = {"running": N_("En cours"), "ended": N_("Terminé")}

KINDS = {"organization": ORGANIZATIONS, "call": CALLS, "demonstrator": DEMONSTRATORS}

KINDS_PLURAL = {
    "organization": {
        "startup": N_("Jeunes pousses"),
        "lab": N_("Laboratoires"),
        "company": N_("Entreprises"),
        "authority": N_("Collectivités"),
    },
    "call": {"projects": N_("Appels à projets"), "interest": N_("Appels à manifestation d’intérêt")},
}

CALL_HELP = {
    "projects": N_("Des équipes proposent un essai ; certaines sont retenues."),
    "interest": N_("On dit ce que l’on saurait faire, sans s’engager encore."),
    "open": N_("Sans date limite, pour ce que personne n’a demandé."),
}

PHASES = {"": N_("Ouverts"), "coming": N_("À venir"), "over": N_("Clos")}
"""Which calls a list shows, as the address says it; nothing means those one can answer now."""

RUNNING = {"": N_("Tous"), "published": N_("En cours"), "ended": N_("Terminés")}

MEMBERS = {"owner": N_("responsable"), "member": N_("membre")}

STATES = {
    "draft": N_("Brouillon"),
    "submitted": N_("Soumise"),
    "in_review": N_("En évaluation"),
    "accepted": N_("Acceptée"),
    "declined": N_("Refusée"),
    "withdrawn": N_("Retirée"),
}
"""Of an application, in the order of its life."""

STEPS_TAKEN = {
    "submit": N_("Candidature soumise"),
    "review": N_("Évaluation commencée"),
    "accept": N_("Candidature acceptée"),
    "decline": N_("Candidature refusée"),
    "withdraw": N_("Candidature retirée"),
}

CONFLICTS = {
    "own_organization": N_("Cette personne appartient à l’organisation candidate, ou y a appartenu."),
    "declared": N_("Cette personne a déclaré un intérêt dans l’organisation candidate."),
    "same_mail_domain": N_("Son adresse e-mail est du même domaine que celle d’un membre de l’organisation candidate."),
    "unknown_mail_domain": N_(
        "On ne sait pas encore si son adresse e-mail est du même domaine que celles de l’organisation candidate. "
        "Recommencez dans un instant."
    ),
}
"""Why somebody may not review, for who runs the call."""

REVIEW_STATES = {"draft": N_("évaluation commencée"), "submitted": N_("évaluation rendue")}

ZONES = (
    "Europe/Paris", "America/Cayenne", "America/Guadeloupe", "America/Martinique", "America/Miquelon",
    "Indian/Mayotte", "Indian/Reunion", "Pacific/Noumea", "Pacific/Tahiti", "Pacific/Wallis", "Europe/Athens",
    "Europe/Berlin", "Europe/Brussels", "Europe/Lisbon", "Europe/London", "Europe/Madrid", "Europe/Rome",
    "Europe/Zurich", "UTC",
)  # fmt: skip
"""Offered while one types; any other of the IANA base may be written."""
