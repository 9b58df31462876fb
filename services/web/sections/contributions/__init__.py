"""Contributions: reading, writing, and their editorial life."""

from pathlib import Path

from services.web.language import N_
from services.web.section import Block, Keeping, NavItem, Place, Section, Sitemap
from services.web.sections.contributions import addresses, blocks, history, revisions, words
from services.web.sections.contributions.views import router
from services.web.sessions import Visitor


def _may_review(visitor: Visitor | None) -> bool:
    return visitor is not None and visitor.has_role("editor", "admin")


SECTION = Section(
    name="contributions",
    order=10,
    folder=Path(__file__).parent,
    router=router,
    kept=(
        Keeping("/contributions"),
        Keeping("/contributions/{id}/{slug}"),
    ),
    nav=(
        NavItem(N_("Contributions"), "/contributions", 10),
        NavItem(N_("Relecture"), "/relecture", 80, _may_review),
    ),
    blocks=(
        Block(Place.HOME_LEAD, 10, N_("À la une"), "contributions/lead.html", blocks.lead),
        Block(Place.HOME_ASIDE, 20, N_("Écrire"), "contributions/invitation.html", blocks.invitation),
        Block(Place.HOME_ASIDE, 30, N_("Idées"), "contributions/idea.html", blocks.idea),
        Block(Place.HOME_COLUMN, 10, N_("Contributions"), "contributions/latest.html", blocks.latest),
        Block(Place.HOME_COLUMN, 20, N_("Idées"), "contributions/ideas.html", blocks.ideas),
        Block(Place.CONTRIBUTION, 5, N_("Corrections"), "contributions/corrections.html", revisions.corrections),
        Block(Place.CONTRIBUTION, 10, N_("Histoire de ce texte"), "contributions/history.html", history.block),
        Block(Place.SPACE, 10, N_("Mes contributions"), "contributions/mine.html", blocks.mine),
    ),
    notices={
        "draft-kept": N_("Enregistré. Personne d’autre que vous ne voit ce brouillon."),
        "changes-kept": N_("Vos modifications sont enregistrées."),
        "commented": N_("Commentaire ajouté. Ses auteurs et la rédaction le lisent."),
        "comment-resolved": N_("Commentaire réglé."),
        "comment-opened": N_("Commentaire rouvert."),
        "joined": N_("Vous êtes auteur de ce texte. Les autres auteurs vous voient dans la liste."),
        "left": N_("Votre nom est retiré de ce texte."),
        "authors-ordered": N_("L’ordre des auteurs est changé."),
        "invitation-taken-back": N_("Invitation annulée : son lien ne mène plus à rien."),
        "linked": N_("Les deux textes renvoient l’un à l’autre."),
        "unlinked": N_("Ce texte n’a plus de traduction."),
        "assigned": N_("Cette relecture est confiée."),
        "unassigned": N_("Cette relecture n’est plus confiée à personne."),
        "corrected": N_("Correction publiée. Les lecteurs voient son motif et ce qui a changé."),
        "submitted": N_("Texte soumis. La rédaction va le lire ; vous verrez sa réponse dans votre espace."),
        "recalled": N_("Texte repris. C’est de nouveau un brouillon, que vous pouvez modifier."),
        "returned": N_("Demande envoyée. L’auteur peut reprendre le texte, puis le soumettre de nouveau."),
        "scheduled": N_("Publication programmée. Le texte paraîtra de lui-même à l’heure dite."),
        "unscheduled": N_("Publication déprogrammée. Le texte est de nouveau en relecture."),
        "published": N_("Texte publié. Il apparaîtra dans la recherche d’ici quelques secondes."),
        "withdrawn": N_("Texte retiré. Son adresse explique maintenant pourquoi."),
    },
    private=("/relecture", "/contributions/nouvelle", "/contributions/invitation"),
    sitemap=Sitemap(addresses.parts, addresses.of_part),
    types=words.TYPES,
    kinds={"contribution": words.KINDS},
    kinds_plural={"contribution": words.KINDS_PLURAL},
)
