"""Which client speaks to which address; clients are made when first asked for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TypeVar

from shared.clients.base import ServiceClient, ServiceDown
from shared.clients.circuit import Circuit
from shared.runtime.metrics import Metrics

ClientT = TypeVar("ClientT", bound=ServiceClient)


class Clients:
    """All clients of a process: ``clients.of(SearchClient)``. Those of one service share a circuit."""

    def __init__(
        self,
        urls: Mapping[str, str],
        default_url: str,
        *,
        at_default: Collection[str] | None = None,
        metrics: Metrics | None = None,
    ) -> None:
        """``urls`` by service name; services not named there are all at ``default_url``, or only ``at_default``."""
        self._urls = urls
        self._metrics = metrics
        self._at_default = at_default
        self.default_url = default_url
        """Set before the first client is asked for."""
        self._clients: dict[type[ServiceClient], ServiceClient] = {}
        self._circuits: dict[str, Circuit] = {}

    def of(self, kind: type[ClientT]) -> ClientT:
        """The one client of that class. Raises ServiceDown for a service whose address nobody told."""
        client = self._clients.get(kind)
        if client is None:
            address = self._address(kind.service)
            client = self._clients[kind] = kind(address, circuit=self._circuit(kind.service))
        assert isinstance(client, kind)
        return client

    def _address(self, service: str) -> str:
        if service not in self._urls and self._at_default is not None and service not in self._at_default:
            raise ServiceDown(service, "nobody told where it is; name it in DEMAIN_SERVICE_URLS")
        return self._urls.get(service, self.default_url)

    def _circuit(self, service: str) -> Circuit:
        circuit = self._circuits.get(service)
        if circuit is None:
            circuit = self._circuits[service] = Circuit()
            if self._metrics is not None:
                self._metrics.circuit_open.labels(service).set_function(lambda: float(circuit.is_open))
        return circuit

    @property
    def circuits(self) -> Mapping[str, Circuit]:
        """The circuit of each service that was asked for."""
        return self._circuits

    async def close(self) -> None:
        """Close all of them."""
        for client in self._clients.values():
            await client.close()
        self._clients.clear()
