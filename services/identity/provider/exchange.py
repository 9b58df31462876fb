"""Requests and answers as Authlib wants them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from authlib.oauth2.rfc6749 import InvalidRequestError, OAuth2Payload, OAuth2Request

Pairs = Sequence[tuple[str, str]]


class Parameters(OAuth2Payload):  # type: ignore[misc]
    """Parameters of a query or a form."""

    def __init__(self, pairs: Pairs) -> None:
        self._all: dict[str, list[str]] = {}
        for name, value in pairs:
            # Sent without a value, a parameter is treated as left out (RFC 6749, 3.1 and 3.2).
            if value:
                self._all.setdefault(name, []).append(value)
        self._one = {name: values[0] for name, values in self._all.items()}

    @property
    def data(self) -> Mapping[str, str]:
        """The first value of each."""
        return self._one

    @property
    def datalist(self) -> Mapping[str, list[str]]:
        """All values of each."""
        return self._all

    def check(self) -> None:
        """Raises InvalidRequestError for one that came twice (RFC 6749, 3.1), or that nobody can keep."""
        for name, values in self._all.items():
            if len(values) > 1:
                raise InvalidRequestError("A parameter came twice.")
            if "\0" in name or "\0" in values[0]:
                raise InvalidRequestError("A parameter contains a NUL character.")


class ProviderRequest(OAuth2Request):  # type: ignore[misc]
    """A request to one of the endpoints."""

    def __init__(self, method: str, pairs: Pairs, headers: Mapping[str, str] | None = None) -> None:
        # Whether it came over TLS is for the proxy in front of us to see to.
        super().__init__(method, "https://identity.invalid/", headers=dict(headers or {}))
        self.payload = Parameters(pairs)

    @property
    def form(self) -> Mapping[str, str]:
        """The parameters, where they come in a form."""
        found: Mapping[str, str] = self.payload.data
        return found


@dataclass
class Answered:
    """What is answered."""

    status: int
    body: Mapping[str, object]
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def location(self) -> str | None:
        """Where the browser is sent."""
        return self.headers.get("Location")

    @location.setter
    def location(self, address: str) -> None:
        self.headers = {**self.headers, "Location": address}
