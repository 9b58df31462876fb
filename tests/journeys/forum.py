"""Contributions in every state, told over the HTTP paths anybody may build on, and the sample's partners."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from shared.clients.contributions import Contribution, ContributionsClient, DebatesClient, Draft
from shared.clients.identity import IdentityClient
from shared.clients.partners import PartnersClient
from tests.journeys import gatherings
from tests.journeys.gatherings import Gatherings
from tests.journeys.instance import Instance

BODY = """Ce texte sert à **regarder** les pages, avec un peu de tout.

## Mesurer d’abord

| Rue | Vélos par jour | Part des bus |
|---|---:|---:|
| Quai des Fumées | 4 730 | 31 % |
| Cours Sully | 1 120 | 8 % |

> La rue était là depuis 1974. Personne ne l’avait comptée.

1. Compter ce qui passe.
2. Demander à ceux qui ne passent plus ; voir [la méthode](https://www.example.org/methode).

### Et après ?

```
vélos = comptés × 1,08
```
"""


@dataclass(frozen=True)
class Partners:
    """Where the sample's call, organization and demonstrator are read, and the ids of what is not public."""

    open: str
    closed: str
    organization: str
    demonstrator: str
    partnership: str
    accepted: str
    in_review: str
    draft: str


async def partners_of(instance: Instance) -> Partners:
    """Find the sample's."""
    async with IdentityClient(instance.url) as identity, PartnersClient(instance.url) as partners:

        async def token(role: str) -> str:
            account = instance.account(role)
            return (await identity.sign_in(account.email, account.password)).access_token

        partner, expert = await token("partner"), await token("expert")
        mine = (await partners.my_applications(token=partner)).items
        accepted = next(one for one in mine if one.state == "accepted")
        waiting = next(one for one in mine if one.state == "in_review")
        closed = await partners.read_call(accepted.call.id)
        (draft,) = (await partners.my_applications(token=expert, state="draft")).items
        (partnership,) = [
            one for one in (await partners.partnerships(token=partner)).items if one.application == accepted.id
        ]
        organization = await partners.organization(accepted.organization.id)
        return Partners(
            open=waiting.call.url,
            closed=closed.url,
            organization=organization.url,
            demonstrator=partnership.demonstrators[0].url,
            partnership=partnership.id,
            accepted=accepted.id,
            in_review=waiting.id,
            draft=draft.id,
        )


@dataclass(frozen=True)
class Forum:
    """One contribution of the expert's in each state."""

    draft: Contribution
    submitted: Contribution
    returned: Contribution
    scheduled: Contribution
    published: Contribution
    corrected: Contribution
    """Corrected once; its revisions are 1 (submitted), 2 (published) and 3."""
    withdrawn: Contribution
    invitation: str
    """Path of the link that invites to write the draft."""
    english: str
    """Path of a published text in English."""
    debate: str
    """Path of the debate of the sample in which most was said."""
    argument: str
    """Path of an argument with replies in it."""
    gatherings: Gatherings
    """Forums people come to."""
    partners: Partners


async def tell(instance: Instance) -> Forum:
    """Write them."""
    async with (
        IdentityClient(instance.url) as identity,
        ContributionsClient(instance.url) as contributions,
        DebatesClient(instance.url) as debates,
    ):

        async def token(role: str) -> str:
            account = instance.account(role)
            return (await identity.sign_in(account.email, account.password)).access_token

        expert, editor = await token("expert"), await token("editor")

        async def written(title: str, *actions: str) -> Contribution:
            draft = Draft(
                kind="study",
                language="fr",
                title=title,
                summary="Trois ans de comptages dans deux rues, et ce qu’ils ne disent pas.",
                body=BODY,
                themes=("mobility", "public-space"),
                territories=("nantes", "france"),
            )
            made = await contributions.create(draft, token=expert)
            for action in actions:
                reason = "Les chiffres de la seconde rue étaient ceux de la première."
                reason = reason if action in ("withdraw", "return") else None
                by = editor if action in ("publish", "return", "schedule") else expert
                at = datetime.now(UTC) + timedelta(days=9) if action == "schedule" else None
                made = await contributions.transition(made.id, made.version, action, token=by, reason=reason, at=at)
            return made

        corrected = await written("Deux rues, quatre saisons", "submit", "publish")
        corrected = await contributions.edit(
            corrected.id,
            corrected.version,
            {
                "body": BODY.replace("Personne ne l’avait comptée.", "On l’avait comptée une fois.") + "\nUn ajout.\n",
                "reason": "Un comptage de 1998 nous avait échappé.",
            },
            token=editor,
        )
        english = (await contributions.page(language="en", limit=1)).items[0]
        draft = await written("Ce que deux rues apprennent l’une de l’autre")
        invitation = await contributions.invite(draft.id, "Pour la mairie", token=expert)
        debate = max((await debates.page(phase="open")).items, key=lambda one: one.tally.replies)
        argument = max((await debates.arguments(debate.id)).items, key=lambda one: one.replies)
        return Forum(
            draft=draft,
            invitation=f"/contributions/invitation?jeton={invitation.secret}",
            submitted=await written("Deux rues : que faire de la troisième ?", "submit"),
            returned=await written("Deux rues, et la même heure", "submit", "return"),
            scheduled=await written("Deux rues, dans neuf jours", "submit", "schedule"),
            published=await written("Deux rues, trois ans de comptages", "submit", "publish"),
            corrected=corrected,
            withdrawn=await written("Deux rues, premiers chiffres", "submit", "publish", "withdraw"),
            english=english.url,
            debate=debate.url,
            argument=f"/debats/{debate.id}/arguments/{argument.id}",
            gatherings=await gatherings.find(instance),
            partners=await partners_of(instance),
        )
