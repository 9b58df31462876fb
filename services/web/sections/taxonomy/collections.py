"""What differs between themes and territories on the site: words and addresses."""

from __future__ import annotations

from dataclasses import dataclass

from services.web.language import N_
from shared.clients.contributions import Collection


@dataclass(frozen=True)
class Words:
    """Message ids and addresses of one collection."""

    collection: Collection
    facet: str
    """How search and lists call it: ``theme`` or ``territory``."""
    path: str
    administration: str
    title: str
    one: str
    intro: str
    none: str
    add: str
    edit: str
    merge: str
    question: str
    is_tree: bool = False
    """Whether they lie in one another."""


THEMES = Words(
    collection="themes",
    facet="theme",
    path="/themes",
    administration="/administration/themes",
    title=N_("Thèmes"),
    one=N_("Thème"),
    intro=N_("De quoi parlent les contributions."),
    none=N_("Aucun thème n’est encore défini."),
    add=N_("Ajouter un thème"),
    edit=N_("Modifier le thème"),
    merge=N_("Fusionner le thème"),
    question=N_("Fusionner ce thème avec un autre ?"),
)
TERRITORIES = Words(
    collection="territories",
    facet="territory",
    path="/territoires",
    administration="/administration/territoires",
    title=N_("Territoires"),
    one=N_("Territoire"),
    intro=N_("Où se passe ce que décrivent les contributions."),
    none=N_("Aucun territoire n’est encore défini."),
    add=N_("Ajouter un territoire"),
    edit=N_("Modifier le territoire"),
    merge=N_("Fusionner le territoire"),
    question=N_("Fusionner ce territoire avec un autre ?"),
    is_tree=True,
)
BOTH = (THEMES, TERRITORIES)
