"""People as everybody may see them."""

from pathlib import Path

from services.web.section import Section
from services.web.sections.people.views import router

SECTION = Section(name="people", order=40, folder=Path(__file__).parent, router=router)
