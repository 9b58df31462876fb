"""Which contributions a list shows: wholly in the address, the same for the page and its feed."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

from starlette.datastructures import QueryParams

from services.web.language import _
from services.web.names import Names
from services.web.page import Page
from services.web.sections.contributions.words import KINDS, KINDS_PLURAL
from services.web.vocabulary import LANGUAGES, lower_first
from shared.clients.contributions import ContributionPage, ContributionsClient


@dataclass(frozen=True)
class Choice:
    """What was chosen; an empty field leaves the choice open."""

    kind: str = ""
    theme: str = ""
    territory: str = ""
    language: str = ""
    author: str = ""

    @classmethod
    def of(cls, params: QueryParams) -> Choice:
        """Read the address; a kind or a language nobody knows is left out."""
        read = {name: params.get(name, "") for name in cls.__dataclass_fields__}
        read["kind"] = read["kind"] if read["kind"] in KINDS else ""
        read["language"] = read["language"] if read["language"] in LANGUAGES else ""
        return cls(**read)

    def now(self, names: Names) -> Choice:
        """The same, with the successors of what was merged."""
        return self.but(theme=names.current("theme", self.theme), territory=names.current("territory", self.territory))

    def but(self, **changes: str) -> Choice:
        """The same with some fields changed."""
        return replace(self, **changes)

    def query(self, cursor: str | None = None) -> dict[str, str | None]:
        """For the address; empty values are left out there."""
        return {**asdict(self), "cursor": cursor}

    @property
    def is_open(self) -> bool:
        """Whether nothing was chosen."""
        return self == Choice()

    async def read(self, page: Page, cursor: str, *, limit: int = 20) -> ContributionPage:
        """The published contributions it means, newest first. Raises what the client raises."""
        chosen = {name: value or None for name, value in asdict(self).items()}
        return await page.client(ContributionsClient).page(**chosen, cursor=cursor or None, limit=limit)

    def heading(self, names: Names, found: ContributionPage) -> str:
        """``Études, énergie, Lyon``; an author is named as in what was found."""
        parts = [_(KINDS_PLURAL[self.kind]) if self.kind else _("Contributions")]
        if self.theme:
            parts.append(lower_first(names.theme(self.theme)))
        if self.territory:
            parts.append(names.territory(self.territory))
        if self.language:
            parts.append(_("en %(language)s", language=lower_first(_(LANGUAGES[self.language]))))
        if self.author:
            people = {one.id: one.name for item in found.items for one in item.authors}
            parts += [people[self.author]] if people.get(self.author) else []
        return ", ".join(parts)
