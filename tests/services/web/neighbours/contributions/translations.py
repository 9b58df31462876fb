"""Which contributions say the same in another language, in memory."""

from __future__ import annotations

from shared.clients.base import ServiceProblem
from shared.clients.contributions import Contribution
from tests.services.web.neighbours.contributions.playing import Playing
from tests.services.web.neighbours.words import problem


class FakeTranslations(Playing):
    """Linked in both directions."""

    async def link_translation(self, id: str, version: int, other: str, *, token: str) -> Contribution:
        self.world.asked("contributions", "link_translation")
        found, linked = self.world.contributions[id], self.world.contributions.get(other)
        if linked is None or linked.language == found.language:
            raise problem(422, "invalid", ("contribution", "is none"))
        if self.world.translations.get(id) or self.world.translations.get(other):
            raise ServiceProblem(409, "urn:demain:problem:translated", "there is one")
        self.world.translations[id], self.world.translations[other] = {other}, {id}
        return self.world.seen_by(found, self.world.whose(token))

    async def unlink_translation(self, id: str, version: int, *, token: str) -> Contribution:
        self.world.asked("contributions", "unlink_translation")
        for other in self.world.translations.pop(id, set()):
            self.world.translations[other].discard(id)
        return self.world.seen_by(self.world.contributions[id], self.world.whose(token))
