"""What a process of a service does: answer requests, do the work beside them, or both.

| | the API | the worker |
|---|---|---|
| answers the service's paths | yes | no |
| answers /healthz, /readyz, /metrics | yes | yes |
| compares the database's lineage before any command | yes | yes |
| hears whom to refuse | to refuse them | to forget what is kept of them |
| relay, consumer, projector, housekeeping, topics | no | yes |
| a service's own `Worker` | if it declares so | unless it declares otherwise |
"""

from __future__ import annotations

from enum import Flag, auto


class ProcessRole(Flag):
    """Of each there may be several processes, and one process may have both."""

    API = auto()
    WORKER = auto()
    WHOLE = API | WORKER

    @classmethod
    def of(cls, *, api: bool, worker: bool) -> ProcessRole:
        """The role asked for; neither asked for means both."""
        asked = (cls.API if api else cls(0)) | (cls.WORKER if worker else cls(0))
        return asked or cls.WHOLE

    def __str__(self) -> str:
        return {ProcessRole.API: "the API", ProcessRole.WORKER: "the worker"}.get(self, "the API and the worker")
