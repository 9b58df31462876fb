"""How many entities wait for a parent nobody has told of: counted by parents, beside a count one by one."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.projection.projection import orphans
from tests.projection.forums import ForumAnnounced, ForumCancelled, Forums, SessionDropped, SessionPlanned, TalkGiven
from tests.projection.speaking import Speaker

NAMES = st.sampled_from("abcd")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    announced=st.dictionaries(NAMES, st.booleans()),
    planned=st.dictionaries(NAMES, st.tuples(NAMES, st.booleans())),
    given_talks=st.dictionaries(NAMES, NAMES),
)
async def test_as_many_as_have_a_parent_that_is_not_known(
    shared_forums: Forums,
    announced: dict[str, bool],
    planned: dict[str, tuple[str, bool]],
    given_talks: dict[str, str],
) -> None:
    """Who was hidden waits no more; under a parent that was hidden nobody waits, for it was told of."""
    await shared_forums.begins_anew()
    speaker = Speaker()
    told = [speaker.says(ForumAnnounced(id=id, title="Forum")) for id in announced]
    told += [speaker.says(ForumCancelled(id=id)) for id, stays in announced.items() if not stays]
    told += [speaker.says(SessionPlanned(id=id, title="Session", forum=forum)) for id, (forum, _) in planned.items()]
    told += [speaker.says(SessionDropped(id=id)) for id, (_, stays) in planned.items() if not stays]
    told += [speaker.says(TalkGiven(id=id, title="Talk", session=session)) for id, session in given_talks.items()]
    await shared_forums.takes(*told)
    waiting = [id for id, (forum, stays) in planned.items() if stays and forum not in announced]
    waiting += [id for id, session in given_talks.items() if session not in planned]
    async with shared_forums.database.transaction() as session:
        assert await orphans(session) == len(waiting)
