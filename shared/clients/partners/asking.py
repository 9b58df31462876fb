"""What all of the client's methods are made of."""

from __future__ import annotations

from typing import TypeVar

from shared.clients.base import Answer, ServiceClient, if_match

AnswerT = TypeVar("AnswerT", bound=Answer)
Changes = dict[str, object]
"""Fields to be changed, as JSON; what is not named stays."""


class Asking(ServiceClient):
    """Creates, changes and moves entities of the partners service."""

    service = "partners"

    async def _create(self, model: type[AnswerT], path: str, new: Answer, token: str, key: str | None) -> AnswerT:
        headers = {"Idempotency-Key": key} if key else None
        return await self.send(model, "POST", path, json=new.model_dump(mode="json"), token=token, headers=headers)

    async def _change(self, model: type[AnswerT], path: str, version: int, changes: Changes, token: str) -> AnswerT:
        return await self.send(model, "PATCH", path, json=changes, token=token, headers=if_match(version))

    async def _move(
        self,
        model: type[AnswerT],
        path: str,
        version: int,
        action: str,
        reason: str | None,
        token: str,
        **more: object,
    ) -> AnswerT:
        asked = {"action": action, "reason": reason, **{name: value for name, value in more.items() if value}}
        return await self.send(model, "POST", f"{path}/transitions", json=asked, token=token, headers=if_match(version))
