"""What the fields and codes of forums are called on screen. Ids are the service's."""

from __future__ import annotations

from services.web.language import N_

TYPES = {"forum": N_("Forum"), "session": N_("Session")}

FORUM_LABELS = {
    "title": N_("Titre"),
    "summary": N_("Chapeau"),
    "description": N_("Présentation"),
    "starts_on": N_("Premier jour"),
    "ends_on": N_("Dernier jour"),
    "zone": N_("Fuseau horaire"),
    "venue": N_("Lieu"),
    "link": N_("Lien pour suivre à distance"),
    "capacity": N_("Nombre de places"),
    "tracks": N_("Parcours"),
    "themes": N_("Thèmes"),
    "territories": N_("Territoires"),
    "language": N_("Langue du texte"),
    "acronym": N_("Sigle"),
}

SESSION_LABELS = {
    "title": N_("Titre"),
    "room": N_("Salle"),
    "starts_at": N_("Début"),
    "minutes": N_("Durée, en minutes"),
    "speakers": N_("Intervenants"),
    "summary": N_("Chapeau"),
    "description": N_("Présentation"),
    "track": N_("Parcours"),
    "format": N_("Format"),
    "language": N_("Langue de la session"),
}

FORUM_REFUSALS = {
    "title": N_("Donnez un titre d’une ligne, de deux cents signes au plus."),
    "summary": N_("Ce chapeau ne convient pas : six cents signes au plus, et il en faut un pour publier."),
    "description": N_("Ce texte ne convient pas : cent mille signes au plus, sans caractère nul."),
    "starts_on": N_("Donnez le premier jour, entre 1970 et 2199."),
    "ends_on": N_("Donnez le dernier jour : pas avant le premier, ni plus d’un an après."),
    "zone": N_("Écrivez un fuseau horaire de la base IANA, comme Europe/Paris."),
    "venue": N_("Dites où cela se passe, ou donnez un lien pour suivre à distance."),
    "link": N_("Écrivez une adresse entière, comme https://example.org/forum."),
    "capacity": N_("Écrivez un nombre de places, ou laissez vide si l’entrée n’est pas comptée."),
    "tracks": N_("Un parcours par ligne, cinquante au plus ; ceux où il y a des sessions doivent rester."),
    "themes": N_("Choisissez dix thèmes au plus, dans la liste."),
    "territories": N_("Choisissez dix territoires au plus, dans la liste."),
    "language": N_("Choisissez une langue dans la liste."),
    "acronym": N_("Ce sigle ne convient pas : soixante signes au plus, et un seul de vos forums peut le porter."),
}
"""What to do about a field the events service refused."""

SESSION_REFUSALS = {
    "title": N_("Donnez un titre d’une ligne, de deux cents signes au plus."),
    "room": N_("Choisissez une salle dans la liste."),
    "starts_at": N_(
        "Donnez un jour et une heure qui existent : dans la nuit du passage à l’heure d’été, une heure n’a pas lieu."
    ),
    "minutes": N_("Écrivez une durée en minutes, d’une minute à sept jours."),
    "speakers": N_("Un intervenant par ligne, cent au plus, deux cents signes par nom."),
    "summary": N_("Ce chapeau ne convient pas : dix mille signes au plus."),
    "description": N_("Ce texte ne convient pas : cent mille signes au plus, sans caractère nul."),
    "track": N_("Choisissez un parcours dans la liste."),
    "format": N_("Ce format ne convient pas : une ligne, deux cents signes au plus."),
    "language": N_("Choisissez une langue dans la liste."),
}

FORMATS = (N_("Conférence"), N_("Table ronde"), N_("Atelier"), N_("Débat"), N_("Visite"), N_("Projection"))
"""Offered while one types; any other may be written."""

SPOKEN = {
    "fr": N_("Français"),
    "en": N_("Anglais"),
    "de": N_("Allemand"),
    "es": N_("Espagnol"),
    "it": N_("Italien"),
    "nl": N_("Néerlandais"),
    "pt": N_("Portugais"),
    "ar": N_("Arabe"),
}
"""Languages a session may be held in; one that is none of these keeps its code."""

ZONES = (
    "Europe/Paris", "America/Cayenne", "America/Guadeloupe", "America/Martinique", "America/Miquelon",
    "Indian/Mayotte", "Indian/Reunion", "Pacific/Noumea", "Pacific/Tahiti", "Pacific/Wallis", "Africa/Algiers",
    "Africa/Casablanca", "Africa/Dakar", "Africa/Tunis", "America/Montreal", "America/New_York", "Europe/Athens",
    "Europe/Berlin", "Europe/Brussels", "Europe/Lisbon", "Europe/London", "Europe/Luxembourg", "Europe/Madrid",
    "Europe/Rome", "Europe/Zurich", "UTC",
)  # fmt: skip
"""Offered while one types; any other of the IANA base may be written."""

FORUM_FIELDS = {
    **FORUM_LABELS,
    "begins_at": N_("Premier jour"),
    "ends_at": N_("Dernier jour"),
}
"""What an import may change in a forum."""

SESSION_FIELDS = {
    **SESSION_LABELS,
    "guid": N_("Identifiant"),
}
"""What an import may change in a session."""
