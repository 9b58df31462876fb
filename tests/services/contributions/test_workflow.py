"""The state machine and the policy, as pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.contributions import policy, workflow
from services.contributions.workflow import Action, Part, State
from shared.auth.principal import Principal, Role

PERSON = UUID(int=1)
OTHER = UUID(int=2)
states, acts = st.sampled_from(State), st.sampled_from(Action)
roles = st.frozensets(st.sampled_from(Role)).map(lambda found: found | {Role.CITIZEN})
people = st.builds(Principal, st.sampled_from([PERSON, OTHER]), roles)


@given(st.lists(acts, max_size=30))
def test_withdrawn_is_the_end_and_publication_comes_from_submission(asked: list[Action]) -> None:
    state, path = State.DRAFT, [State.DRAFT]
    for action in asked:
        line = workflow.transition(state, action)
        if line is not None:
            state = line.to
            path.append(state)
    assert State.WITHDRAWN not in path[:-1]
    for before, after in pairwise(path):
        assert after != State.PUBLISHED or before in {State.SUBMITTED, State.SCHEDULED}


@given(st.lists(st.tuples(people, acts), max_size=30))
def test_no_sequence_of_asking_by_anybody_reaches_a_forbidden_state(asked: list[tuple[Principal, Action]]) -> None:
    state, authors = State.DRAFT, [PERSON]
    for person, action in asked:
        before, mine = state, policy.parts(person, authors)
        line = workflow.transition(state, action)
        if line is None or not mine & line.who:
            continue
        state = line.to
        assert mine, "a stranger moved it"
        assert before != State.WITHDRAWN
        if state == State.PUBLISHED:
            assert before in {State.SUBMITTED, State.SCHEDULED}
            assert Part.EDITOR in mine
            assert line.needs_text
        if state == State.SCHEDULED:
            assert (before, action) == (State.SUBMITTED, Action.SCHEDULE)
            assert Part.EDITOR in mine
            assert line.needs_text
            assert line.needs_instant
        if state == State.CHANGES_REQUESTED:
            assert (before, action) == (State.SUBMITTED, Action.RETURN)
            assert Part.EDITOR in mine
            assert line.needs_reason
        if state == State.SUBMITTED:
            assert (before, action) == (State.SCHEDULED, Action.UNSCHEDULE) or line.needs_text
            assert (Part.EDITOR if action == Action.UNSCHEDULE else Part.AUTHOR) in mine
        if state == State.DRAFT:
            assert (action, Part.AUTHOR in mine) == (Action.RECALL, True)
        if state == State.WITHDRAWN:
            assert before == State.PUBLISHED
            assert line.needs_reason


@given(people, st.lists(st.sampled_from([PERSON, OTHER]), unique=True))
def test_what_was_sent_back_is_the_authors_to_change_and_the_editors_to_read(
    person: Principal, authors: list[UUID]
) -> None:
    assert policy.may_edit(person, State.CHANGES_REQUESTED, authors) == (person.id in authors)
    read = policy.may_read(person, State.CHANGES_REQUESTED, authors)
    assert read == (person.id in authors or policy.is_editor(person))


@given(states, st.frozensets(st.sampled_from(Part)))
def test_offered_actions_are_exactly_the_allowed_ones(state: State, parts: frozenset[Part]) -> None:
    offered = set(workflow.actions(state, parts))
    for action in Action:
        line = workflow.transition(state, action)
        assert (action in offered) == (line is not None and bool(parts & line.who))


@given(people, states, st.lists(st.sampled_from([PERSON, OTHER]), unique=True))
def test_whoever_may_change_may_read(person: Principal, state: State, authors: list[UUID]) -> None:
    if policy.may_edit(person, state, authors):
        assert policy.may_read(person, state, authors)


@given(st.one_of(st.none(), people), st.lists(st.just(OTHER), max_size=1))
def test_a_draft_is_for_its_authors_alone(person: Principal | None, authors: list[UUID]) -> None:
    seen = policy.may_read(person, State.DRAFT, authors)
    assert seen == (person is not None and person.id in authors)


# Several authors


@dataclass
class Byline:
    """Who writes a text, as the commands keep it: invited, joined, left, in any order and state."""

    state: State
    authors: list[UUID]
    invited: bool = False

    def ask(self, person: Principal, what: str) -> None:
        """Do what policy allows, and nothing else."""
        if what == "invite":
            self.invited |= policy.may_invite(person, self.state, self.authors)
        elif what == "join":
            if self.invited and self.state in workflow.UNPUBLISHED and person.id not in self.authors:
                self.authors, self.invited = [*self.authors, person.id], False
        elif what == "leave":
            if policy.may_leave(person, self.state, self.authors):
                self.authors = [one for one in self.authors if one != person.id]
        else:
            line = workflow.transition(self.state, Action(what))
            if line is not None and policy.parts(person, self.authors) & line.who:
                self.state = line.to


_wishes = st.lists(st.tuples(people, st.sampled_from(["invite", "join", "leave", *Action])), max_size=40)


@given(_wishes)
def test_whoever_comes_and_goes_a_text_has_an_author_and_all_of_them_write_it(
    wishes: list[tuple[Principal, str]],
) -> None:
    byline = Byline(State.DRAFT, [PERSON])
    for person, what in wishes:
        before = Byline(byline.state, list(byline.authors), byline.invited)
        byline.ask(person, what)
        assert byline.authors, "nobody answers for the text"
        assert len(set(byline.authors)) == len(byline.authors)
        joined, left = set(byline.authors) - set(before.authors), set(before.authors) - set(byline.authors)
        assert joined <= {person.id} and left <= {person.id}, "nobody is made an author or sent away by another"
        assert not joined or (before.invited and before.state in workflow.UNPUBLISHED)
        if before.state == State.WITHDRAWN:
            assert byline.authors == before.authors
        for author in byline.authors:
            alone = Principal(author, frozenset({Role.CITIZEN}))
            may = byline.state in workflow.UNFINISHED
            assert policy.may_edit(alone, byline.state, byline.authors) == may, "co-authors edit as the author does"
        for gone in left:
            stranger = Principal(gone, frozenset({Role.CITIZEN}))
            assert policy.may_read(stranger, byline.state, byline.authors) == (byline.state == State.PUBLISHED)


@given(people, states, st.lists(st.sampled_from([PERSON, OTHER]), unique=True, min_size=1))
def test_who_is_asked_about_authors_and_translations(person: Principal, state: State, authors: list[UUID]) -> None:
    is_author = person.id in authors
    is_open = state not in {State.PUBLISHED, State.WITHDRAWN}
    assert policy.may_invite(person, state, authors) == (is_author and is_open)
    assert policy.may_leave(person, state, authors) == (is_author and len(authors) > 1 and state != State.WITHDRAWN)
    reads_and_is_somebody = (is_author or policy.is_editor(person)) and policy.may_read(person, state, authors)
    assert policy.may_link(person, state, authors) == (reads_and_is_somebody and state != State.WITHDRAWN)
