"""The front page: a lead, what stands beside it, and columns, all of them blocks of other sections."""

from pathlib import Path

from services.web.language import N_
from services.web.section import Address, Keeping, NavItem, Section
from services.web.sections.home.views import router
from services.web.sitemap import of_pages

SECTION = Section(
    name="home",
    order=0,
    folder=Path(__file__).parent,
    router=router,
    kept=(Keeping("/"),),
    nav=(NavItem(N_("À la une"), "/", 0),),
    sitemap=of_pages(Address("/")),
)
