"""What is sent and answered over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, StringConstraints, field_validator
from pydantic_core.core_schema import ValidationInfo

from services.identity import naming, passwords
from services.identity.commands.accounts import ProfileChanges
from services.identity.letters.kinds import Language
from services.identity.queries import AccountView
from services.identity.tables import Account, AccountEvent, EventKind, KeyState, SigningKey
from services.identity.tokens import Tokens
from shared.auth.principal import Role
from shared.http.route import VersionedAnswer

_LARGEST_SENT = 1000
"""Characters looked at, at most, before a rule that says something useful."""

Name = Annotated[
    str,
    StringConstraints(max_length=_LARGEST_SENT),
    AfterValidator(naming.normal_name),
    Field(description=f"1 to {naming.LONGEST_NAME} characters, without control characters"),
]
Email = Annotated[
    str,
    StringConstraints(max_length=_LARGEST_SENT),
    AfterValidator(naming.normal_email),
    Field(description="Compared without regard to case", examples=["editrice@demain.example"]),
]
_PASSWORD_RULE = f"{passwords.SHORTEST} to {passwords.LONGEST} characters, not the e-mail address"
_LARGEST_TEXT = 10_000
Biography = Annotated[
    str,
    StringConstraints(max_length=_LARGEST_TEXT),
    AfterValidator(naming.normal_biography),
    Field(description=f"Plain text, at most {naming.LONGEST_BIOGRAPHY} characters"),
]
Affiliation = Annotated[str, StringConstraints(max_length=_LARGEST_SENT), AfterValidator(naming.normal_affiliation)]
Orcid = Annotated[
    str,
    StringConstraints(max_length=_LARGEST_SENT),
    AfterValidator(naming.normal_orcid),
    Field(description="Empty takes it away", examples=["0000-0002-1825-0097"]),
]


def _encodable(secret: SecretStr) -> SecretStr:
    try:
        secret.get_secret_value().encode()
    except UnicodeEncodeError:
        raise ValueError("holds half a character (a lone surrogate); type it again") from None
    return secret


# Unlike a plain text, pydantic does not look into a secret: nobody can encode, and so hash, half a character.
Secret = Annotated[SecretStr, Field(max_length=_LARGEST_SENT), AfterValidator(_encodable)]


class Sent(BaseModel):
    """A request body: fields it does not know are refused, so that a misspelt one is noticed."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class BrowserHeld(Sent):
    """Which browser it is, by a secret that it holds for the site."""

    browser: Annotated[Secret, Field(min_length=20, description="At least 128 random bits")]


class SignUp(Sent):
    """A new account."""

    email: Email
    password: Annotated[Secret, Field(description=_PASSWORD_RULE)]
    display_name: Name
    language: Language = "fr"
    """Of the mail that follows."""

    @field_validator("password")
    @classmethod
    def _acceptable(cls, password: SecretStr, info: ValidationInfo) -> SecretStr:
        return SecretStr(passwords.acceptable(password.get_secret_value(), info.data.get("email", "")))


class MailWanted(Sent):
    """A mail to an address; what it says depends on whether there is an account."""

    email: Email
    language: Language = "fr"


class Verification(Sent):
    """The secret of the link in the mail, and the password chosen at sign-up."""

    token: Annotated[Secret, Field(min_length=1, description="From the link in the mail")]
    password: Secret


class NewPassword(Sent):
    """Another password, for whoever has the secret of a link."""

    token: Annotated[Secret, Field(min_length=1, description="From the link in the mail")]
    password: Annotated[Secret, Field(description=_PASSWORD_RULE)]
    language: Language = "fr"

    @field_validator("password")
    @classmethod
    def _acceptable(cls, password: SecretStr) -> SecretStr:
        # That it is not the address is looked at when the link says whose it is.
        return SecretStr(passwords.acceptable(password.get_secret_value(), ""))


class PasswordChange(Sent):
    """Another password, for whoever knows the present one."""

    present: Secret
    password: Annotated[Secret, Field(description=_PASSWORD_RULE)]
    language: Language = "fr"

    @field_validator("password")
    @classmethod
    def _acceptable(cls, password: SecretStr) -> SecretStr:
        return SecretStr(passwords.acceptable(password.get_secret_value(), ""))


class AddressWanted(Sent):
    """Another e-mail address, for whoever knows the password."""

    password: Secret
    email: Email
    language: Language = "fr"
    """Of the mails that follow."""


class AddressConfirmed(Sent):
    """The secret of the link in the mail to the new address, and the account's password."""

    token: Annotated[Secret, Field(min_length=1, description="From the link in the mail")]
    password: Secret
    language: Language = "fr"


class ErasureWanted(Sent):
    """The password once more, for what cannot be undone."""

    password: Secret
    language: Language = "fr"
    """Of the last mail."""


class ErasureOrdered(Sent):
    """An admin erases an account because its owner asked for it."""

    language: Language = "fr"
    """Of the last mail."""


class Suspension(Sent):
    """Why somebody is let in no more, for admins."""

    reason: Annotated[
        str,
        StringConstraints(max_length=_LARGEST_TEXT),
        AfterValidator(naming.normal_reason),
        Field(description=f"Plain text, 1 to {naming.LONGEST_REASON} characters; only admins read it"),
    ]


class Credentials(Sent):
    """What somebody signs in with. Not checked for form: a wrong form is a wrong pair."""

    email: Annotated[str, StringConstraints(max_length=_LARGEST_SENT)]
    password: Secret


class Refresh(Sent):
    """A refresh token."""

    refresh_token: Secret


class ProfileEdit(Sent):
    """How one shows oneself; what is left out stays."""

    display_name: Name | None = None
    biography: Biography | None = None
    affiliation: Affiliation | None = None
    orcid: Orcid | None = None

    def changes(self) -> ProfileChanges:
        """The same for the command."""
        return ProfileChanges(self.display_name, self.biography, self.affiliation, self.orcid)


class MailOnItsWay(BaseModel):
    """A mail is on its way to this address, if there is reason for one; the answer does not tell whether there is."""

    email: str


class SignedIn(BaseModel):
    """Tokens of somebody who signed in (the names are those of OAuth 2.0)."""

    access_token: str
    token_type: str = "Bearer"  # noqa: S105
    expires_in: int = Field(description="Seconds the access token lives")
    refresh_token: str = Field(description="Good for one use, within 30 days")

    @classmethod
    def of(cls, tokens: Tokens) -> SignedIn:
        """The answer that hands them over."""
        return cls(access_token=tokens.access_token, expires_in=tokens.expires_in, refresh_token=tokens.refresh_token)


class AccountAnswer(VersionedAnswer):
    """An account, for its owner and for admins."""

    id: UUID
    email: str
    display_name: str
    biography: str
    affiliation: str
    orcid: str | None
    picture: str | None = Field(description="Last part of the address of the picture")
    roles: list[Role]
    created_at: datetime
    verified: bool = Field(description="Whether the owner showed that the address is theirs")
    has_password: bool = Field(description="Not for who comes in through another provider alone")

    @classmethod
    def of(cls, view: AccountView) -> Self:
        """The account as it is answered."""
        return cls(**cls._fields(view))

    @staticmethod
    def _fields(view: AccountView) -> dict[str, Any]:
        one = view.account
        return {
            "id": one.id,
            "version": one.version,
            "email": one.email,
            "display_name": one.display_name,
            "biography": one.biography,
            "affiliation": one.affiliation,
            "orcid": one.orcid,
            "picture": one.picture,
            "roles": list(view.roles),
            "created_at": one.created_at,
            "verified": one.verified_at is not None,
            "has_password": bool(one.password_hash),
        }


class AdministeredAccount(AccountAnswer):
    """An account for admins."""

    suspended_since: datetime | None
    suspension_reason: str = Field(description="Empty unless it is suspended")

    @staticmethod
    def _fields(view: AccountView) -> dict[str, Any]:
        denial = view.denial
        return {
            **AccountAnswer._fields(view),
            "suspended_since": denial.since if denial is not None else None,
            "suspension_reason": denial.reason if denial is not None else "",
        }


class AccountsPage(BaseModel):
    """Accounts, newest first."""

    items: list[AdministeredAccount]
    next: str | None = Field(description="Cursor of the page after this one")


class EventAnswer(BaseModel):
    """Something that was done to an account."""

    id: UUID
    kind: EventKind
    role: Role | None
    by: UUID | None = Field(description="Who did it; null for the command line")
    by_name: str | None = Field(description="How they are named now; null for who is not named any more")
    at: datetime

    @classmethod
    def of(cls, event: AccountEvent, name: str | None) -> EventAnswer:
        """The event as it is answered."""
        role = Role(event.role) if event.role is not None else None
        return cls(id=event.id, kind=EventKind(event.kind), role=role, by=event.by, by_name=name, at=event.at)


class EventsPage(BaseModel):
    """What was done to an account, newest first."""

    items: list[EventAnswer]
    next: str | None = Field(description="Cursor of the page after this one")


class PersonAnswer(BaseModel):
    """How a person is named."""

    id: UUID
    name: str


class ProfileAnswer(BaseModel):
    """A person as everybody may see them."""

    id: UUID
    name: str
    biography: str
    affiliation: str
    orcid: str | None
    picture: str | None = Field(description="Last part of the address of the picture")

    @classmethod
    def of(cls, account: Account) -> ProfileAnswer:
        """The person as they are answered."""
        return cls(
            id=account.id,
            name=account.display_name,
            biography=account.biography,
            affiliation=account.affiliation,
            orcid=account.orcid,
            picture=account.picture,
        )


class PeopleAnswer(BaseModel):
    """People by id; ids nobody has are missing."""

    items: list[PersonAnswer]


class PeoplePage(PeopleAnswer):
    """A page of people; ``next`` is the cursor of the page after it."""

    next: str | None


class KeyAnswer(BaseModel):
    """A signing key, without anything secret."""

    kid: str
    state: KeyState
    created_at: datetime
    drop_at: datetime | None

    @classmethod
    def of(cls, key: SigningKey) -> KeyAnswer:
        """The key as it is answered."""
        return cls(kid=key.kid, state=KeyState(key.state), created_at=key.created_at, drop_at=key.drop_at)


class KeysAnswer(BaseModel):
    """The keys that are published now."""

    items: list[KeyAnswer]


class KeySetAnswer(BaseModel):
    """The public halves of the signing keys (RFC 7517)."""

    keys: list[dict[str, str | list[str]]]
