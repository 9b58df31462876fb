"""A forum from draft to schedule: rooms, sessions, what is refused."""

from __future__ import annotations

from shared.auth.principal import Role
from tests.services.events.planning import FORUM, add_room, add_session, at, create, move, publish, try_session
from tests.support.service import ServiceUnderTest


async def test_a_forum_is_planned_and_published(service: ServiceUnderTest) -> None:
    who = service.someone(Role.ORGANIZER)
    forum = await create(service, who)
    assert (forum["state"], forum["version"], forum["actions"]) == ("draft", 1, ["edit", "publish"])
    assert "<strong>eau</strong>" in forum["description_html"]
    assert (await service.http.get(f"/api/forums/{forum['id']}")).status_code == 404
    room = await add_room(service, who, forum)
    session = await add_session(service, who, forum, room, "2090-03-25T10:00", speakers=[{"name": "Nadia Belkacem"}])
    assert session["starts_at"] == "2090-03-25T10:00:00+01:00"
    assert session["begins_at"] == "2090-03-25T09:00:00Z"
    assert (await move(service, who, forum, "publish")).json()["state"] == "published"
    listed = (await service.http.get(f"/api/forums/{forum['id']}/sessions")).json()["items"]
    assert [(one["title"], one["room_name"], one["speakers"]) for one in listed] == [
        ("Chauffer un quartier", "Grande salle", [{"person": None, "name": "Nadia Belkacem"}])
    ]
    found = (await service.http.get("/api/forums", params={"when": "any"})).json()["items"]
    assert [one["title"] for one in found if one["id"] == forum["id"]] == [FORUM["title"]]


async def test_a_room_is_booked_once_and_the_conflicts_are_said(service: ServiceUnderTest) -> None:
    who = service.someone(Role.ORGANIZER)
    forum = await publish(service, who)
    room = await add_room(service, who, forum)
    first = await add_session(service, who, forum, room, "2090-03-25T10:00")
    refused = await try_session(service, who, forum, room, "2090-03-25T10:30", title="Autre chose")
    assert refused.status_code == 409
    assert refused.json()["type"] == "urn:demain:problem:room-taken"
    (conflict,) = refused.json()["conflicts"]
    assert conflict["room"] == {"id": room, "name": "Grande salle"}
    assert [one["title"] for one in conflict["sessions"]] == ["Chauffer un quartier", "Autre chose"]
    assert conflict["sessions"][0]["id"] == first["id"]
    assert len((await service.http.get(f"/api/forums/{forum['id']}/sessions")).json()["items"]) == 1
    await add_session(service, who, forum, room, "2090-03-25T11:00", title="Juste après")


async def test_two_sessions_are_swapped_in_one_go(service: ServiceUnderTest) -> None:
    who = service.someone(Role.ORGANIZER)
    forum = await publish(service, who)
    one_room, other_room = await add_room(service, who, forum), await add_room(service, who, forum, "Atelier")
    one = await add_session(service, who, forum, one_room, "2090-03-25T10:00", title="Une")
    other = await add_session(service, who, forum, other_room, "2090-03-26T14:00", title="Autre")
    swap = {"one": {"id": one["id"], "version": 1}, "other": {"id": other["id"], "version": 1}}
    answer = await service.http.post(f"/api/forums/{forum['id']}/sessions/swap", json=swap, headers=who)
    assert answer.status_code == 200, answer.text
    swapped = answer.json()
    assert (swapped["one"]["room"], swapped["one"]["starts_at"]) == (other_room, "2090-03-26T14:00:00+02:00")
    assert (swapped["other"]["room"], swapped["other"]["starts_at"]) == (one_room, "2090-03-25T10:00:00+01:00")
    again = await service.http.post(f"/api/forums/{forum['id']}/sessions/swap", json=swap, headers=who)
    assert again.status_code == 412, "the versions were those before"


async def test_registering_and_waiting(service: ServiceUnderTest) -> None:
    who = service.someone(Role.ORGANIZER)
    forum = await publish(service, who, capacity=1)
    path = f"/api/forums/{forum['id']}/registrations"
    first, second = service.someone(), service.someone()
    assert (await service.http.post(path, headers=first)).json()["state"] == "registered"
    waiting = (await service.http.post(path, headers=second)).json()
    assert (waiting["state"], waiting["place"]) == ("waiting", 1)
    assert (await service.http.delete(path, headers=first)).status_code == 204
    places = (await service.http.get(f"/api/forums/{forum['id']}/places", headers=second)).json()
    assert (places["taken"], places["waiting"], places["mine"]["state"]) == (1, 0, "registered")
    mine = (await service.http.get("/api/registrations/mine", headers=second)).json()["items"]
    assert [one["forum"]["id"] for one in mine] == [forum["id"]]


async def test_more_places_promote_who_waits(service: ServiceUnderTest) -> None:
    who = service.someone(Role.ORGANIZER)
    forum = await publish(service, who, capacity=1)
    path = f"/api/forums/{forum['id']}"
    people = [service.someone() for _ in range(4)]
    for person in people:
        await service.http.post(f"{path}/registrations", headers=person)
    assert (await service.http.patch(path, json={"capacity": 3}, headers=at(who, forum))).status_code == 200
    states = [(await service.http.get(f"{path}/places", headers=person)).json()["mine"]["state"] for person in people]
    assert states == ["registered", "registered", "registered", "waiting"]
