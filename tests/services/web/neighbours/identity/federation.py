"""The other provider people may come in through, in memory."""

from __future__ import annotations

from shared.clients.base import ServiceProblem
from shared.clients.identity import (
    Arrival,
    Landed,
    MailOnItsWay,
    Onward,
    OutsideProviders,
    WaysIn,
)
from tests.services.web.neighbours.identity.administration import FakeAdministration
from tests.services.web.neighbours.outside import Outside
from tests.services.web.neighbours.provider import Provided
from tests.services.web.neighbours.words import problem


class FakeFederation(FakeAdministration):
    """The same, with the other provider people may come in through."""

    @property
    def outside(self) -> Outside:
        return self.world.of(Outside)

    async def outside_providers(self) -> OutsideProviders:
        self.world.asked("identity", "outside_providers")
        return OutsideProviders(items=[self.outside.there] if self.outside.there else [])

    async def set_out(self, id: str, browser: str, *, language: str = "fr") -> Onward:
        self.world.asked("identity", "set_out")
        self.world.of(Provided).described(id)
        onward = self.outside.set_out(browser)
        self.outside.demands[browser] = id
        return onward

    async def outside_return(
        self, browser: str, *, state: str, code: str, error: str, iss: str | None, token: str | None
    ) -> Landed:
        self.world.asked("identity", "outside_return")
        if self.outside.refuses is not None:
            raise self.outside.refuses
        if browser in self.outside.linking:
            email = self.outside.linking.pop(browser)
            account = self.world.whose(token or "")
            assert account is not None and account.email == email
            return self.outside.linked(email)
        if browser not in self.outside.demands:
            raise ServiceProblem(400, "urn:demain:problem:not-vouched-for", "nobody set out")
        if self.outside.next is not None:
            self.outside.arrivals[browser] = self.outside.next
            return Landed(outcome="arrived", language="en" if code == "english" else "fr")
        return Landed(outcome="signed-in", location=self._in(browser, self.outside.knows).location)

    def _in(self, browser: str, email: str) -> Onward:
        self.outside.arrivals.pop(browser, None)
        return self.world.of(Provided).code(self.outside.demands.pop(browser), email)

    async def arrival(self, browser: str) -> Arrival:
        self.world.asked("identity", "arrival")
        return self.outside.arrived(browser)

    async def open_for_arrival(self, browser: str, display_name: str) -> Onward:
        self.world.asked("identity", "open_for_arrival")
        arrival = self.outside.arrived(browser)
        if arrival.has_account or not arrival.email_verified:
            raise problem(409)
        if "\n" in display_name or len(display_name) > 80:
            raise problem(422, "invalid", ("display_name", "too long"))
        assert arrival.email is not None
        self.world.account(arrival.email, display_name)
        return self._in(browser, arrival.email)

    async def prove_arrival(self, browser: str, email: str, password: str, *, language: str = "fr") -> Onward:
        self.world.asked("identity", "prove_arrival")
        self.outside.arrived(browser)
        await self.sign_in(email, password)
        return self._in(browser, email)

    async def mail_to_arrival(
        self, browser: str, email: str, display_name: str, *, language: str = "fr"
    ) -> MailOnItsWay:
        self.world.asked("identity", "mail_to_arrival")
        self.outside.arrived(browser)
        if "@" not in email:
            raise problem(422, "invalid", ("email", "not an address"))
        self.outside.mails.append((browser, email, display_name))
        return MailOnItsWay(email=email)

    async def confirm_arrival(self, browser: str, secret: str, *, language: str = "fr") -> Onward:
        self.world.asked("identity", "confirm_arrival")
        wanted = [one for one in self.outside.mails if secret == f"to-{one[1]}"]
        if not wanted:
            raise problem(410)
        if wanted[-1][0] != browser:
            raise ServiceProblem(409, "urn:demain:problem:other-browser", "another browser")
        _browser, email, name = wanted[-1]
        if email not in self.world.accounts:
            self.world.account(email, name)
        return self._in(browser, email)

    async def ways_in(self, *, token: str) -> WaysIn:
        self.world.asked("identity", "ways_in")
        account = self.world.whose(token)
        assert account is not None
        return WaysIn(has_password=bool(account.password), items=self.outside.links.get(account.email, []))

    async def set_out_to_link(self, browser: str, *, token: str, language: str = "fr") -> Onward:
        self.world.asked("identity", "set_out_to_link")
        account = self.world.whose(token)
        assert account is not None
        if self.outside.long_ago:
            raise ServiceProblem(403, "urn:demain:problem:sign-in-again", "again")
        onward = self.outside.set_out(browser)
        self.outside.linking[browser] = account.email
        return onward

    async def unlink(self, id: str, *, token: str) -> None:
        self.world.asked("identity", "unlink")
        account = self.world.whose(token)
        assert account is not None
        links = self.outside.links.get(account.email, [])
        if not any(one.id == id for one in links):
            raise problem(404)
        if not account.password and len(links) == 1:
            raise ServiceProblem(409, "urn:demain:problem:last-way-in", "the last")
        links[:] = [one for one in links if one.id != id]
