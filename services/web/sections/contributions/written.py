"""What stands in the editor: read from what is kept, or from what was sent, and checked as far as the site can."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.web.forms import Posted
from services.web.language import N_, _
from services.web.sections.contributions import sources
from services.web.sections.contributions.sources import Row
from services.web.sections.contributions.words import KINDS
from services.web.vocabulary import LANGUAGES
from shared.clients.contributions import Contribution, Draft, PlainText

LIMITS = {"title": 200, "summary": 600, "body": 300_000}
"""Characters the fields take on screen; the contributions service has the last word."""

LABELS = {
    "kind": N_("Genre"),
    "language": N_("Langue du texte"),
    "title": N_("Titre"),
    "summary": N_("Chapeau"),
    "body": N_("Texte"),
    "themes": N_("Thèmes"),
    "territories": N_("Territoires"),
    "sources": N_("Sources"),
    "reason": N_("Motif de la correction"),
}


REASON_NEEDED = N_("Dites en une à quelques phrases ce que vous corrigez, et pourquoi : les lecteurs le verront.")

REFUSALS = {
    "kind": N_("Choisissez un genre dans la liste."),
    "language": N_("Choisissez une langue dans la liste."),
    "title": N_("Ce titre ne convient pas : une ligne, de un à deux cents signes."),
    "summary": N_("Ce chapeau ne convient pas : six cents signes au plus."),
    "body": N_("Ce texte ne convient pas : trois cent mille signes au plus, sans caractère nul."),
    "themes": N_("Choisissez dix thèmes au plus, dans la liste."),
    "territories": N_("Choisissez dix territoires au plus, dans la liste."),
    "sources": N_("Quatre-vingts sources au plus."),
    "reason": REASON_NEEDED,
}
"""What to do about a field the contributions service refused."""

LONGEST_BASE = 100_000
"""Characters of a body up to which the form also carries the text it started from."""


@dataclass
class Written:
    """What stands in the editor."""

    kind: str = "note"
    language: str = "fr"
    title: str = ""
    summary: str = ""
    body: str = ""
    themes: list[str] = field(default_factory=list)
    territories: list[str] = field(default_factory=list)
    sources: list[Row] = field(default_factory=list)
    version: int = 0
    """The version it was made from; 0 for a new one."""
    reason: str = ""
    """Why what is published is corrected."""
    key: str = ""
    """Idempotency key of a new one: sent twice, it is created once."""
    base: PlainText | None = None
    """The text it was made from, so that what others changed since can be told; None where it is not known."""

    @classmethod
    def of(cls, contribution: Contribution) -> Written:
        """A stored contribution, to be changed."""
        return cls(
            kind=contribution.kind,
            language=contribution.language,
            title=contribution.title,
            summary=contribution.summary,
            body=contribution.body,
            themes=list(contribution.themes),
            territories=list(contribution.territories),
            sources=sources.stored(contribution.sources),
            version=contribution.version,
            base=plain(contribution),
        )

    @classmethod
    def posted(cls, form: Posted) -> Written:
        """What was sent, as it was typed."""
        version = form.text("version")
        return cls(
            kind=form.text("kind"),
            language=form.text("language"),
            title=form.text("title"),
            summary=form.text("summary"),
            body=form.text("body", strip=False),
            themes=form.several("themes"),
            territories=form.several("territories"),
            sources=sources.posted(form),
            version=int(version) if version.isdecimal() else 0,
            reason=form.text("reason"),
            key=form.text("key"),
            base=_posted_base(form),
        )

    def draft(self) -> Draft:
        """As the contributions service takes it."""
        return Draft(
            kind=self.kind,
            language=self.language,
            title=self.title,
            summary=self.summary,
            body=self.body,
            themes=tuple(self.themes),
            territories=tuple(self.territories),
            sources=tuple(row.draft() for row in self.sources),
        )

    def starts_from(self, contribution: Contribution) -> None:
        """What is typed is a change of this version from now on."""
        self.version, self.base = contribution.version, plain(contribution)

    def errors(self, *, complete: bool) -> dict[str, str]:
        """What can be said without asking the service; ``complete`` is what a reviewer needs."""
        errors: dict[str, str] = {}
        if complete and not self.summary:
            errors["summary"] = _("Écrivez un chapeau avant de soumettre.")
        if complete and not self.body.strip():
            errors["body"] = _("Écrivez le texte avant de soumettre.")
        if complete and not self.themes:
            errors["themes"] = _("Choisissez au moins un thème avant de soumettre.")
        if self.kind not in KINDS:
            errors["kind"] = _("Choisissez un genre dans la liste.")
        if self.language not in LANGUAGES:
            errors["language"] = _("Choisissez une langue dans la liste.")
        if not self.title:
            errors["title"] = _("Donnez un titre : il peut changer jusqu’à la publication.")
        for name, limit in LIMITS.items():
            length = len(getattr(self, name))
            if length > limit:
                errors[name] = _(
                    "%(excess)d signes de trop : ce champ en prend %(limit)d.",
                    excess=length - limit,
                    limit=limit,
                )
        return errors | sources.errors(self.sources)


def plain(contribution: Contribution) -> PlainText | None:
    """The text for the form to carry; one so long that the form would be refused is not carried."""
    if len(contribution.body) > LONGEST_BASE:
        return None
    return PlainText(
        title=contribution.title,
        summary=contribution.summary,
        body=contribution.body,
        sources=sources.drafts(contribution.sources),
    )


def _posted_base(form: Posted) -> PlainText | None:
    if not form.text("base_title"):
        return None
    return PlainText(
        title=form.text("base_title"),
        summary=form.text("base_summary"),
        body=form.text("base_body", strip=False),
        sources=sources.read_back(form.text("base_sources")),
    )
