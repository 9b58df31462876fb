"""Search: results with facets, suggestions as one types, and what resembles a contribution."""

from pathlib import Path

from services.web.language import N_
from services.web.section import Block, NavItem, Place, Section
from services.web.sections.search import blocks
from services.web.sections.search.views import router

SECTION = Section(
    name="search",
    order=20,
    folder=Path(__file__).parent,
    router=router,
    nav=(NavItem(N_("Rechercher"), "/recherche", 70),),
    blocks=(
        Block(Place.HOME_ASIDE, 10, N_("Rechercher"), "search/field_block.html", blocks.field),
        Block(Place.HOME_COLUMN, 90, N_("Par thème"), "search/themes_block.html", blocks.themes),
        Block(Place.CONTRIBUTION, 50, N_("Dans le même ordre d’idées"), "search/similar_block.html", blocks.similar),
    ),
    private=("/recherche",),
)
