"""The other provider as the site hears of it from identity: it lets everybody through who says so."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from shared.clients.base import ServiceProblem
from shared.clients.identity import Arrival, Landed, LinkedIdentity, Onward, OutsideProvider


@dataclass
class Outside:
    """What identity knows of the other provider."""

    there: OutsideProvider | None = None
    demands: dict[str, str] = field(default_factory=dict)
    """Browser → the request that waits for it."""
    arrivals: dict[str, Arrival] = field(default_factory=dict)
    """By browser."""
    next: Arrival | None = None
    """Who comes back next and is not linked yet."""
    knows: str = ""
    """Address of who comes back next, being linked."""
    refuses: ServiceProblem | None = None
    """What is answered to a return."""
    linking: dict[str, str] = field(default_factory=dict)
    """Browser → address of who links."""
    mails: list[tuple[str, str, str]] = field(default_factory=list)
    """Browser, address, name."""
    links: dict[str, list[LinkedIdentity]] = field(default_factory=dict)
    """By address."""
    long_ago: bool = False
    """Who is signed in is so for long."""

    def on(self, name: str = "Ma ville") -> Outside:
        """There is one."""
        self.there = OutsideProvider(name=name, host="ville.example")
        return self

    def set_out(self, browser: str) -> Onward:
        """Where the browser goes."""
        if self.there is None:
            raise ServiceProblem(404, "urn:demain:problem:no-outside-provider", "none")
        if self.there.away:
            raise ServiceProblem(424, "urn:demain:problem:outside-provider-away", "away")
        return Onward(location=f"https://ville.example/authorize?state={browser[:4]}")

    def arrived(self, browser: str) -> Arrival:
        """Raises ServiceProblem 410."""
        if browser not in self.arrivals:
            raise ServiceProblem(410, "urn:demain:problem:arrival-over", "over")
        return self.arrivals[browser]

    def linked(self, email: str, id: str = "1") -> Landed:
        """Somebody is linked."""
        now = datetime.now(UTC)
        assert self.there is not None
        one = LinkedIdentity(id=id, provider=self.there.name, usable=True, linked_at=now, used_at=now)
        self.links.setdefault(email, []).append(one)
        return Landed(outcome="linked")
