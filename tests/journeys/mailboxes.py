"""Where people of a journey read their mails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tests.support.waiting import eventually

if TYPE_CHECKING:
    from tests.journeys.visitor import Visitor

DELIVERY = 60.0
"""Seconds a mail may take on a slow machine."""


class Mailbox(Protocol):
    """All mails of a platform under test."""

    async def follow(self, visitor: Visitor, subject: str, address: str) -> None:
        """Open the newest mail of that subject to that address, and its first link."""
        ...


class MailsOnTheSite:
    """The page that shows the mail folder of a Demain on one's own machine."""

    async def follow(self, visitor: Visitor, subject: str, address: str) -> None:
        mails = visitor.page.get_by_role("article").filter(has_text=address).filter(has_text=subject)

        async def has_come() -> bool:
            await visitor.open("/dev/mail")
            return await mails.count() > 0

        await eventually(has_come, deadline=DELIVERY)
        await mails.first.get_by_role("link").click()
        await visitor.page.get_by_role("article").get_by_role("link").first.click()
