"""The mails that were kept on this machine instead of being sent, for whoever tries Demain there."""

from pathlib import Path

from services.web.section import Section
from services.web.sections.mailbox.views import router

SECTION = Section(name="mailbox", order=95, folder=Path(__file__).parent, router=router, private=("/dev/",))
