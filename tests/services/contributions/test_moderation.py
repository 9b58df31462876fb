"""Moderation: hidden with the rule broken and a motive, told to the author, restored; nothing hidden is ever shown.

Random histories by people of every role, against a model of what each of them may see.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.contributions import debate_policy as policy
from services.contributions import debate_workflow as workflow
from services.contributions.debate_workflow import ArgumentAction, ArgumentState, DebateAction, Part, Phase
from shared.auth.principal import Principal, Role
from shared.storage.identifiers import new_id
from tests.services.contributions.debating import argue, moderate, open_debate, told
from tests.support.service import ServiceUnderTest


async def report(service: ServiceUnderTest, argument: dict[str, Any], who: dict[str, str] | None = None) -> Any:
    """Report it."""
    said = {"argument": argument["id"], "rule": "privacy", "note": "Un nom y est donné."}
    return await service.http.post("/api/reports", json=said, headers=who or service.someone())


async def test_hidden_its_author_learns_why_and_others_which_rule(service: ServiceUnderTest) -> None:
    debate, mine, moderator = await open_debate(service), service.someone(), service.someone(Role.MODERATOR)
    argument = await argue(service, debate, mine, "Ma voisine madame Perrin chauffe trop.")
    reply = await argue(service, debate, body="Madame Perrin vous répondra.", answers=argument["id"])
    assert (await report(service, argument)).status_code == 201
    hidden = await moderate(service, argument, "hide", moderator)
    assert (hidden.status_code, hidden.json()["state"], hidden.json()["rule"]) == (200, "hidden", "privacy")
    path = f"/api/arguments/{argument['id']}"
    public = (await service.http.get(path, headers=service.someone())).json()
    secret = ("body", "body_html", "author", "reason", "edited_at")
    assert (public["rule"], [public[name] for name in secret]) == ("privacy", [None] * 5)
    assert (public["first_replies"], public["replies"]) == ([], 0)
    assert (await service.http.get(f"/api/arguments/{reply['id']}")).status_code == 404
    author = (await service.http.get(path, headers=mine)).json()
    assert (author["body"], author["reason"]) == (argument["body"], "Des personnes y sont nommées.")
    (listed,) = (await service.http.get("/api/arguments?hidden=true", headers=mine)).json()["items"]
    assert (listed["rule"], listed["reason"]) == ("privacy", "Des personnes y sont nommées.")
    (stub,) = (await service.http.get(f"/api/debates/{debate['id']}/arguments")).json()["items"]
    assert (stub["body"], stub["author"], stub["first_replies"]) == (None, None, [])
    assert (await service.http.get(f"/api/debates/{debate['id']}")).json()["tally"] == {
        "arguments_for": 0, "arguments_against": 0, "arguments_nuance": 0, "replies": 0,
    }  # fmt: skip
    put = await service.http.put(f"{path}/endorsement", headers=service.someone())
    assert put.status_code == 404
    assert (await report(service, argument)).status_code == 404
    said = {"body": "Encore.", "answers": argument["id"]}
    refused = await service.http.post(f"/api/debates/{debate['id']}/arguments", json=said, headers=service.someone())
    assert refused.status_code == 422
    restored = await moderate(service, argument, "restore", moderator)
    assert (restored.status_code, restored.json()["reason"]) == (200, None)
    assert (await service.http.get(f"/api/debates/{debate['id']}")).json()["tally"]["replies"] == 1
    assert await told(service, argument["id"]) == ["ArgumentMade", "ArgumentTakenDown", "ArgumentMade"]


async def test_reports_wait_once_a_person_and_are_settled_by_the_decision(service: ServiceUnderTest) -> None:
    debate, mine, moderator = await open_debate(service), service.someone(), service.someone(Role.MODERATOR)
    argument, other = await argue(service, debate, mine), await argue(service, debate)
    reporter = service.someone()
    first, again = await report(service, argument, reporter), await report(service, argument, reporter)
    assert first.json()["id"] == again.json()["id"]
    await report(service, argument)
    await report(service, other)
    assert (await report(service, argument, mine)).status_code == 403

    async def waiting(settled: str = "false") -> list[dict[str, Any]]:
        answer = await service.http.get(f"/api/reports?settled={settled}", headers=moderator)
        return list(answer.json()["items"])

    assert [one["argument"] for one in await waiting()] == [argument["id"], argument["id"], other["id"]]
    assert (await waiting())[0]["about"]["reports"] == 2
    assert set((await waiting())[0]) == {
        "id", "argument", "rule", "note", "at", "settled_at", "outcome", "about"
    }, "who reported is not told"  # fmt: skip
    assert (await moderate(service, argument, "hide", moderator)).status_code == 200
    assert (await moderate(service, other, "dismiss", moderator)).status_code == 200
    assert await waiting() == []
    assert sorted(one["outcome"] for one in await waiting("true")) == ["dismissed", "upheld", "upheld"]
    assert (await report(service, other, service.someone())).status_code == 201
    record = (await service.http.get("/api/moderation")).json()
    assert [one for one in record["rules"] if one["hidden"]] == [{"rule": "privacy", "hidden": 1, "restored": 0}]
    assert (record["dismissed"], record["waiting"]) == (1, 1)
    assert not any(word in str(record) for word in ("author", "person", "by"))


async def test_a_moderator_never_decides_about_their_own(service: ServiceUnderTest) -> None:
    moderator = service.someone(Role.MODERATOR)
    own = await argue(service, await open_debate(service), moderator)
    assert own["actions"] == ["edit", "take_back", "reply"]
    assert (await moderate(service, own, "hide", moderator)).status_code == 403
    assert (await moderate(service, own, "hide", service.someone(Role.ADMIN))).status_code == 200


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"action": "hide", "reason": "Parce que."}, "rule"),
        ({"action": "hide", "rule": "respect"}, "reason"),
        ({"action": "hide", "rule": "manners", "reason": "Parce que."}, "rule"),
        ({"action": "dismiss", "rule": "respect"}, "rule"),
        ({"action": "edit", "reason": "Parce que."}, "action"),
    ],
)
async def test_a_decision_says_rule_and_motive(service: ServiceUnderTest, asked: dict[str, Any], field: str) -> None:
    argument = await argue(service, await open_debate(service))
    path = f"/api/arguments/{argument['id']}/moderation"
    answer = await service.http.post(path, json=asked, headers=service.someone(Role.MODERATOR))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    assert (await moderate(service, argument, "restore")).status_code == 409


# The tables


ROLES = (None, *Role)


def test_no_sequence_of_actions_leaves_the_table() -> None:
    reached, waiting = set(), [ArgumentState.SHOWN]
    while waiting:
        state = waiting.pop()
        reached.add(state)
        for action in ArgumentAction:
            line = workflow.argument_transition(state, action)
            if line is not None and line.to is not None and line.to not in reached:
                waiting.append(line.to)
    assert reached == set(ArgumentState)
    assert [one for one in ArgumentAction if workflow.argument_transition(ArgumentState.TAKEN_BACK, one)] == []
    assert [one for one in DebateAction if workflow.debate_transition(Phase.WITHDRAWN, one)] == []


@given(state=st.sampled_from(ArgumentState), role=st.sampled_from(ROLES), own=st.booleans())
def test_hidden_words_are_read_by_their_author_and_moderators_alone(
    state: ArgumentState, role: Role | None, own: bool
) -> None:
    author = new_id()
    who = None if role is None else Principal(author if own else new_id(), frozenset({role}))
    may = policy.may_read(who, state, author)
    moderates = role in {Role.MODERATOR, Role.ADMIN}
    if state is ArgumentState.HIDDEN:
        assert may == (who is not None and (own or moderates))
    else:
        assert may == (state is ArgumentState.SHOWN)
    actions = workflow.argument_actions(state, policy.parts_of_argument(who, author))
    decisions = {ArgumentAction.HIDE, ArgumentAction.RESTORE, ArgumentAction.DISMISS}
    if decisions & set(actions):
        assert moderates and not own
    if {ArgumentAction.EDIT, ArgumentAction.TAKE_BACK} & set(actions):
        assert own
    assert Part.AUTHOR not in policy.parts_of_argument(who, author) or own


# Random histories


@dataclass
class Model:
    """What was said and what became of it."""

    arguments: list[dict[str, Any]] = field(default_factory=list)
    state: dict[str, str] = field(default_factory=dict)

    def visible(self, one: dict[str, Any]) -> bool:
        """To everybody."""
        return self.state[one["id"]] == "shown" and (not one["answers"] or self.state[one["answers"]] == "shown")


_steps = st.lists(
    st.tuples(
        st.sampled_from(["argue", "reply", "hide", "restore", "take_back", "endorse", "report"]),
        st.integers(0, 5),
        st.sampled_from([Role.CITIZEN, Role.MODERATOR, Role.ADMIN, Role.EDITOR]),
    ),
    min_size=4,
    max_size=24,
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(steps=_steps)
async def test_no_history_shows_what_is_hidden_or_loses_count(
    service: ServiceUnderTest, steps: list[tuple[str, int, Role]]
) -> None:
    debate, model = await open_debate(service), Model()
    cast = {role: service.someone(role) for role in Role}
    authors: dict[str, Role] = {}
    service.resources.own.clear()
    for action, number, role in steps:
        await _play(service, debate, model, authors, cast, (action, number, role))
        await _agree(service, debate, model)


async def _play(
    service: ServiceUnderTest,
    debate: dict[str, Any],
    model: Model,
    authors: dict[str, Role],
    cast: dict[Role, dict[str, str]],
    step: tuple[str, int, Role],
) -> None:
    action, number, role = step
    tops = [one for one in model.arguments if not one["answers"]]
    chosen = model.arguments[number % len(model.arguments)] if model.arguments else None
    if action == "argue" or (action == "reply" and not [one for one in tops if model.visible(one)]):
        made = await argue(service, debate, cast[role], position=["for", "against", "nuance"][number % 3])
    elif action == "reply":
        visible = [one for one in tops if model.visible(one)]
        made = await argue(service, debate, cast[role], answers=visible[number % len(visible)]["id"])
    else:
        if chosen is None:
            return
        await _act(service, model, authors, cast[role], role, action, chosen)
        return
    model.arguments.append(made)
    model.state[made["id"]] = "shown"
    authors[made["id"]] = role


async def _act(
    service: ServiceUnderTest,
    model: Model,
    authors: dict[str, Role],
    who: dict[str, str],
    role: Role,
    action: str,
    chosen: dict[str, Any],
) -> None:
    path = f"/api/arguments/{chosen['id']}"
    match action:
        case "hide" | "restore":
            answer = await moderate(service, chosen, action, who)
        case "take_back":
            answer = await service.http.delete(path, headers={**who, "If-Match": "*"})
        case "endorse":
            answer = await service.http.put(f"{path}/endorsement", headers=who)
        case _:
            answer = await report(service, chosen, who)
    assert answer.status_code < 500, answer.text
    if answer.status_code < 300 and action in {"hide", "restore", "take_back"}:
        model.state[chosen["id"]] = {"hide": "hidden", "restore": "shown", "take_back": "taken_back"}[action]
        own = authors[chosen["id"]] is role
        assert own if action == "take_back" else role in {Role.MODERATOR, Role.ADMIN} and not own


async def _agree(service: ServiceUnderTest, debate: dict[str, Any], model: Model) -> None:
    """What everybody is answered is what the model says."""
    read = (await service.http.get(f"/api/debates/{debate['id']}")).json()["tally"]
    visible = [one for one in model.arguments if model.visible(one)]
    for position in ("for", "against", "nuance"):
        assert read[f"arguments_{position}"] == len([one for one in visible if one["position"] == position])
    assert read["replies"] == len([one for one in visible if one["answers"]])
    listed = (await service.http.get(f"/api/debates/{debate['id']}/arguments?limit=100")).json()["items"]
    words = {one["id"] for one in listed if one["body"] is not None}
    words |= {reply["id"] for one in listed for reply in one["first_replies"] if reply["body"] is not None}
    assert words <= {one["id"] for one in visible}
    assert {one["id"] for one in visible if not one["answers"]} <= words
    for one in model.arguments:
        answer = await service.http.get(f"/api/arguments/{one['id']}")
        seen = answer.status_code == 200 and answer.json()["body"] is not None
        assert seen == model.visible(one)


async def test_control_without_the_policy_hidden_words_are_found_by_the_model(
    service: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    debate, model = await open_debate(service), Model()
    made = await argue(service, debate)
    model.arguments.append(made)
    model.state[made["id"]] = "hidden"
    await moderate(service, made, "hide")
    await _agree(service, debate, model)
    monkeypatch.setattr(policy, "may_read", lambda *_: True)
    with pytest.raises(AssertionError):
        await _agree(service, debate, model)
