"""The front page: a lead, what stands beside it, and columns, all of them blocks of other sections."""

from pathlib import Path

from services.web.language import N_
from services.web.section import NavItem, Section
from services.web.sections.home.views import router

SECTION = Section(
    name="home",
    order=0,
    folder=Path(__file__).parent,
    router=router,
    nav=(NavItem(N_("À la une"), "/", 0),),
)
