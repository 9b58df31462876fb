"""Schedules, imported; with it the service is whole."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from shared.clients.events import (
    Plan,
    ScheduleDiff,
    ScheduleImport,
    SessionChange,
)
from tests.services.web.neighbours.events.registrations import Registrations
from tests.services.web.neighbours.words import problem


class FakeEvents(Registrations):
    """Schedules, imported; with it the service is whole."""

    async def import_schedule(
        self,
        document: dict[str, Any],
        *,
        token: str,
        apply: bool = False,
        forum: str | None = None,
        zone: str | None = None,
    ) -> ScheduleImport:
        """Titles by guid, room and time of a file's first day: enough to be looked at."""
        self.world.asked("events", "import_schedule")
        account = self.world.whose(token)
        assert account is not None
        if self.planned.faults:
            raise problem(422, "invalid", *self.planned.faults)
        conference = document["schedule"]["conference"]
        if not (zone or conference.get("time_zone_name")):
            raise problem(422, "invalid", ("zone", "say it"))
        into = None
        if forum is not None:
            into = self._forum(forum, token, to_change=True)[0]
        known = {one.guid: one for one in self.planned.sessions.get(forum or "", {}).values()}
        new, moved, unchanged = [], [], 0
        for day in conference["days"]:
            for room, sessions in day["rooms"].items():
                for one in sessions:
                    minutes = _minutes(one["duration"])
                    after = Plan(room=room, begins_at=datetime.fromisoformat(one["date"]), minutes=minutes)
                    before = known.pop(one["guid"], None)
                    if before is None:
                        new.append(
                            SessionChange(guid=one["guid"], title=one["title"], before=None, after=after, fields=[])
                        )
                        continue
                    was = Plan(room=before.room_name, begins_at=before.begins_at, minutes=before.minutes)
                    if was == after:
                        unchanged += 1
                    else:
                        moved.append(
                            SessionChange(guid=one["guid"], title=one["title"], before=was, after=after, fields=[])
                        )
        gone = [
            SessionChange(
                guid=one.guid,
                title=one.title,
                before=Plan(room=one.room_name, begins_at=one.begins_at, minutes=one.minutes),
                after=None,
                fields=[],
            )
            for one in known.values()
        ]
        diff = ScheduleDiff(
            new=new, moved=moved, changed=[], cancelled=gone, restored=[], unchanged=unchanged, forum=[], rooms=[]
        )
        if apply:
            self.planned.imported.append(document)
            into = into or self.planned.forum(account, conference["title"])
        return ScheduleImport(
            applied=apply,
            forum=into.id if into else None,
            created=apply and forum is None,
            url=into.url if into else None,
            diff=diff,
        )


def _minutes(duration: str) -> int:
    hours, minutes = duration.split(":")[-2:]
    return int(hours) * 60 + int(minutes)
