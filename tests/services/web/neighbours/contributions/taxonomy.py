"""Themes and territories, in memory."""

from __future__ import annotations

from typing import Any

from shared.clients.base import ServiceProblem
from shared.clients.contributions import Collection, Territories, Territory, Themes
from tests.services.web.neighbours.contributions.playing import Playing
from tests.services.web.neighbours.words import plain, problem


class FakeTaxonomy(Playing):
    """Listed, added, changed, merged."""

    async def themes(self) -> Themes:
        self.world.asked("contributions", "themes")
        return Themes(items=list(self.world.labels["themes"].values()), moved=self.world.moved["themes"])

    async def territories(self) -> Territories:
        self.world.asked("contributions", "territories")
        return Territories(items=list(self.world.labels["territories"].values()), moved=self.world.moved["territories"])

    def _label(self, collection: Collection, id: str) -> Territory:
        if id in self.world.moved[collection]:
            raise problem(410, moved_to=self.world.moved[collection][id])
        if id not in self.world.labels[collection]:
            raise problem(404)
        return self.world.labels[collection][id]

    def _editor(self, token: str | None) -> None:
        account = self.world.whose(token)
        if account is None or not {"editor", "admin"} & set(account.roles):
            raise problem(403)

    async def label(self, collection: Collection, id: str) -> Territory:
        self.world.asked("contributions", "label")
        return self._label(collection, id)

    async def add_label(self, collection: Collection, fields: dict[str, Any], *, token: str) -> Territory:
        self.world.asked("contributions", "add_label")
        self._editor(token)
        for language, name in fields["names"].items():
            if not name:
                raise problem(422, "invalid", (f"names.{language}", "write something here"))
        id = str(fields["id"] or plain(fields["names"]["fr"]).replace(" ", "-"))
        if id in self.world.labels[collection] or id in self.world.moved[collection]:
            raise ServiceProblem(409, "urn:demain:problem:id-taken", "taken")
        made = self.world.labels[collection][id] = Territory.model_validate({**fields, "id": id})
        return made

    async def edit_label(
        self, collection: Collection, id: str, version: int, changes: dict[str, Any], *, token: str
    ) -> Territory:
        self.world.asked("contributions", "edit_label")
        self._editor(token)
        found = self._label(collection, id)
        if found.version != version:
            raise problem(412)
        if changes.get("parent") == id:
            raise problem(422, "invalid", ("parent", "lies in itself"))
        made = found.model_copy(update={**changes, "version": version + 1})
        self.world.labels[collection][id] = made
        return made

    async def merge_label(self, collection: Collection, id: str, version: int, into: str, *, token: str) -> Territory:
        self.world.asked("contributions", "merge_label")
        self._editor(token)
        if self._label(collection, id).version != version:
            raise problem(412)
        if into == id or into not in self.world.labels[collection]:
            raise problem(422, "invalid", ("into", "choose another one"))
        del self.world.labels[collection][id]
        self.world.moved[collection][id] = into
        return self.world.labels[collection][into]
