"""What debates call things on screen (message ids)."""

from __future__ import annotations

from services.web.language import N_

TYPES = {"debate": N_("Débat"), "argument": N_("Argument")}

POSITIONS = {"for": N_("Pour"), "against": N_("Contre"), "nuance": N_("Nuance")}
"""In the order of the columns."""

MORE = {
    "for": N_("Tous les arguments pour"),
    "against": N_("Tous les arguments contre"),
    "nuance": N_("Toutes les nuances"),
}

ORDERS = {
    "endorsements": N_("Les plus soutenus"),
    "newest": N_("Les plus récents"),
    "oldest": N_("Les plus anciens"),
}

PHASES = {"open": N_("Ouverts"), "scheduled": N_("À venir"), "closed": N_("Clos")}

RULES = {
    "respect": N_("Respecter les personnes"),
    "discrimination": N_("N’inciter ni à la haine ni à la discrimination"),
    "privacy": N_("Respecter la vie privée"),
    "falsehood": N_("Ne pas tromper"),
    "advertising": N_("Ne rien vendre"),
    "off_topic": N_("Répondre à la question"),
}
"""The rules of the charter, in its order."""

RULE_HELP = {
    "respect": N_("On discute ce qui est dit, jamais ceux qui le disent : ni insulte, ni moquerie, ni menace."),
    "discrimination": N_("Aucun propos qui vise des gens pour ce qu’ils sont, ni rien que la loi interdit."),
    "privacy": N_("Ni nom, ni adresse, ni photographie de personnes qui n’ont pas choisi d’être citées."),
    "falsehood": N_("Ne pas donner pour vrai ce qu’on sait faux, ne pas se faire passer pour un autre."),
    "advertising": N_("Ni réclame, ni campagne : une équipe qui a une solution répond à un appel."),
    "off_topic": N_("Une autre question mérite un autre débat ; répéter n’ajoute rien."),
}
