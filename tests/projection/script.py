"""Random histories: what owners say, how it arrives, what the projector does meanwhile, and a model beside it.

Owners number their messages; each topic is a list of records in the order of the log. Consumers read a topic from
an offset that may be set back (a crash before the offsets were stored), owners' relays may append a record again
later (a zombie), topics are read in any order relative to each other, in batches with any boundaries.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st
from sqlalchemy import text

from shared.contracts.base import Contract, Shown
from shared.messaging.envelope import headers_of, payload_of
from shared.messaging.log import Partition, Received
from shared.projection import index_tasks
from tests.projection.forums import (
    FORUMS,
    FOUND,
    SESSIONS,
    SPEAKERS,
    TALKS,
    ForumAnnounced,
    ForumCancelled,
    Forums,
    SessionDropped,
    SessionPlanned,
    SpeakerForgotten,
    SpeakerNamed,
    TalkGiven,
    TalkRetracted,
)
from tests.projection.log_in_memory import LogInMemory
from tests.projection.speaking import TRACE

KINDS = ("speaker", "forum", "session", "talk")
_TOPIC = {"speaker": SPEAKERS.name, "forum": FORUMS.name, "session": SESSIONS.name, "talk": TALKS.name}
_GONE = {"speaker": SpeakerForgotten, "forum": ForumCancelled, "session": SessionDropped, "talk": TalkRetracted}

_SWAPPED = text("SELECT generation FROM index_task WHERE kind = 'from-log' AND scanned_to = 'swapped'")
_HAS_SWAPPED = "SELECT count(*) FROM index_task WHERE kind = 'from-log' AND scanned_to = 'swapped'"
"""Also once it has ended, as it may have before this is asked."""


@dataclass(frozen=True)
class Say:
    """An owner tells an entity's new state."""

    kind: str
    number: int
    visible: bool
    under: int = 0
    otherwise: bool = False
    """Whether it hangs elsewhere than usual: a session under nothing, a talk under a talk."""
    names: tuple[int, ...] = ()
    restored: bool = False
    """Whether its database was restored just before: a new epoch, ordinals from the beginning."""


@dataclass(frozen=True)
class Read:
    """A consumer reads so many records of each topic, topics in this order, as one batch."""

    counts: tuple[int, int, int, int]
    order: tuple[int, ...] = (0, 1, 2, 3)


@dataclass(frozen=True)
class SetBack:
    """Reading of a topic begins again so many records earlier."""

    kind: str
    by: int


@dataclass(frozen=True)
class Append:
    """An old record of a topic, so many back, is appended again."""

    kind: str
    back: int


@dataclass(frozen=True)
class Show:
    """The projector shows a batch; ``meanwhile`` is applied while the index writes; or the index or the log fails."""

    meanwhile: Read | None = None
    fails: str = ""


@dataclass(frozen=True)
class Ask:
    """Somebody asks for a rebuild or a comparison."""

    task: str


@dataclass(frozen=True)
class Restart:
    """The projector's process is killed and started again."""


@dataclass(frozen=True)
class Settle:
    """The projector works until the index shows all that was applied."""


@dataclass(frozen=True)
class ShowUntilSwapped:
    """The projector works until a rebuild from the log has swapped its tables in: not yet its index, unless it had."""


Step = Say | Read | SetBack | Append | Show | Ask | Restart | Settle | ShowUntilSwapped

_number = st.integers(0, 2)
_counts = st.tuples(*[st.integers(0, 4)] * 4)
_says = st.builds(
    Say,
    kind=st.sampled_from(KINDS),
    number=_number,
    visible=st.sampled_from((True, True, False)),
    under=_number,
    otherwise=st.sampled_from((False, False, True)),
    names=st.lists(_number, max_size=2, unique=True).map(tuple),
    restored=st.sampled_from((False,) * 7 + (True,)),
)
_reads = st.builds(Read, counts=_counts, order=st.permutations(range(4)).map(tuple))
_shows = st.builds(Show, meanwhile=st.none() | _reads, fails=st.sampled_from(("", "", "", "", "before", "after")))
_set_backs = st.builds(SetBack, kind=st.sampled_from(KINDS), by=st.integers(1, 6))
_appends = st.builds(Append, kind=st.sampled_from(KINDS), back=st.integers(1, 6))
_asks = st.builds(Ask, task=st.sampled_from(("rebuild", "rebuild", "verify")))
_asks_for_all = st.builds(Ask, task=st.sampled_from((index_tasks.FROM_LOG,) * 3 + ("rebuild", "verify")))
_turns = st.builds(Show, meanwhile=st.none() | _reads, fails=st.sampled_from(("", "", "", "swap", "log", "before")))


TASKS = (_asks, st.builds(Restart))
FROM_LOG = (_asks_for_all, _turns, _turns, _turns, st.builds(Restart))
"""A rebuild from the log takes many turns."""

EVERYTHING: tuple[Step, ...] = tuple(Say(kind, n, True, n, names=(0,)) for kind in KINDS for n in range(2))
READ_ALL = Read((9, 9, 9, 9))


def scripts(*more: st.SearchStrategy[Any], most: int = 30) -> st.SearchStrategy[list[Step]]:
    """Histories of all kinds of steps, and of those given."""
    some: list[st.SearchStrategy[Any]] = [_says, _says, _says, _reads, _reads, _shows, _shows, _set_backs, _appends]
    return st.lists(st.one_of([*some, *more]), min_size=5, max_size=most).map(lambda steps: [*EVERYTHING, *steps])


@st.composite
def aimed(draw: st.DrawFn) -> list[Step]:
    """Short histories in which what can go wrong goes wrong soon: an entity known and shown changes twice, the
    second time while the index writes, and its topic is read again."""
    kind = draw(st.sampled_from(KINDS))
    number, other = draw(st.integers(0, 1)), draw(st.integers(0, 1))
    says = st.builds(
        Say, st.just(kind), st.just(number), st.booleans(), st.just(other), st.booleans(), st.just((0,)), st.booleans()
    )
    during = draw(st.none() | st.just(READ_ALL))
    again: list[Step] = [SetBack(kind, draw(st.integers(1, 4))), Read(draw(_counts)), Settle()]
    return [
        *EVERYTHING,
        READ_ALL,
        Settle(),
        draw(says),
        READ_ALL,
        draw(says),
        Show(meanwhile=during),
        *(again if draw(st.booleans()) else ()),
    ]


@dataclass(frozen=True)
class Known:
    """The newest state of an entity that has arrived."""

    age: tuple[int, int]
    state: Contract


@dataclass
class Model:
    """What should be so, from what has arrived alone."""

    known: dict[str, Known] = field(default_factory=dict)

    def hears(self, key: str, age: tuple[int, int], state: Contract) -> None:
        if key not in self.known or age > self.known[key].age:
            self.known[key] = Known(age, state)

    def visible(self, key: str, below: tuple[str, ...] = ()) -> bool:
        """Whether it may be seen; what hangs below itself may not."""
        known = self.known.get(key)
        if known is None or not isinstance(known.state, Shown) or key in below:
            return False
        parent = known.state.parent()
        return parent is None or self.visible(parent, (*below, key))

    def shown(self) -> dict[str, tuple[str, tuple[str, ...]]]:
        """Key → title and names, of all that must be found."""
        return {key: self._shown(known.state) for key, known in self.known.items() if self._is_found(key)}

    def _is_found(self, key: str) -> bool:
        return key.partition(":")[0] in FOUND and self.visible(key)

    def _shown(self, state: Any) -> tuple[str, tuple[str, ...]]:
        named = [ref for ref in state.refs() if self.visible(ref)]
        names = tuple(self.known[ref].state.title for ref in named)  # type: ignore[attr-defined]
        return state.title, names


class Leak(AssertionError):
    """Something was answered that must not be seen."""


class Wrong(AssertionError):
    """The index does not hold exactly what is visible."""


class Play:
    """Plays a history."""

    def __init__(self, forums: Forums) -> None:
        self.forums = forums
        self.model = Model()
        self._log: dict[str, list[tuple[Received, str, tuple[int, int], Contract]]] = {kind: [] for kind in KINDS}
        self._read: dict[str, int] = dict.fromkeys(KINDS, 0)
        self._ordinals: dict[str, int] = {}
        self._epochs: dict[str, int] = dict.fromkeys(KINDS, 1)
        self._said = 0
        self._swapped: set[str] = set()
        self.log = LogInMemory()

    async def play(self, script: Sequence[Step]) -> None:
        """Play it to its end. Raises Leak at the first moment at which something hidden is answered, Wrong at the
        end for anything missing, outdated or left over."""
        self.forums.log = self.log
        await self.forums.begins_anew()
        for step in script:
            await self._do(step)
            await self._learn()
            await self.check()
        while any(self._read[kind] < len(self._log[kind]) for kind in KINDS):
            await self._apply(Read((3, 3, 3, 3)))
            await self.check()
        await self.forums.finishes()
        await self._learn()
        await self.check()
        await self.compare()

    async def _learn(self) -> None:
        """A rebuild from the log may have read further than the consumer: with its swap, that has arrived."""
        async with self.forums.database.transaction() as session:
            rows = await session.execute(_SWAPPED)
            new = set(rows.scalars()) - self._swapped
        if not new:
            return
        self._swapped |= new
        read = {(record.partition.topic, record.offset) for record in self.log.read}
        for kind in KINDS:
            for record, key, age, contract in self._log[kind]:
                if (record.partition.topic, record.offset) in read:
                    self.model.hears(key, age, contract)

    async def _do(self, step: Step) -> None:
        match step:
            case Say():
                self._say(step)
            case Read():
                await self._apply(step)
            case SetBack(kind, by):
                self._read[kind] = max(0, self._read[kind] - by)
            case Append(kind, back):
                self._append(kind, back)
            case Show():
                await self._show(step)
            case Ask(task):
                async with self.forums.database.transaction() as session:
                    await index_tasks.ask(session, task)
            case Restart():
                self.forums.restarts()
            case Settle():
                await self.forums.finishes()
            case ShowUntilSwapped():
                while not await self.forums.scalar(_HAS_SWAPPED):
                    await self._show(Show())

    def _say(self, say: Say) -> None:
        self._said += 1
        key = f"{say.kind}:{say.number}"
        if say.restored:
            self._epochs[say.kind] += 1
            self._ordinals = {one: 0 if one.startswith(say.kind) else of for one, of in self._ordinals.items()}
        ordinal = self._ordinals[key] = self._ordinals.get(key, 0) + 1
        age = self._epochs[say.kind], ordinal
        self._put(say.kind, key, age, self._contract(say))

    def _contract(self, say: Say) -> Contract:
        id, under, title = str(say.number), str(say.under), f"{say.kind} {say.number}, telling {self._said}"
        if not say.visible:
            return _GONE[say.kind](id=id)
        match say.kind:
            case "speaker":
                return SpeakerNamed(id=id, title=title)
            case "forum":
                return ForumAnnounced(id=id, title=title)
            case "session":
                return SessionPlanned(id=id, title=title, forum=None if say.otherwise else under)
        names = tuple(str(one) for one in say.names)
        answers = under if say.otherwise else None
        return TalkGiven(id=id, title=title, session=under, answers=answers, speakers=names, follows=names[:1])

    def _put(self, kind: str, key: str, age: tuple[int, int], contract: Contract) -> None:
        topic = _TOPIC[kind]
        headers = headers_of(contract, source="tests", epoch=age[0], ordinal=age[1], traceparent=TRACE)
        bare = tuple((name, value.encode()) for name, value in headers.items())
        offset = len(self._log[kind])
        record = Received(Partition(topic, 0), offset, contract.id, payload_of(contract), bare)
        self._log[kind].append((record, key, age, contract))
        self.log.records.setdefault(topic, []).append(record)

    def _append(self, kind: str, back: int) -> None:
        if back <= len(self._log[kind]):
            _, key, age, contract = self._log[kind][-back]
            self._put(kind, key, age, contract)

    async def _apply(self, read: Read) -> None:
        batch: list[Received] = []
        for place in read.order:
            kind = KINDS[place]
            start = self._read[kind]
            found = self._log[kind][start : start + read.counts[place]]
            self._read[kind] += len(found)
            batch += [record for record, *_ in found]
            for _, key, age, contract in found:
                self.model.hears(key, age, contract)
        if batch:
            outcome = await self.forums.takes(*batch)
            assert not outcome.stops
            assert not await self.forums.scalar("SELECT count(*) FROM parked_message")

    async def _show(self, show: Show) -> None:
        index = self.forums.index
        index.fail_before = show.fails == "before"
        index.fail_after = show.fails == "after"
        index.fail_swap = show.fails == "swap"
        self.log.fails = show.fails == "log"
        if show.meanwhile is not None:
            meanwhile = show.meanwhile

            async def happens() -> None:
                await self._apply(meanwhile)
                await self.check()

            index.meanwhile = happens
        await self.forums.works()
        index.meanwhile, index.fail_before, index.fail_after, index.fail_swap = None, False, False, False
        self.log.fails = False

    async def check(self) -> None:
        """What a reader would be answered at this moment is visible, whatever the index holds."""
        hidden = {key for key in await self.forums.answers(self.model.known) if not self.model.visible(key)}
        if hidden:
            raise Leak(f"{sorted(hidden)} must not be seen")

    async def compare(self) -> None:
        """The index is exactly what is visible, and the tables know what it holds."""
        found = {key: (one.title, one.people) for key, one in self.forums.index.documents.items()}
        should = self.model.shown()
        if found != should:
            raise Wrong(f"the index holds {found}, and should hold {should}")
        held = {key: one.stamp for key, one in self.forums.index.documents.items()}
        if held != await self._indexed():
            raise Wrong(f"the index holds {held}, the tables say {await self._indexed()}")

    async def _indexed(self) -> dict[str, int]:
        pairs: Any = await self.forums.scalar(
            "SELECT coalesce(jsonb_object_agg(id, indexed), '{}') FROM document WHERE indexed IS NOT NULL"
        )
        return dict(pairs)
