"""Which client speaks to which address; clients are made when first asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from shared.clients.base import ServiceClient

ClientT = TypeVar("ClientT", bound=ServiceClient)


class Clients:
    """All clients of a process: ``clients.of(SearchClient)``."""

    def __init__(self, urls: Mapping[str, str], default_url: str) -> None:
        """``urls`` by service name; services not named there are all at ``default_url``."""
        self._urls = urls
        self.default_url = default_url
        """Set before the first client is asked for."""
        self._clients: dict[type[ServiceClient], ServiceClient] = {}

    def of(self, kind: type[ClientT]) -> ClientT:
        """The one client of that class."""
        client = self._clients.get(kind)
        if client is None:
            client = self._clients[kind] = kind(self._urls.get(kind.service, self.default_url))
        assert isinstance(client, kind)
        return client

    async def close(self) -> None:
        """Close all of them."""
        for client in self._clients.values():
            await client.close()
        self._clients.clear()
