"""Lists: paging, searching, and as many statements for many rows as for few."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from shared.auth.principal import Role
from tests.services.identity.people import IdentityUnderTest
from tests.support.service import QueryCounter


async def _accounts(identity: IdentityUnderTest, **params: Any) -> dict[str, Any]:
    answer = await identity.http.get(
        "/api/identity/accounts", params=params, headers=identity.service.someone(Role.ADMIN)
    )
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    assert ("link" in answer.headers) == (body["next"] is not None)
    return body


async def test_pages_hold_everybody_once_newest_first(identity: IdentityUnderTest) -> None:
    people = [await identity.join(Role.EXPERT) for _ in range(7)]
    seen: list[str] = []
    page = await _accounts(identity, limit=3)
    while True:
        assert all(one["roles"] == ["citizen", "expert"] for one in page["items"])
        seen += [one["id"] for one in page["items"]]
        if page["next"] is None:
            break
        # Who comes meanwhile moves nobody to another page.
        await identity.join()
        page = await _accounts(identity, limit=3, cursor=page["next"])

    assert seen == [str(one.id) for one in reversed(people)]


async def test_the_link_leads_to_the_next_page_of_the_same_search(identity: IdentityUnderTest) -> None:
    for number in range(3):
        await identity.join(name=f"Éva {number}")
    headers = identity.service.someone(Role.ADMIN)

    first = await identity.http.get("/api/identity/accounts", params={"q": "Éva", "limit": 2}, headers=headers)
    second = await identity.http.get(first.links["next"]["url"], headers=headers)

    assert [one["display_name"] for one in first.json()["items"] + second.json()["items"]] == [
        "Éva 2",
        "Éva 1",
        "Éva 0",
    ]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("eti", {"Étienne Marchand"}),
        ("ÉTIENNE  m", {"Étienne Marchand"}),
        ("zoe", {"Zoé"}),
        ("Contact@", {"Zoé"}),
        ("marchand", set()),
        ("%", set()),
        ("_", set()),
        ("100%", {"100% Ville"}),
        ("", {"Étienne Marchand", "Zoé", "100% Ville"}),
    ],
)
async def test_accounts_are_found_by_how_their_name_or_address_begins(
    identity: IdentityUnderTest, typed: str, found: set[str]
) -> None:
    await identity.join(name="Étienne Marchand")
    await identity.join(name="Zoé", email="contact@demain.example")
    await identity.join(name="100% Ville")

    assert {one["display_name"] for one in (await _accounts(identity, q=typed))["items"]} == found


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"q": "a\0"}, "q"),
        ({"q": "x" * 201}, "q"),
        ({"limit": 0}, "limit"),
        ({"limit": 101}, "limit"),
        ({"cursor": "?"}, "cursor"),
        ({"cursor": "WzFd"}, "cursor"),
        ({"cursor": "WyJ4Il0"}, "cursor"),
        ({"cursor": "é"}, "cursor"),
    ],
)
async def test_what_says_nothing_is_refused_by_name(
    identity: IdentityUnderTest, params: dict[str, Any], field: str
) -> None:
    answer = await identity.http.get(
        "/api/identity/accounts", params=params, headers=identity.service.someone(Role.ADMIN)
    )

    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["errors"]] == [field]


async def test_an_admin_reads_one_account(identity: IdentityUnderTest) -> None:
    person = await identity.join(Role.PARTNER)
    headers = identity.service.someone(Role.ADMIN)

    answer = await identity.http.get(f"/api/identity/accounts/{person.id}", headers=headers)
    same = await identity.http.get(
        f"/api/identity/accounts/{person.id}", headers={**headers, "If-None-Match": answer.headers["etag"]}
    )
    none = await identity.http.get("/api/identity/accounts/00000000-0000-7000-8000-000000000000", headers=headers)

    assert (answer.json()["email"], answer.json()["roles"]) == (person.email, ["citizen", "partner"])
    assert (answer.headers["etag"], same.status_code, none.status_code) == ('"2"', 304, 404)


async def test_lists_cost_the_same_however_long_they_are(identity: IdentityUnderTest) -> None:
    costs: list[tuple[int, int]] = []
    ids: list[str] = []
    for more in (2, 30):
        ids += [str((await identity.join(Role.EDITOR, Role.EXPERT)).id) for _ in range(more)]
        with QueryCounter(identity.service.database) as listing:
            assert len((await _accounts(identity, limit=100))["items"]) == len(ids)
        with QueryCounter(identity.service.database) as naming:
            answer = await identity.http.get("/api/identity/people", params={"id": ids})
            assert len(answer.json()["items"]) == len(ids)
        costs.append((listing.count, naming.count))

    assert costs == [(4, 1), (4, 1)], "who asks, the accounts, their roles, their suspensions; and the names"


async def test_searching_is_done_by_the_indexes(identity: IdentityUnderTest) -> None:
    async with identity.service.database.transaction() as session:
        await session.execute(text("SET LOCAL enable_seqscan = off"))
        plan = await session.execute(
            text("EXPLAIN SELECT id FROM account WHERE email LIKE 'ab%' OR sought_name LIKE 'ab%'")
        )
        shown = "\n".join(row[0] for row in plan)

    assert "uq_account_email" in shown
    assert "ix_account_sought_name" in shown
