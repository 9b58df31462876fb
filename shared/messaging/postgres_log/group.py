"""The members of a group within the process that owns the log."""

from __future__ import annotations

from collections.abc import Callable

from shared.messaging.log import Partition


class Member:
    """One reader's place in its group."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self.wake = wake
        self.topics: frozenset[Partition] = frozenset()
        """Every partition of the topics the member asked for."""


class Group:
    """Who reads what. A partition changes hands only after its owner let go of it.

    The plan is deterministic: the members that want a partition, in the order they joined, take turns.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._members: list[Member] = []
        self._plan: dict[Partition, Member] = {}
        self._owners: dict[Partition, Member] = {}

    def join(self, member: Member, partitions: frozenset[Partition]) -> None:
        """Take part, or want other partitions than before."""
        member.topics = partitions
        if member not in self._members:
            self._members.append(member)
        self._rebalance()

    def leave(self, member: Member) -> None:
        """Give everything back."""
        if member in self._members:
            self._members.remove(member)
        self._owners = {partition: owner for partition, owner in self._owners.items() if owner is not member}
        self._rebalance()

    def lost(self, member: Member) -> frozenset[Partition]:
        """What the member owns and the plan gives to another: it must `release` it."""
        return frozenset(p for p, owner in self._owners.items() if owner is member and self._plan.get(p) is not member)

    def gained(self, member: Member) -> frozenset[Partition]:
        """What the plan gives to the member and nobody owns: it may `take` it."""
        return frozenset(p for p, planned in self._plan.items() if planned is member and p not in self._owners)

    def release(self, member: Member, partitions: frozenset[Partition]) -> None:
        """Let the next owner have them."""
        for partition in partitions:
            if self._owners.get(partition) is member:
                del self._owners[partition]
        self._wake_all()

    def take(self, member: Member, partitions: frozenset[Partition]) -> None:
        """Own them from now on."""
        for partition in partitions:
            self._owners.setdefault(partition, member)

    def _rebalance(self) -> None:
        self._plan = {}
        wanted = sorted({partition for member in self._members for partition in member.topics})
        for turn, partition in enumerate(wanted):
            interested = [member for member in self._members if partition in member.topics]
            self._plan[partition] = interested[turn % len(interested)]
        self._wake_all()

    def _wake_all(self) -> None:
        for member in self._members:
            member.wake()
