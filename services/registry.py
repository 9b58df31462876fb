"""All services, in the order in which they tell their part of the sample story.

Adding a service is one import and one place in `SERVICES`; the command line, the platform and the checks
learn of it from here.
"""

from __future__ import annotations

from services.contributions.service import SERVICE as CONTRIBUTIONS
from services.events.service import SERVICE as EVENTS
from services.identity.service import SERVICE as IDENTITY
from services.partners.service import SERVICE as PARTNERS
from services.search.service import SERVICE as SEARCH
from services.web.service import SERVICE as WEB
from shared.runtime.service import Service

SERVICES: tuple[Service, ...] = (IDENTITY, CONTRIBUTIONS, EVENTS, PARTNERS, SEARCH, WEB)
