"""Themes and territories: a page for each, and their administration."""

from pathlib import Path

from services.web.language import N_
from services.web.section import NavItem, Section, Sitemap
from services.web.sections.taxonomy import addresses
from services.web.sections.taxonomy.views import router
from services.web.sessions import Visitor


def _may_edit(visitor: Visitor | None) -> bool:
    return visitor is not None and visitor.has_role("editor", "admin")


SECTION = Section(
    name="taxonomy",
    order=15,
    folder=Path(__file__).parent,
    router=router,
    nav=(NavItem(N_("Classement"), "/administration/themes", 85, _may_edit),),
    notices={
        "label-added": N_("Ajouté. On peut dès maintenant le choisir pour une contribution."),
        "label-changed": N_("Vos modifications sont enregistrées."),
        "label-merged": N_("Fusionné. Les contributions suivent en quelques instants ; l’ancienne adresse mène ici."),
    },
    private=("/administration",),
    sitemap=Sitemap(addresses.parts, addresses.of_part),
)
