"""The forums of the sample, in the states that pages show, found over the HTTP paths anybody may build on."""

from __future__ import annotations

from dataclasses import dataclass

from shared.clients.events import EventsClient, ForumSummary, SessionSummary
from shared.clients.identity import IdentityClient
from tests.journeys.instance import Instance


@dataclass(frozen=True)
class Gatherings:
    """One forum of the organizer's in each state."""

    coming: ForumSummary
    """Of several days, with a programme."""
    session: SessionSummary
    """Of the coming one."""
    full: ForumSummary
    past: ForumSummary
    cancelled: ForumSummary
    draft: ForumSummary


async def find(instance: Instance) -> Gatherings:
    """Look them up."""
    account = instance.account("organizer")
    async with IdentityClient(instance.url) as identity, EventsClient(instance.url) as events:
        token = (await identity.sign_in(account.email, account.password)).access_token
        mine = (await events.page(token=token, mine=True, when="any", state="any", limit=100)).items
        coming = (await events.page(state="published")).items
        places = {one.id: await events.places(one.id) for one in coming}
        long = next(one for one in coming if one.starts_on < one.ends_on)
        return Gatherings(
            coming=long,
            session=(await events.sessions(long.id)).items[1],
            full=next(one for one in coming if places[one.id].waiting),
            past=(await events.page(when="past", state="published")).items[0],
            cancelled=next(one for one in mine if one.state == "cancelled"),
            draft=next(one for one in mine if one.state == "draft"),
        )
