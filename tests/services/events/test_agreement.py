"""The client asks for what is offered, and reads what is answered."""

from __future__ import annotations

import pytest

from services.events.service import SERVICE
from shared.auth.principal import Role
from shared.clients.base import ServiceProblem
from shared.clients.events import EventsClient, ForumDraft
from shared.http.app import create_app
from shared.runtime.servers import Serving, listen
from tests.services.events.planning import FORUM
from tests.support.contracts import calls_of, disagreements
from tests.support.service import ServiceUnderTest


def test_the_client_asks_for_what_is_offered(service: ServiceUnderTest) -> None:
    assert {call.name for call in calls_of(EventsClient)} >= {"create", "sessions", "register", "calendar", "swap"}
    found = disagreements(create_app(SERVICE, service.resources).openapi(), EventsClient)
    # The fields of a session are its caller's to name: the recorder sends none.
    assert [one for one in found if not one.startswith("add_session: POST /api/forums/sample/sessions needs ")] == []


async def test_the_client_works_over_a_socket(service: ServiceUnderTest) -> None:
    serving = Serving(service.app, listen("127.0.0.1", 0), deadline=5)
    await serving.start()
    token, visitor = (
        service.someone(role)["Authorization"].removeprefix("Bearer ") for role in (Role.ORGANIZER, Role.CITIZEN)
    )
    try:
        async with EventsClient(f"http://127.0.0.1:{serving.port}") as client:
            forum = await client.create(ForumDraft.model_validate(FORUM | {"capacity": 1}), token=token)
            one, other = [await client.add_room(forum.id, name, token=token) for name in ("Salle 1", "Salle 2")]
            other = await client.edit_room(forum.id, other.id, other.version, {"name": "Salle B"}, token=token)
            assert [room.name for room in (await client.rooms(forum.id, token=token)).items] == ["Salle 1", "Salle B"]
            fields: dict[str, object] = {"title": "Une", "room": one.id, "starts_at": "2090-03-26T10:00", "minutes": 30}
            first = await client.add_session(forum.id, fields, token=token)
            second = await client.add_session(forum.id, fields | {"room": other.id, "title": "Deux"}, token=token)
            with pytest.raises(ServiceProblem) as taken:
                await client.add_session(forum.id, fields, token=token)
            assert taken.value.extra["conflicts"][0]["room"]["name"] == "Salle 1"
            swapped = await client.swap(forum.id, (first.id, 1), (second.id, 1), token=token)
            assert (swapped.one.room_name, swapped.other.room_name) == ("Salle B", "Salle 1")
            off = await client.move_session(forum.id, first.id, 2, "cancel", token=token, reason="Grippe.")
            await client.move_session(forum.id, first.id, off.version, "restore", token=token)
            edited = await client.edit_session(forum.id, second.id, 2, {"track": "Citoyens"}, token=token)
            assert (await client.session(forum.id, second.id, token=token)).track == edited.track == "Citoyens"
            assert (await client.warnings(forum.id, token=token)).items == []
            forum = await client.edit(forum.id, forum.version, {"summary": "En bref."}, token=token)
            forum = await client.transition(forum.id, forum.version, "publish", token=token)
            assert (await client.read(forum.id)).state == "published"
            assert forum.id in [found.id for found in (await client.page(limit=100)).items]
            assert (await client.register(forum.id, token=visitor)).state == "registered"
            assert (await client.register(forum.id, token=token)).place == 1
            assert (await client.places(forum.id, token=visitor)).taken == 1
            assert [who.state for who in (await client.registrants(forum.id, token=token)).items] == [
                "registered",
                "waiting",
            ]
            await client.unregister(forum.id, token=visitor)
            assert [mine.state for mine in (await client.own_registrations(token=token)).items] == ["registered"]
            assert [step.action for step in (await client.history(forum.id)).items] == ["publish"]
            assert (await client.calendar(forum.id)).startswith("BEGIN:VCALENDAR")
            exported = await client.schedule(forum.id)
            imported = await client.import_schedule(exported, token=token, apply=True)
            assert (imported.forum, imported.diff.unchanged, imported.diff.new) == (forum.id, 2, [])
            assert len((await client.sessions(forum.id, limit=500)).items) == 2
    finally:
        await serving.stop()
