"""The clients ask for what the service offers, and read what it answers."""

from __future__ import annotations

import pytest

from services.contributions.service import SERVICE
from shared.clients.base import Answer, ServiceClient
from shared.clients.contributions import ContributionsClient, DebatesClient
from shared.http.app import create_app
from tests.support.contracts import calls_of, disagreements

OPENAPI = create_app(SERVICE, None).openapi()  # type: ignore[arg-type]


class _Gallery(Answer):
    applause: int


class _Mistaken(ServiceClient):
    async def applaud(self, id: str) -> _Gallery:
        """There is no such thing."""
        return await self.get(_Gallery, f"/api/arguments/{id}", params={"loudly": 1})


@pytest.mark.parametrize("client", [ContributionsClient, DebatesClient])
def test_client_and_service_agree(client: type[ServiceClient]) -> None:
    assert len(calls_of(client)) > 10
    # Labels are sent as their form has them: the recorder cannot know what is in it.
    labels = ("add_label:", "edit_label:")
    assert [one for one in disagreements(OPENAPI, client) if not one.startswith(labels)] == []


def test_control_a_client_that_is_mistaken_is_found() -> None:
    found = disagreements(OPENAPI, _Mistaken)
    assert any("'loudly'" in one for one in found)
    assert any("applause" in one for one in found)
