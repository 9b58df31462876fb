"""Who was given a role: whole, page by page, in one statement, without those who are not to be named."""

from __future__ import annotations

from shared.auth.principal import Role
from tests.services.identity.people import IdentityUnderTest
from tests.support.service import QueryCounter

PATH = "/api/identity/roles/editor/people"


async def test_pages_name_everybody_of_the_role_once(identity: IdentityUnderTest) -> None:
    headers = identity.service.someone(Role.EDITOR)
    editors = [await identity.join(Role.EDITOR, Role.EXPERT, name=f"Éva {number}") for number in range(5)]
    await identity.join(Role.EXPERT)
    seen: list[dict[str, str]] = []
    cursor: str | None = None
    while cursor is not None or not seen:
        with QueryCounter(identity.service.database) as counter:
            place = {"cursor": cursor} if cursor else {}
            answer = await identity.http.get(PATH, params={"limit": 2, **place}, headers=headers)
        assert (answer.status_code, counter.count) == (200, 2), "whether who asks is still let in, and the page"
        assert ("link" in answer.headers) == (answer.json()["next"] is not None)
        seen += answer.json()["items"]
        cursor = answer.json()["next"]
        if cursor is None:
            break
    assert seen == sorted(
        ({"id": str(one.id), "name": f"Éva {number}"} for number, one in enumerate(editors)), key=lambda one: one["id"]
    )


async def test_who_is_forgotten_is_not_named(identity: IdentityUnderTest) -> None:
    headers = identity.service.someone(Role.ADMIN)
    gone = await identity.join(Role.EDITOR)
    await identity.change(f"UPDATE account SET forgotten_at = now() WHERE id = '{gone.id}'")
    assert (await identity.http.get(PATH, headers=headers)).json() == {"items": [], "next": None}


async def test_what_is_no_role_or_no_cursor_is_named(identity: IdentityUnderTest) -> None:
    headers = identity.service.someone(Role.ADMIN)
    for path, field in (("/api/identity/roles/poet/people", "role"), (f"{PATH}?cursor=WyJ4Il0", "cursor")):
        answer = await identity.http.get(path, headers=headers)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
