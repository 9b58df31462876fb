"""What comes back from another provider signs somebody in only if all of it is right."""

from __future__ import annotations

import base64
import json
from typing import Any

from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from starlette.responses import JSONResponse

from tests.services.identity.outside.conftest import Between
from tests.services.identity.outside.other import CLIENT_ID, EC, RSA
from tests.services.identity.outside.test_arriving import ADA

NOT_VOUCHED = "urn:demain:problem:not-vouched-for"
LATER = 4_000_000_000


def refused(answer: Any) -> None:
    assert (answer.status_code, answer.json()["type"]) == (400, NOT_VOUCHED), answer.text


async def nobody_arrived(between: Between) -> None:
    assert await between.identity.rows("SELECT * FROM arrival") == []


async def test_another_state_is_refused_before_the_code_is_shown(between: Between) -> None:
    browser = between.browser()
    back = between.other.approve(await browser.set_out(), **ADA)
    refused(await browser.post("outside-returns", **{**back, "state": "guessed"}))
    assert "/token" not in between.other.asked
    assert (await browser.post("outside-returns", **back)).status_code == 200, "the true one is good still"


async def test_a_return_is_good_once(between: Between) -> None:
    browser = between.browser()
    back = between.other.approve(await browser.set_out(), **ADA)
    assert (await browser.post("outside-returns", **back)).status_code == 200
    refused(await browser.post("outside-returns", **back))


async def test_somebody_elses_return_is_worth_nothing_in_this_browser(between: Between) -> None:
    """Else a stranger could have somebody sign in as the stranger, or link the stranger with their account."""
    attacker, victim = between.browser(), between.browser()
    back = between.other.approve(await attacker.set_out(), **ADA)
    await victim.set_out()
    refused(await victim.post("outside-returns", **back))
    await nobody_arrived(between)


async def test_a_code_of_another_sign_in_is_refused(between: Between) -> None:
    """Code injection: a stolen code in one's own return. The verifier is another one (RFC 9700, 4.5)."""
    attacker, victim = between.browser(), between.browser()
    stolen = between.other.approve(await victim.set_out(), **ADA)
    own = between.other.approve(await attacker.set_out())
    refused(await attacker.post("outside-returns", **{**own, "code": stolen["code"]}))
    await nobody_arrived(between)


async def test_the_answer_of_another_provider_is_refused(between: Between) -> None:
    """Mix-up (RFC 9207): who announces to say who answers, says it."""
    for told in ("https://evil.example", "", None):
        browser = between.browser()
        back = between.other.approve(await browser.set_out(), **ADA)
        refused(await browser.post("outside-returns", **{**back, "iss": told}))
    assert "/token" not in between.other.asked


async def test_a_provider_that_does_not_name_itself_may_not_name_another(between: Between) -> None:
    between.other.metadata = {"authorization_response_iss_parameter_supported": None}
    browser = between.browser()
    assert (await browser.arrive(**ADA)).status_code == 200
    back = between.other.approve(await browser.set_out(), **ADA)
    refused(await browser.post("outside-returns", **{**back, "iss": "https://evil.example"}))


WRONG: list[dict[str, Any]] = [
    {"nonce": "of another sign-in"}, {"nonce": None}, {"iss": "https://evil.example"}, {"iss": None},
    {"aud": "another-client"}, {"aud": None}, {"aud": [CLIENT_ID, "another"]},
    {"aud": [CLIENT_ID, "another"], "azp": "another"}, {"azp": "another"}, {"exp": 1_700_000_000}, {"exp": None},
    {"iat": None}, {"iat": LATER}, {"sub": None}, {"sub": ""}, {"sub": 17}, {"sub": "x" * 256}, {"sub": "a\0b"},
    {"at_hash": "of-another-token"}, {"at_hash": 4},
]  # fmt: skip
RIGHT: list[dict[str, Any]] = [{}, {"at_hash": None}, {"aud": [CLIENT_ID]}, {"aud": [CLIENT_ID, "b"], "azp": CLIENT_ID}]


async def test_an_id_token_that_says_something_else_vouches_for_nobody(between: Between) -> None:
    for claims in WRONG:
        between.other.claims = claims
        answer = await between.browser().arrive(**ADA)
        assert (answer.status_code, answer.json()["type"]) == (400, NOT_VOUCHED), claims
    await nobody_arrived(between)
    for claims in RIGHT:
        between.other.claims = claims
        assert (await between.browser().arrive(**ADA)).json()["outcome"] == "arrived", claims


async def test_the_nonce_of_a_sign_in_before_is_refused(between: Between) -> None:
    browser = between.browser()
    first = between.other.approve(await browser.set_out(), **ADA)
    between.other.token = between.other.id_token(between.other.codes[first["code"]], "of the first")
    second = between.other.approve(await browser.set_out())
    refused(await browser.post("outside-returns", **second))


async def test_signatures_of_others_and_of_other_kinds_are_refused(between: Between) -> None:
    """Algorithm confusion (RFC 8725, 3.1), also by a provider that announces what nobody should take."""
    between.other.metadata = {"id_token_signing_alg_values_supported": ["RS256", "HS256", "none"]}
    between.other.keys = [RSA, EC]
    foreign = RSAKey.generate_key(2048, parameters={"kid": RSA.kid})
    secret = OctKey.import_key(RSA.as_pem(private=False)[:64])
    none = base64.urlsafe_b64encode(json.dumps({"alg": "none", "kid": RSA.kid}).encode()).decode().rstrip("=")

    def forged(good: str) -> dict[str, str]:
        _, body, signature = good.split(".")
        claims = json.loads(base64.urlsafe_b64decode(body + "=="))
        return {
            "none": f"{none}.{body}.",
            "none with a signature": f"{none}.{body}.{signature}",
            "the public key as a secret": jwt.encode({"alg": "HS256", "kid": RSA.kid}, claims, secret),
            "a foreign key": jwt.encode({"alg": "RS256", "kid": RSA.kid}, claims, foreign),
            "a key it has, an algorithm it does not announce": jwt.encode({"alg": "ES256", "kid": EC.kid}, claims, EC),
            "garbage": "no.token",
        }

    between.other.claims = {"at_hash": None}
    for attack in (*forged("h.e30.s"), "nothing"):
        browser = between.browser()
        back = between.other.approve(await browser.set_out(), **ADA)
        good = between.other.id_token(between.other.codes[back["code"]], "a token")
        between.other.token = forged(good).get(attack, good)
        answer = await browser.post("outside-returns", **back)
        assert answer.status_code == (200 if attack == "nothing" else 400), attack


async def test_a_new_key_is_asked_for_but_not_as_often_as_somebody_likes(between: Between) -> None:
    browser = between.browser()
    assert (await browser.arrive(**ADA)).status_code == 200
    between.other.keys, between.other.signs, between.other.algorithm = [EC], EC, "ES256"
    between.identity.service.resources.own.pop("outside provider")
    assert (await browser.arrive(**ADA)).status_code == 200
    between.other.keys = [EC]
    between.other.signs, between.other.algorithm = RSA, "RS256"
    before = between.other.asked.count("/keys")
    for _ in range(5):
        refused(await browser.arrive(**ADA))
    assert between.other.asked.count("/keys") == before, "asked a moment ago"


async def test_a_new_key_is_found(between: Between, eager_keys: None) -> None:
    assert (await between.browser().arrive(**ADA)).status_code == 200
    between.other.keys, between.other.signs, between.other.algorithm = [RSA, EC], EC, "ES256"
    assert (await between.browser().arrive(**ADA)).status_code == 200


async def test_userinfo_tells_what_the_token_does_not(between: Between) -> None:
    between.other.claims = {"email": None, "email_verified": None, "name": None}
    browser = between.browser()
    assert (await browser.arrive(**ADA)).status_code == 200
    who = (await browser.post("arrivals/current")).json()
    assert (who["email"], who["email_verified"], who["display_name"]) == ("ada@ailleurs.example", True, "Ada Lovelace")


async def test_userinfo_about_somebody_else_is_refused(between: Between) -> None:
    between.other.claims = {"email": None}
    between.other.info = {"sub": "somebody-else"}
    refused(await between.browser().arrive(**ADA))


async def test_signed_userinfo_is_checked(between: Between) -> None:
    between.other.claims = {"email": None, "email_verified": None}
    claims = {"iss": between.other.issuer, "aud": CLIENT_ID, **ADA}
    for key, right in ((RSA, True), (RSAKey.generate_key(2048, parameters={"kid": RSA.kid}), False)):
        signed = jwt.encode({"alg": "RS256", "kid": RSA.kid}, claims, key)
        between.other.info = JSONResponse(None, media_type="application/jwt")
        between.other.info.body = signed.encode()
        between.other.info.headers["content-length"] = str(len(signed))
        browser = between.browser()
        answer = await browser.arrive(**ADA)
        if right:
            assert (await browser.post("arrivals/current")).json()["email"] == "ada@ailleurs.example"
        else:
            refused(answer)


async def test_what_was_begun_with_another_provider_is_not_finished_with_this_one(between: Between) -> None:
    browser = between.browser()
    back = between.other.approve(await browser.set_out(), **ADA)
    await between.identity.change("UPDATE departure SET issuer = 'https://before.example'")
    refused(await browser.post("outside-returns", **back))


async def test_who_waits_too_long_there_begins_again(between: Between) -> None:
    browser = between.browser()
    back = between.other.approve(await browser.set_out(), **ADA)
    await between.identity.change("UPDATE departure SET expires_at = now() - interval '1 second'")
    refused(await browser.post("outside-returns", **back))
    back = between.other.approve(await browser.set_out(), **ADA)
    await between.identity.change("DELETE FROM authorization_request")
    assert (await browser.post("outside-returns", **back)).status_code == 410
    await browser.arrive(**ADA)
    await between.identity.change("UPDATE arrival SET expires_at = now() - interval '1 second'")
    assert (await browser.post("arrivals/current")).status_code == 410
    assert (await browser.post("arrivals/account", display_name="Ada")).status_code == 410


async def test_who_gives_up_there_is_told_so(between: Between) -> None:
    browser = between.browser()
    back = between.other.approve(await browser.set_out())
    answer = await browser.post("outside-returns", state=back["state"], iss=back["iss"], error="access_denied")
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:demain:problem:outside-sign-in-declined")
    back = between.other.approve(await browser.set_out())
    refused(await browser.post("outside-returns", state=back["state"], iss=back["iss"], error="server_error"))


async def test_the_secret_goes_to_the_provider_alone(between: Between) -> None:
    address = await between.browser().set_out()
    [row] = await between.identity.rows("SELECT verifier FROM departure")
    assert row[0] not in address and "secret" not in address
