"""The charter with its public record, what waits for moderators, and their decisions."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from services.web.errors import PageRoute
from services.web.forms import PostedForm
from services.web.language import N_, _
from services.web.page import CurrentPage, Page
from services.web.sections.debates.arguing import EXPIRED
from services.web.sections.debates.reading import WORDS, read_argument
from services.web.sections.debates.words import RULE_HELP, RULES
from shared.clients.base import ServiceProblem
from shared.clients.contributions import Argument, DebatesClient, Reported

router = APIRouter(route_class=PageRoute)

LABELS = {"rule": N_("Règle"), "reason": N_("Motif")}
NOTICES = {"hide": "hidden", "restore": "argument-restored", "dismiss": "dismissed"}


@router.get("/charte")
async def charter(page: CurrentPage) -> Response:
    """The rules of debates, and how often each was applied."""
    record = await page.client(DebatesClient).record()
    return await page.render("debates/charter.html", record=record, RULES=RULES, RULE_HELP=RULE_HELP)


@router.get("/moderation")
async def queue(page: CurrentPage, cursor: str = "", decides: str = "") -> Response:
    """What was reported and waits, an argument at a time; or what was decided."""
    token = await page.needed_token()
    page.need_role("moderator", "admin")
    settled = bool(decides)
    found = await page.client(DebatesClient).reports(token=token, settled=settled, cursor=cursor or None, limit=50)
    groups: dict[str, list[Reported]] = {}
    for one in found.items:
        groups.setdefault(one.argument, []).append(one)
    return await page.render(
        "debates/moderation.html", groups=list(groups.values()), next=found.next, settled=settled, **WORDS
    )


@router.get("/debats/{debate_id:uuid}/arguments/{id:uuid}/moderation")
async def form_to_moderate(page: CurrentPage, debate_id: UUID, id: UUID) -> Response:
    """Decide about an argument."""
    page.need_role("moderator", "admin")
    spoken = await read_argument(page, debate_id, id)
    return await _ask(page, spoken, {"rule": page.request.query_params.get("rule", ""), "reason": ""}, {})


@router.post("/debats/{debate_id:uuid}/arguments/{id:uuid}/moderation")
async def moderate(page: CurrentPage, form: PostedForm, debate_id: UUID, id: UUID) -> Response:
    """Hide, restore, or dismiss what was reported."""
    page.need_role("moderator", "admin")
    token = await page.needed_token()
    client = page.client(DebatesClient)
    action = form.text("do")
    typed = {"rule": form.text("rule"), "reason": form.text("reason")}
    errors: dict[str, str] = {}
    if not form.is_ours:
        errors["form"] = _(EXPIRED)
    else:
        if action == "hide" and typed["rule"] not in RULES:
            errors["rule"] = _("Choisissez la règle que cet argument enfreint.")
        if action != "dismiss" and not typed["reason"]:
            errors["reason"] = _("Donnez un motif : son auteur le lira.")
    if not errors:
        try:
            await client.moderate(
                str(id),
                action if action in NOTICES else "dismiss",
                token=token,
                rule=typed["rule"] if action == "hide" else None,
                reason=typed["reason"],
            )
        except ServiceProblem as problem:
            if problem.status not in (409, 422):
                raise
            errors["form"] = _("Il a changé pendant que vous le regardiez. Le voici tel qu’il est.")
        else:
            return page.go(page.href("/moderation"), notice=NOTICES.get(action, "dismissed"))
    return await _ask(page, await read_argument(page, debate_id, id), typed, errors)


async def _ask(page: Page, spoken: Argument, typed: dict[str, str], errors: dict[str, str]) -> Response:
    return await page.render(
        "debates/decide.html",
        status=422 if errors else 200,
        argument=spoken,
        typed=typed,
        errors=errors,
        labels=LABELS,
        RULE_HELP=RULE_HELP,
        **WORDS,
    )
