"""The endpoints of the OpenID provider, for browsers and for other sites' programs.

What fails is said as RFC 6749 and OpenID Connect want it, not as a problem. Like those of sign-ins, these routes open
their transactions themselves: that a code or a refresh token shown twice ends what it gave must be committed, though
the answer is an error; and an ``Idempotency-Key`` would keep tokens.
"""

from __future__ import annotations

from typing import Annotated, Any

from authlib.oauth2 import OAuth2Error
from fastapi import Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from pydantic import BaseModel, Field

from services.identity import queries
from services.identity.commands import authorizations
from services.identity.provider import claims
from services.identity.provider.exchange import Answered, Pairs, ProviderRequest
from services.identity.provider.metadata import LANGUAGES, metadata
from services.identity.provider.server import Provider
from services.identity.provider.waiting import check_freshness
from services.identity.tokens import OPENID
from shared.auth.tokens import USERINFO_AUDIENCE, InvalidToken
from shared.clients.provider import OUTSIDE_HINT
from shared.http.access import ByItself
from shared.http.dependencies import Resources
from shared.http.documentation import failing
from shared.http.problems import INVALID, UNAUTHENTICATED, Problem
from shared.http.rate_limits import limited
from shared.http.route import service_router

router = service_router()

_NOT_STORED = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_FORM = "application/x-www-form-urlencoded"


class OAuthError(BaseModel):
    """What went wrong, as RFC 6749 says it."""

    error: str
    error_description: str | None = None


class TokenAnswer(BaseModel):
    """Tokens (RFC 6749, 5.1; OpenID Connect Core, 3.1.3.3)."""

    access_token: str
    token_type: str
    expires_in: int = Field(description="Seconds the access token lives")
    scope: str
    refresh_token: str = Field(default="", description="Left out where the scope has no offline_access")
    id_token: str = Field(default="", description="Left out where nobody signed in just now")


class Metadata(BaseModel):
    """How to use the provider (OpenID Connect Discovery 1.0)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    userinfo_endpoint: str
    revocation_endpoint: str
    jwks_uri: str
    scopes_supported: list[str]
    response_types_supported: list[str]
    response_modes_supported: list[str]
    grant_types_supported: list[str]
    subject_types_supported: list[str]
    id_token_signing_alg_values_supported: list[str]
    token_endpoint_auth_methods_supported: list[str]
    revocation_endpoint_auth_methods_supported: list[str]
    code_challenge_methods_supported: list[str]
    claims_supported: list[str]
    ui_locales_supported: list[str]
    authorization_response_iss_parameter_supported: bool
    claims_parameter_supported: bool
    request_parameter_supported: bool
    request_uri_parameter_supported: bool


class UserInfo(BaseModel):
    """Who the bearer's person is, as far as the scope opens it."""

    sub: str
    name: str | None = None
    email: str | None = None
    email_verified: bool | None = None


def _errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: {"model": OAuthError, "description": "Refused"} for status in statuses}


def _taking(*names: str) -> dict[str, Any]:
    fields = {name: {"type": "string"} for name in names}
    return {"requestBody": {"content": {_FORM: {"schema": {"type": "object", "properties": fields}}}}}


_ASKED = (
    "response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "prompt", "max_age", "ui_locales",
    "code_challenge", "code_challenge_method",
)  # fmt: skip
_ASKED_IN_QUERY = {"parameters": [{"name": one, "in": "query", "schema": {"type": "string"}} for one in _ASKED]}
_SENT_ON: dict[int | str, dict[str, Any]] = {303: {"description": "To where people sign in, or back to the client"}}


@router.get("/.well-known/openid-configuration", tags=["openid"])
async def discovery(resources: Resources, response: Response, _: ByItself) -> Metadata:
    """How to use the provider."""
    response.headers["Cache-Control"] = "public, max-age=300"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return Metadata.model_validate(metadata(resources.site_url))


@router.get(
    "/oauth/authorize",
    tags=["openid"],
    status_code=303,
    response_class=RedirectResponse,
    responses={**_SENT_ON, **_errors(400)},
    openapi_extra=_ASKED_IN_QUERY,
    dependencies=[limited("authorize", 60, 60)],
)
@failing(INVALID)
async def authorize(request: Request, response: Response, resources: Resources, _: ByItself) -> Response:
    """Ask a person to sign in to a client: the browser goes on to the site."""
    return _limited(await _authorize(request, resources, list(request.query_params.multi_items())), response)


@router.post(
    "/oauth/authorize",
    tags=["openid"],
    status_code=303,
    response_class=RedirectResponse,
    responses={**_SENT_ON, **_errors(400)},
    openapi_extra=_taking(*_ASKED),
    dependencies=[limited("authorize", 60, 60)],
)
async def authorize_by_form(request: Request, response: Response, resources: Resources, _: ByItself) -> Response:
    """The same, asked for with a form."""
    return _limited(await _authorize(request, resources, await _form(request)), response)


def _limited(answer: Response, limits: Response) -> Response:
    """The answer with the headers of the route's rate limit: FastAPI adds them to answers it makes itself alone."""
    answer.headers.update({name: value for name, value in limits.headers.items() if name.startswith("ratelimit")})
    return answer


async def _authorize(request: Request, resources: Resources, pairs: Pairs) -> Response:
    asked = ProviderRequest("GET", pairs)
    async with resources.database.transaction() as session:
        provider = Provider(resources, session)

        def look() -> Answered | None:
            try:
                check_freshness(asked, provider.asked(asked))
            except OAuth2Error as error:
                return provider.answer_error(asked, error)
            return None

        refusal = await provider.answering(look)
        if refusal is None:
            id = await authorizations.keep_request(session, asked.client.id, [list(one) for one in pairs])
    if refusal is None:
        # The site may say that the person chose to come in through the other provider: no page is shown between.
        outside = asked.client.is_site and asked.payload.data.get(OUTSIDE_HINT)
        where = "/connexion/ailleurs" if outside else "/connexion"
        return _sent(f"{_prefix(asked.payload.data.get('ui_locales', ''))}{where}?demande={id}")
    if refusal.location is not None:
        return _sent(refusal.location)
    if "text/html" in request.headers.get("accept", ""):
        # Somebody looks at it who can do nothing about it: to a page that says so, never to where the request points.
        return _sent(f"{_prefix(asked.payload.data.get('ui_locales', ''))}/connexion/refusee")
    return JSONResponse(dict(refusal.body), refusal.status, _NOT_STORED)


@router.post(
    "/oauth/token",
    tags=["openid"],
    response_model=TokenAnswer,
    responses=_errors(400, 401),
    openapi_extra=_taking(
        "grant_type", "code", "redirect_uri", "code_verifier", "refresh_token", "scope", "client_id", "client_secret"
    ),
)
async def token(request: Request, resources: Resources, _: ByItself) -> Response:
    """Exchange a code, a refresh token or a client's own secret for tokens; codes and refresh tokens are good once."""
    asked = ProviderRequest("POST", await _form(request), request.headers)
    return await _answer(resources, asked, lambda provider: provider.create_token_response(asked))


@router.post(
    "/oauth/revoke",
    tags=["openid"],
    response_class=Response,
    responses={200: {"description": "It is worth nothing now"}, **_errors(400, 401)},
    openapi_extra=_taking("token", "token_type_hint", "client_id", "client_secret"),
)
async def revoke(request: Request, resources: Resources, _: ByItself) -> Response:
    """End what a refresh token belongs to (RFC 7009). A token nobody has is fine."""
    asked = ProviderRequest("POST", await _form(request), request.headers)
    return await _answer(resources, asked, lambda provider: provider.create_endpoint_response("revocation", asked))


@router.get("/oauth/userinfo", tags=["openid"], response_model_exclude_none=True)
@failing(UNAUTHENTICATED)
async def userinfo(request: Request, response: Response, resources: Resources, _: ByItself) -> UserInfo:
    """Who the bearer's person is, as far as the token's scope opens it."""
    return await _userinfo(request, response, resources)


@router.post("/oauth/userinfo", tags=["openid"], response_model_exclude_none=True)
@failing(UNAUTHENTICATED)
async def userinfo_by_post(request: Request, response: Response, resources: Resources, _: ByItself) -> UserInfo:
    """The same (OpenID Connect Core, 5.3.1, asks for both)."""
    return await _userinfo(request, response, resources)


async def _userinfo(request: Request, response: Response, resources: Resources) -> UserInfo:
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not bearer:
        raise _refused("Send the token as: Authorization: Bearer …", error="")
    try:
        told = await resources.tokens.claims(bearer.strip(), USERINFO_AUDIENCE)
    except InvalidToken as error:
        raise _refused(f"The token is not valid: {error}") from error
    async with resources.database.reading() as session:
        account = await queries.member(session, str(told["sub"]))
    if account is None:
        raise _refused("The person has no account any more.")
    response.headers.update(_NOT_STORED)
    return UserInfo.model_validate(claims.of_person(account, str(told.get("scope", OPENID))))


def _refused(detail: str, *, error: str = ', error="invalid_token"') -> Problem:
    return Problem(UNAUTHENTICATED, detail, headers={"WWW-Authenticate": f'Bearer realm="demain"{error}'})


async def _answer(resources: Resources, asked: ProviderRequest, work: Any) -> Response:
    async with resources.database.transaction() as session:
        provider = Provider(resources, session)

        def answer() -> Answered:
            try:
                asked.payload.check()
            except OAuth2Error as error:
                return provider.answer_error(asked, error)
            found: Answered = work(provider)
            return found

        found = await provider.answering(answer)
    if not found.body:
        return Response(status_code=found.status, headers=_NOT_STORED)
    return JSONResponse(dict(found.body), found.status, {**found.headers, **_NOT_STORED})


async def _form(request: Request) -> list[tuple[str, str]]:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        return []
    form = await request.form(max_files=0, max_fields=50)
    return [(name, value) for name, value in form.multi_items() if isinstance(value, str)]


def _prefix(languages: Annotated[str, "as ui_locales says them, best first"]) -> str:
    """What stands before a path of the site in the first language of these that it speaks."""
    spoken = next((one for one in (tag.lower()[:2] for tag in languages.split()) if one in LANGUAGES), LANGUAGES[0])
    return "" if spoken == LANGUAGES[0] else f"/{spoken}"


def _sent(address: str) -> Response:
    return RedirectResponse(address, 303, _NOT_STORED)
