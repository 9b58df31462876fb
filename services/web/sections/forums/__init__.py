"""Forums: what is coming, a forum and its programme, registering, and the organizer's work."""

from pathlib import Path

from services.web.language import N_
from services.web.section import Block, Keeping, NavItem, Place, Section, Sitemap
from services.web.sections.forums import addresses, blocks, words
from services.web.sections.forums.views import router

SECTION = Section(
    name="forums",
    order=30,
    folder=Path(__file__).parent,
    router=router,
    kept=(
        Keeping("/forums"),
        Keeping("/forums/{id}/programme", query=("day", "track")),
        Keeping("/forums/{id}/grille", query=("day", "track")),
        Keeping("/forums/{id}/{slug}"),
        Keeping("/forums/{id}/sessions/{id}/{slug}"),
    ),
    nav=(NavItem(N_("Forums"), "/forums", 30),),
    blocks=(
        Block(Place.HOME_COLUMN, 50, N_("À venir"), "forums/coming.html", blocks.coming),
        Block(Place.SPACE, 30, N_("Mes inscriptions"), "forums/mine.html", blocks.registrations),
        Block(Place.SPACE, 40, N_("Mes forums"), "forums/organized.html", blocks.organized),
    ),
    notices={
        "forum-kept": N_("Forum enregistré comme brouillon. Ajoutez ses salles, puis ses sessions."),
        "forum-changed": N_("Vos modifications sont enregistrées."),
        "forum-published": N_("Forum publié. Il apparaîtra dans la recherche d’ici quelques secondes."),
        "forum-retracted": N_("Forum dépublié. C’est de nouveau un brouillon, que vous seul voyez."),
        "forum-cancelled": N_("Forum annulé. Sa page le dit, avec votre motif."),
        "forum-restored": N_("Forum rétabli. Il aura lieu comme prévu."),
        "room-kept": N_("Salle enregistrée."),
        "room-first": N_("Ajoutez une salle : une session se tient dans une salle."),
        "session-added": N_("Session ajoutée au programme."),
        "session-changed": N_("Session modifiée. Les agendas abonnés la suivent."),
        "session-cancelled": N_("Session annulée. Sa salle est libre."),
        "session-restored": N_("Session rétablie."),
        "speaker-twice": N_(
            "Enregistré. Mais quelqu’un intervient en deux endroits à la fois : la page du forum dit qui."
        ),
        "swapped": N_("Les deux sessions ont échangé leur salle et leur heure."),
        "imported": N_("Programme importé."),
        "registered": N_("Vous êtes inscrit. À bientôt."),
        "waiting": N_("Vous êtes en liste d’attente. Si une place se libère, elle est à vous, dans l’ordre."),
        "unregistered": N_("Votre inscription est annulée."),
        "registration-closed": N_("On ne peut plus s’inscrire à ce forum."),
    },
    private=("/forums/nouveau", "/forums/importer"),
    sitemap=Sitemap(addresses.parts, addresses.of_part),
    types=words.TYPES,
)
