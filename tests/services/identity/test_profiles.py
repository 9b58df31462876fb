"""How people show themselves, and what everybody may see of it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity import naming
from tests.services.identity.people import IdentityUnderTest, Person
from tests.support.service import QueryCounter


async def edit(identity: IdentityUnderTest, person: Person, **changes: Any) -> Any:
    return await identity.http.patch("/api/identity/me", json=changes, headers={**person.headers, "If-Match": "*"})


async def test_everybody_sees_the_profile_and_nothing_else(identity: IdentityUnderTest) -> None:
    person = await identity.join(name="Nadia Belkacem")
    answer = await edit(
        identity,
        person,
        biography="  Ingénieure.\r\n\r\n\r\n\r\nÀ Nantes  depuis 2019. ",
        affiliation=" Ville  de Nantes ",
        orcid="https://orcid.org/0000-0002-1694-233x",
    )
    assert answer.status_code == 200, answer.text

    seen = await identity.http.get(f"/api/identity/people/{person.id}")
    assert seen.json() == {
        "id": str(person.id),
        "name": "Nadia Belkacem",
        "biography": "Ingénieure.\n\nÀ Nantes depuis 2019.",
        "affiliation": "Ville de Nantes",
        "orcid": "0000-0002-1694-233X",
    }
    assert len(await identity.rows("SELECT * FROM outbox WHERE topic LIKE '%.people'")) == 1, (
        "the others know names only"
    )

    answer = await edit(identity, person, orcid="", biography="")
    assert (answer.json()["orcid"], answer.json()["biography"], answer.json()["version"]) == (None, "", 3)
    assert answer.json()["affiliation"] == "Ville de Nantes", "what is left out stays"
    assert (await edit(identity, person, affiliation="Ville de Nantes")).json()["version"] == 3


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("biography", "x" * 1001, "at most 1000 characters, these are 1001"),
        ("biography", "a\u202eb", "control characters"),
        ("biography", "a\0b", "control characters"),
        ("affiliation", "x" * 161, "at most 160"),
        ("affiliation", "a\0b", "control characters"),
        ("orcid", "0000-0002-1825-0098", "mistyped digit"),
        ("orcid", "1234", "16 digits"),
        ("orcid", "0000-0002-1825-009Y", "16 digits"),
        ("display_name", "", "at least one letter"),
        ("email", "x@y.example", "not permitted"),
    ],
)
async def test_what_cannot_be_names_the_field_and_the_fix(
    identity: IdentityUnderTest, field: str, value: str, said: str
) -> None:
    answer = await edit(identity, await identity.join(), **{field: value})

    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["errors"]] == [field]
    assert said in answer.json()["errors"][0]["message"]


async def test_who_is_not_to_be_named_has_no_profile(identity: IdentityUnderTest) -> None:
    person = await identity.join()
    await identity.change("UPDATE account SET forgotten_at = now()")

    assert (await identity.http.get(f"/api/identity/people/{person.id}")).status_code == 404
    assert (await identity.http.get("/api/identity/people/nobody")).status_code == 422


async def test_a_profile_is_one_statement(identity: IdentityUnderTest) -> None:
    person = await identity.join()
    with QueryCounter(identity.service.database) as counter:
        await identity.http.get(f"/api/identity/people/{person.id}")
    assert counter.count == 1


@pytest.mark.parametrize("orcid", ["0000-0002-1825-0097", "0000-0001-5109-3700", "0000-0002-1694-233X"])
def test_published_examples_of_orcid_are_right(orcid: str) -> None:
    assert naming.normal_orcid(orcid) == orcid


@given(st.text("0123456789", min_size=15, max_size=15), st.integers(0, 14), st.integers(1, 9))
def test_one_mistyped_digit_is_found(digits: str, at: int, by: int) -> None:
    right = digits + naming.orcid_check_digit(digits)
    assert naming.normal_orcid(right).replace("-", "") == right
    wrong = right[:at] + str((int(right[at]) + by) % 10) + right[at + 1 :]
    with pytest.raises(ValueError, match="mistyped"):
        naming.normal_orcid(wrong)
