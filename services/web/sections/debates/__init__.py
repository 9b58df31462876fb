"""Debates: reading, opening, arguing, endorsing, reporting, moderating."""

from pathlib import Path

from services.web.language import N_
from services.web.section import Block, Keeping, NavItem, Place, Section, Sitemap
from services.web.sections.debates import addresses, blocks, live, words
from services.web.sections.debates.views import router
from services.web.sessions import Visitor
from shared.runtime.process_role import ProcessRole
from shared.runtime.service import Worker


def _may_moderate(visitor: Visitor | None) -> bool:
    return visitor is not None and visitor.has_role("moderator", "admin")


SECTION = Section(
    name="debates",
    order=20,
    folder=Path(__file__).parent,
    router=router,
    kept=(
        Keeping("/debats", query=("phase",)),
        Keeping("/debats/{id}/{slug}", but=("direct",), query=("position", "order")),
        Keeping("/debats/{id}/arguments/{id}"),
    ),
    nav=(
        NavItem(N_("Débats"), "/debats", 20),
        NavItem(N_("Modération"), "/moderation", 85, _may_moderate),
    ),
    blocks=(
        Block(Place.HOME_COLUMN, 5, N_("En débat"), "debates/home.html", blocks.debated),
        Block(Place.CONTRIBUTION, 7, N_("En débat"), "debates/contribution.html", blocks.on_contribution),
        Block(Place.SPACE, 20, N_("Mes arguments"), "debates/mine.html", blocks.mine),
    ),
    notices={
        "debate-opened": N_("Débat ouvert. La recherche le trouvera dans quelques secondes."),
        "debate-kept": N_("Vos modifications sont enregistrées."),
        "debate-closed": N_("Débat clos. Tout ce qui s’y est dit reste à lire."),
        "debate-withdrawn": N_("Débat retiré. Son adresse explique maintenant pourquoi."),
        "argued": N_("Votre argument est en ligne. Vous pouvez le modifier un quart d’heure, et le retirer toujours."),
        "replied": N_("Votre réponse est en ligne."),
        "reworded": N_("Votre texte est modifié ; les lecteurs le voient."),
        "taken-back": N_("Retiré. Plus personne ne le lit."),
        "not-endorsed": N_("Ce soutien n’est pas possible : le débat est clos, ou l’argument est le vôtre."),
        "reported": N_("Merci. La modération va lire cet argument, et décidera au regard de la charte."),
        "hidden": N_("Argument masqué. Son auteur voit la règle et votre motif."),
        "argument-restored": N_("Argument rétabli."),
        "dismissed": N_("Signalement classé : l’argument reste en ligne."),
    },
    private=("/moderation", "/debats/nouveau"),
    sitemap=Sitemap(addresses.parts, addresses.of_part),
    types=words.TYPES,
    kinds={"argument": words.POSITIONS},
    workers=(Worker("debates live", live.follower, ProcessRole.API),),
)
