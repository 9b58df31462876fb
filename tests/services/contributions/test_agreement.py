"""The client asks for what is offered."""

from __future__ import annotations

from services.contributions.service import SERVICE
from shared.clients.contributions import ContributionsClient
from shared.http.app import create_app
from tests.support.contracts import calls_of, disagreements
from tests.support.service import ServiceUnderTest


def test_the_client_asks_for_what_is_offered(service: ServiceUnderTest) -> None:
    offered = create_app(SERVICE, service.resources).openapi()
    asked = {call.name for call in calls_of(ContributionsClient)}
    assert asked >= {"create", "edit", "invite", "accept_invitation", "leave", "order_authors", "link_translation"}
    # Labels are sent as their form has them: the recorder cannot know what is in it.
    labels = ("add_label:", "edit_label:")
    assert [one for one in disagreements(offered, ContributionsClient) if not one.startswith(labels)] == []
