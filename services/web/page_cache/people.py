"""Whether a page names people as they are named: other services keep copies of names, and may be behind."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Set
from typing import TYPE_CHECKING

from services.web.page_cache.recording import unrecorded
from shared.clients.base import ServiceDown, ServiceProblem
from shared.clients.identity import IdentityClient

if TYPE_CHECKING:
    from services.web.site import Directory

AT_ONCE = 100
"""Ids identity takes at a time."""


async def are_named_so(shown: Mapping[str, Set[str]], clients: Directory) -> bool:
    """Whether identity names each of these people as shown, and nobody who is shown without a name.

    A message about a name is heard here when another service may not have applied it yet: the page it makes then would
    have no reason to be dropped any more. False when identity cannot be asked.
    """
    if not shown:
        return True
    ids = list(shown)
    parts = [ids[at : at + AT_ONCE] for at in range(0, len(ids), AT_ONCE)]
    try:
        with unrecorded():
            told = await asyncio.gather(*(clients.of(IdentityClient).people(part) for part in parts))
    except (ServiceDown, ServiceProblem):
        return False
    names = {one.id: one.name for people in told for one in people.items}
    return all(said == {names.get(person, "")} for person, said in shown.items())
