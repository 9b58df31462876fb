"""The tables of debates, arguments and their moderation."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from services.contributions.debate_workflow import ArgumentState
from services.contributions.tables import Base, now
from shared.messaging.counts import OWED, Counted
from shared.storage.identifiers import new_id
from shared.storage.tables import Instant, Versioned


class Debate(Base, Versioned, table=True):
    """A question under debate. Whether it is open follows from the clock.

    The counts are those of what everybody may read, changed with it under the row's lock: exact at any moment.
    """

    __table_args__ = (
        CheckConstraint("opens_at < closes_at", name="period"),
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawal_reason IS NULL)", name="withdrawal"),
        CheckConstraint(
            "arguments_for >= 0 AND arguments_against >= 0 AND arguments_nuance >= 0 AND replies >= 0", name="counts"
        ),
        Index("ix_debate_contribution_id", "contribution_id"),
        Index("ix_debate_opens_at", "opens_at", "id"),
        Index("ix_debate_closes_at", "closes_at", "id"),
        Index("ix_debate_themes", "themes", postgresql_using="gin"),
        Index("ix_debate_territories", "territories", postgresql_using="gin"),
        Index("uq_debate_origin", "origin", unique=True),
    )

    contribution_id: UUID | None = Field(default=None, foreign_key="contribution.id")
    """What it was opened on; a debate is seen only where that is."""
    language: str = Field(sa_type=Text)
    question: str = Field(sa_type=Text)
    introduction: str = Field(default="", sa_type=Text)
    """Markdown, as written."""
    introduction_html: str = Field(default="", sa_type=Text)
    """Rendered and sanitized: safe to show."""
    introduction_text: str = Field(default="", sa_type=Text)
    """Without markup."""
    themes: list[str] = Field(default_factory=list, sa_column=Column(ARRAY(Text), nullable=False))
    territories: list[str] = Field(default_factory=list, sa_column=Column(ARRAY(Text), nullable=False))
    opened_by: UUID
    opens_at: datetime = Field(sa_type=Instant)
    closes_at: datetime = Field(sa_type=Instant)
    zone: str = Field(sa_type=Text)
    """IANA zone in which the instants were chosen and are shown."""
    created_at: datetime = Field(default_factory=now, sa_type=Instant)
    updated_at: datetime = Field(default_factory=now, sa_type=Instant)
    withdrawn_at: datetime | None = Field(default=None, sa_type=Instant)
    withdrawal_reason: str | None = Field(default=None, sa_type=Text)
    arguments_for: int = 0
    arguments_against: int = 0
    arguments_nuance: int = 0
    replies: int = 0
    origin: str | None = Field(default=None, sa_type=Text)
    """Where the sample has it from; made again it is found by this."""

    @property
    def arguments(self) -> int:
        """How many arguments of all positions, without replies."""
        return self.arguments_for + self.arguments_against + self.arguments_nuance


class Argument(Base, Counted, table=True):
    """An argument, or a reply to one. Its id rises with the time it was made."""

    __table_args__ = (
        CheckConstraint("state IN ('shown', 'hidden', 'taken_back')", name="state"),
        CheckConstraint("position IN ('for', 'against', 'nuance')", name="position"),
        CheckConstraint("(answers IS NULL) = (position IS NOT NULL)", name="answers"),
        CheckConstraint("(state = 'hidden') = (hidden_at IS NOT NULL AND rule IS NOT NULL)", name="hidden"),
        CheckConstraint("endorsements >= 0 AND replies >= 0", name="counts"),
        Index("ix_argument_debate_id", "debate_id", "id", postgresql_where="answers IS NULL"),
        Index("ix_argument_endorsements", "debate_id", "endorsements", "id", postgresql_where="answers IS NULL"),
        Index(
            "ix_argument_position", "debate_id", "position", "endorsements", "id", postgresql_where="answers IS NULL"
        ),
        Index("ix_argument_answers", "answers", "id", postgresql_where="answers IS NOT NULL"),
        Index("ix_argument_author", "author", "id"),
        Index("ix_argument_made_at", "debate_id", "made_at"),
        Index("ix_argument_counts_owed", "counts_owed", **OWED),
    )

    debate_id: UUID = Field(foreign_key="debate.id")
    answers: UUID | None = Field(default=None, foreign_key="argument.id")
    """The argument it replies to, always one that is no reply itself."""
    position: str | None = Field(default=None, sa_type=Text)
    language: str = Field(sa_type=Text)
    body: str = Field(sa_type=Text)
    """Markdown, as written."""
    body_html: str = Field(sa_type=Text)
    """Rendered and sanitized: safe to show."""
    text: str = Field(sa_type=Text)
    """Without markup."""
    author: UUID
    made_at: datetime = Field(default_factory=now, sa_type=Instant)
    edited_at: datetime | None = Field(default=None, sa_type=Instant)
    state: str = Field(default=ArgumentState.SHOWN, sa_type=Text)
    hidden_at: datetime | None = Field(default=None, sa_type=Instant)
    rule: str | None = Field(default=None, sa_type=Text)
    """The rule of the charter it was hidden for."""
    reason: str | None = Field(default=None, sa_type=Text)
    """The moderator's motive, told to the author."""
    taken_back_at: datetime | None = Field(default=None, sa_type=Instant)
    endorsements: int = 0
    """How many people endorse it: the number of rows of `Endorsement`, changed with them under the row's lock."""
    replies: int = 0
    """How many replies everybody may read."""
    reports: int = 0
    """How many reports wait for a moderator."""


class Endorsement(Base, table=True):
    """Somebody endorses an argument: once, whoever asks how often."""

    __table_args__ = (Index("ix_endorsement_person", "person"),)

    argument_id: UUID = Field(primary_key=True, foreign_key="argument.id")
    person: UUID = Field(primary_key=True)
    at: datetime = Field(default_factory=now, sa_type=Instant)


class Report(Base, table=True):
    """Somebody says that an argument breaks a rule; one report a person and argument waits at a time."""

    __table_args__ = (
        CheckConstraint("(outcome IS NULL) = (settled_at IS NULL)", name="settled"),
        CheckConstraint("outcome IN ('upheld', 'dismissed', 'moot')", name="outcome"),
        Index("uq_report_waiting", "argument_id", "by", unique=True, postgresql_where="settled_at IS NULL"),
        Index("ix_report_waiting_id", "id", postgresql_where="settled_at IS NULL"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    argument_id: UUID = Field(foreign_key="argument.id")
    by: UUID
    rule: str = Field(sa_type=Text)
    note: str = Field(default="", sa_type=Text)
    at: datetime = Field(default_factory=now, sa_type=Instant)
    settled_at: datetime | None = Field(default=None, sa_type=Instant)
    outcome: str | None = Field(default=None, sa_type=Text)
    """``upheld`` (hidden), ``dismissed`` (no rule broken) or ``moot`` (taken back by its author)."""


class ModerationStep(Base, table=True):
    """One decision of a moderator. Written once, never changed."""

    __tablename__ = "moderation_step"
    __table_args__ = (
        Index("ix_moderation_step_argument_id", "argument_id", "id"),
        Index("ix_moderation_step_rule", "rule", "action"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    argument_id: UUID = Field(foreign_key="argument.id")
    at: datetime = Field(default_factory=now, sa_type=Instant)
    by: UUID
    action: str = Field(sa_type=Text)
    rule: str | None = Field(default=None, sa_type=Text)
    reason: str = Field(default="", sa_type=Text)
