"""Partners: organizations, calls, applications and their reviews, demonstrators."""

from pathlib import Path

from services.web.language import N_
from services.web.section import Block, Keeping, NavItem, Place, Section, Sitemap
from services.web.sections.partners import addresses, blocks, words
from services.web.sections.partners.views import router
from services.web.sessions import Visitor


def _may_review(visitor: Visitor | None) -> bool:
    return visitor is not None and visitor.has_role("reviewer")


SECTION = Section(
    name="partners",
    order=40,
    folder=Path(__file__).parent,
    router=router,
    kept=(
        Keeping("/organisations"),
        Keeping("/demonstrateurs"),
        Keeping("/appels/{id}/{slug}"),
        Keeping("/organisations/{id}/{slug}"),
        Keeping("/demonstrateurs/{id}/{slug}"),
    ),
    nav=(
        NavItem(N_("Appels"), "/appels", 40),
        NavItem(N_("Démonstrateurs"), "/demonstrateurs", 41),
        NavItem(N_("Évaluations"), "/evaluations", 82, _may_review),
    ),
    blocks=(
        Block(Place.HOME_ASIDE, 10, N_("Appels"), "partners/open.html", blocks.open_calls),
        Block(Place.HOME_COLUMN, 60, N_("Démonstrateurs"), "partners/running.html", blocks.running),
        Block(Place.SPACE, 5, N_("À évaluer"), "partners/waiting.html", blocks.reviews),
        Block(Place.SPACE, 50, N_("Organisations et candidatures"), "partners/mine.html", blocks.mine),
        Block(Place.SPACE, 55, N_("Mes appels"), "partners/called.html", blocks.called),
    ),
    notices={
        "organization-kept": N_("Organisation enregistrée comme brouillon. Elle peut déjà répondre à un appel."),
        "organization-published": N_(
            "Organisation publiée. Elle apparaîtra dans la recherche d’ici quelques secondes."
        ),
        "organization-withdrawn": N_("Organisation retirée."),
        "partners-changed": N_("Vos modifications sont enregistrées."),
        "organization-joined": N_("Vous êtes maintenant membre de cette organisation."),
        "organization-left": N_("Vous avez quitté l’organisation."),
        "member-out": N_("Cette personne n’est plus membre."),
        "invitation-revoked": N_("Invitation reprise : son lien ne vaut plus."),
        "call-kept": N_("Appel enregistré comme brouillon."),
        "call-published": N_("Appel publié. Il apparaîtra dans la recherche d’ici quelques secondes."),
        "call-closed": N_("Appel clos. Il ne prend plus de candidatures."),
        "call-withdrawn": N_("Appel retiré. Son adresse explique maintenant pourquoi."),
        "application-begun": N_("Brouillon commencé. Il est gardé ici ; revenez-y quand vous voulez."),
        "application-kept": N_("Brouillon enregistré."),
        "application-submitted": N_("Candidature soumise. Vous verrez ici la suite, étape par étape."),
        "application-in-review": N_("L’évaluation a commencé. L’organisation le voit."),
        "application-accepted": N_("Candidature acceptée. Le partenariat commence."),
        "application-declined": N_("Candidature refusée. L’organisation lit votre motif."),
        "application-withdrawn": N_("Candidature retirée."),
        "assigned-reviewer": N_("Évaluateur désigné. La candidature l’attend dans son espace."),
        "reviewer-out": N_("Cette personne n’évalue plus la candidature."),
        "conflict-declared": N_("Conflit d’intérêts déclaré. Rien de cette organisation ne vous sera plus confié."),
        "review-kept": N_("Évaluation enregistrée. Vous seul la lisez tant qu’elle n’est pas rendue."),
        "review-submitted": N_("Évaluation rendue. Merci."),
        "demonstrator-kept": N_("Démonstrateur enregistré comme brouillon."),
        "demonstrator-published": N_("Démonstrateur publié. Il apparaîtra dans la recherche d’ici quelques secondes."),
        "demonstrator-ended": N_("C’est noté : ce démonstrateur est terminé."),
        "demonstrator-withdrawn": N_("Démonstrateur retiré. Son adresse explique maintenant pourquoi."),
        "result-added": N_("Résultat ajouté."),
    },
    private=(
        "/appels/nouveau",
        "/organisations/nouvelle",
        "/organisations/invitation",
        "/candidatures",
        "/evaluations",
        "/partenariats",
    ),
    sitemap=Sitemap(addresses.parts, addresses.of_part),
    types=words.TYPES,
    kinds=words.KINDS,
    kinds_plural=words.KINDS_PLURAL,
)
