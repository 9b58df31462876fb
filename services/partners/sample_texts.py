"""What the partners' part of the sample says. Our own words; the places and the organizations are invented."""

from __future__ import annotations

from datetime import date

from services.partners.schemas.applications import ApplicationIn
from services.partners.schemas.calls import CallIn, CallKind, Criterion
from services.partners.schemas.organizations import OrganizationIn, OrganizationKind
from services.partners.schemas.partnerships import DemonstratorEditIn, ResultIn

STARTUP = OrganizationIn(
    kind=OrganizationKind.STARTUP,
    name="Calories douces",
    summary="Nous récupérons la chaleur que la ville jette (métros, égouts, serveurs) et la livrons à l’immeuble d’à "
    "côté.",
    description="Calories douces conçoit des pompes à chaleur de petite taille, qui tiennent dans une station de "
    "relevage ou une cave. Une équipe de neuf personnes, dont quatre sur les chantiers.\n\n"
    "Nous ne vendons pas de machines : nous vendons de la chaleur livrée, mesurée au pied de l’immeuble, et nous "
    "publions nos relevés chaque mois, les mauvais compris.",
    website="https://calories-douces.example",
    themes=["energy"],
    territories=["lyon"],
)

LAB = OrganizationIn(
    kind=OrganizationKind.LAB,
    name="Laboratoire Ville et sous-sol",
    summary="Hydrogéologues, thermiciens et sociologues qui mesurent ce que le sous-sol donne à la ville, et ce "
    "qu’elle lui prend.",
    description="Le laboratoire suit depuis trois hivers la boucle d’eau tempérée du quartier des Verriers. Il prête "
    "ses capteurs, ouvre ses données et forme les régies qui veulent faire les mesures elles-mêmes.",
    themes=["energy", "water"],
    territories=["lyon", "france"],
)

STREET = CallIn(
    kind=CallKind.PROJECTS,
    title="Chauffer une rue avec la chaleur qu’on jette",
    summary="Une rue existante, un hiver entier, une source de chaleur perdue : montrez que le quartier des Verriers "
    "n’est pas une exception.",
    description="Au quartier des Verriers, deux hivers de mesures ont montré qu’une eau de métro à moins de 15 °C "
    "peut fournir plus de la moitié du chauffage. Mais les Verriers sont un quartier presque neuf. Reste la question "
    "que posent tous ceux qui habitent ailleurs : et dans une rue ordinaire ?\n\n"
    "Nous cherchons une équipe qui l’essaie pour de bon : entre trente et quatre-vingts logements, des radiateurs "
    "comme on en trouve partout, et une source de chaleur dont personne ne se sert.\n\n"
    "La ville met à disposition une station de relevage désaffectée rue des Capucins, l’accès aux réseaux, et une "
    "personne pour les autorisations. Les mesures sont publiques. Si l’essai échoue, on le dit aussi.",
    criteria=[
        Criterion(
            id="inhabitants",
            name="Ce que les habitants y gagnent",
            description="Confort, facture, et leur mot à dire pendant l’essai.",
            weight=3,
        ),
        Criterion(
            id="proof",
            name="Ce que l’essai prouvera",
            description="Des mesures que d’autres peuvent refaire, et un seuil d’échec annoncé d’avance.",
            weight=3,
        ),
        Criterion(id="feasibility", name="Faisabilité en un an", description="Équipe, calendrier, risques.", weight=2),
        Criterion(id="afterwards", name="La suite", description="Ce qui reste dans la rue après l’essai.", weight=1),
    ],
    themes=["energy"],
    territories=["lyon"],
)

SHADE = CallIn(
    kind=CallKind.INTEREST,
    title="De l’ombre avant l’été, sur trois places",
    summary="Trois places trop chaudes, un budget modeste, huit mois : dites-nous ce que vous feriez, et avec qui.",
    description="Avant d’écrire un cahier des charges, nous voulons savoir ce qui existe. Arbres en bac, voiles, "
    "brumisation sobre, façades claires : présentez en deux pages ce que vous savez faire, ce que cela coûte à "
    "l’entretien, et ce que vous refusez de promettre.\n\n"
    "Les équipes retenues visiteront les places avec les riverains en février. Manifester son intérêt n’engage à rien, "
    "et ne ferme aucune porte pour la suite.",
    criteria=[
        Criterion(id="summer", name="L’effet le jour le plus chaud", weight=2),
        Criterion(id="upkeep", name="L’entretien, année après année", weight=2),
        Criterion(id="neighbours", name="La place des riverains", weight=1),
    ],
    themes=["public-space"],
    territories=["lyon"],
)

DOOR = CallIn(
    kind=CallKind.OPEN,
    title="La porte ouverte : ce que personne n’a demandé",
    summary="Une idée qui ne répond à aucun appel a le droit d’exister. Cette porte ne se ferme pas.",
    description="Proposez un lieu, une question et une façon d’y répondre. Nous lisons tout, une fois par mois, et "
    "chaque proposition reçoit une réponse motivée, même quand c’est non.",
    criteria=[
        Criterion(id="question", name="La question vaut-elle d’être posée ?", weight=1),
        Criterion(id="first-step", name="Le premier pas est-il à portée de main ?", weight=1),
    ],
    themes=["governance"],
    territories=["france"],
)

ENGLISH = CallIn(
    kind=CallKind.INTEREST,
    language="en",
    title="Sister streets: try the same thing in another city",
    summary="A street in another European city that would repeat what is being tested in rue des Capucins, openly and "
    "with the same measurements.",
    description="One street proves little. We are looking for cities, labs and companies who would heat a street of "
    "their own with a source nobody uses, measure it the way we do, and publish what comes out, good or bad.\n\n"
    "There is no money in this call. There is a protocol, a year of readings, and people who will answer the phone.",
    criteria=[
        Criterion(id="comparable", name="Could the results be compared?", weight=2),
        Criterion(id="openness", name="Would everything be published?", weight=1),
    ],
    themes=["energy"],
    territories=["europe"],
)

NEXT = CallIn(
    kind=CallKind.PROJECTS,
    title="Une école qui rend la fraîcheur à son quartier",
    summary="Brouillon : une cour, un préau et l’eau de pluie.",
    themes=["public-space", "water"],
    territories=["lyon"],
)

PROPOSAL = {
    "title": "La rue des Capucins à 45 degrés",
    "summary": "Quarante logements d’avant-guerre chauffés par l’eau d’une ancienne station de relevage, sans changer "
    "les radiateurs.",
    "proposal": "La station des Capucins relève encore 22 m³ d’eau de nappe par heure, à 14 °C, que personne "
    "n’utilise. Nous y installons une pompe à chaleur de 190 kW et un ballon, et raccordons quatre immeubles, soit "
    "quarante logements, par la cave.\n\n"
    "Les radiateurs restent. L’eau y part à 45 °C au lieu de 70 : cela suffit tant qu’il fait plus de 2 °C dehors, à "
    "condition d’équilibrer les colonnes. Au-dessous, la chaudière d’immeuble complète, et nous comptons chaque "
    "kilowattheure qu’elle donne.\n\n"
    "Deux locataires par immeuble ont accès au tableau de bord et peuvent arrêter l’essai chez eux.",
    "testing": "Si l’on peut chauffer des logements de 1910 à 45 °C les trois quarts de l’hiver. Seuil d’échec "
    "annoncé : moins de 60 % de la chaleur fournie par la nappe, ou plus de deux jours sous 19 °C dans un logement.",
    "place": "Rue des Capucins, du 3 au 17",
    "themes": ["energy"],
    "territories": ["lyon"],
}

ACCEPTED = (
    "Un seuil d’échec annoncé, des radiateurs ordinaires, des locataires qui peuvent dire stop : c’est l’essai que "
    "nous cherchions. Nous demandons un échangeur de secours, que l’expérience des Verriers a montré nécessaire."
)

REVIEW = (
    "Le dimensionnement est prudent et le débit a été mesuré, pas supposé. Je regrette l’absence d’échangeur de "
    "secours : l’encrassement viendra. Le seuil d’échec rend l’essai instructif quoi qu’il arrive."
)
SCORES = {"inhabitants": 4, "proof": 5, "feasibility": 4, "afterwards": 3}

DEMONSTRATOR = DemonstratorEditIn(
    title="La rue des Capucins à 45 degrés",
    summary="Depuis le 5 octobre 2026, quarante logements d’une rue ordinaire se chauffent avec l’eau d’une ancienne "
    "station de relevage.",
    tested="Peut-on chauffer des immeubles de 1910 avec une eau à 45 °C, sans changer leurs radiateurs ? Une pompe à "
    "chaleur de 190 kW tire sa chaleur d’une eau de nappe à 14 °C, relevée jour et nuit pour garder les caves au "
    "sec.\n\n"
    "L’essai a échoué si la nappe fournit moins de 60 % de la chaleur de l’hiver, ou si un logement passe plus de deux "
    "jours sous 19 °C. Les relevés sont publics, mois après mois.",
    place="Rue des Capucins, du 3 au 17",
    themes=["energy"],
    territories=["lyon"],
    partners=["Régie de chaleur des Verriers", "Laboratoire Ville et sous-sol", "Syndic du 9, rue des Capucins"],
    until=date(2027, 4, 30),
)

RESULTS = (
    ResultIn(
        on=date(2026, 10, 5),
        text="Mise en chauffe. Trente-quatre logements sur quarante sont raccordés ; six attendent une vanne.",
        measure="Logements raccordés",
        value=34,
    ),
    ResultIn(
        on=date(2026, 10, 31),
        text="Premier mois. Deux colonnes étaient mal équilibrées : le 13 a eu froid quatre soirs, jamais sous 19 °C. "
        "C’est réparé, et les quarante logements sont raccordés.",
        measure="Chaleur fournie par la nappe",
        value=91,
        unit="%",
    ),
    ResultIn(
        on=date(2026, 11, 20),
        text="La première vague de froid a tenu trois jours à −1 °C. La chaudière a donné un cinquième de la chaleur "
        "pendant ces trois jours. Depuis la mise en chauffe, la nappe en a fourni 84 %.",
        measure="Chaleur fournie par la nappe",
        value=84,
        unit="%",
    ),
)


def draft(organization: object, **more: object) -> ApplicationIn:
    """The start-up's application."""
    return ApplicationIn.model_validate({**PROPOSAL, "organization": organization, **more})


SHADE_DRAFT = {
    "title": "Des mâts d’ombre qui se déplacent avec le soleil",
    "summary": "Brouillon : une toile, trois mâts, et un été de mesures au sol.",
    "proposal": "Nous avons mesuré deux étés de suite ce que l’ombre change à un mètre du sol…",
    "testing": "",
    "place": "Place des Verriers",
    "themes": ["public-space"],
    "territories": ["lyon"],
}

SHADE_PROPOSAL = {
    "title": "Rafraîchir une place avec l’eau qui chauffe la rue",
    "summary": "La même eau de nappe, l’été, dans un banc de pierre : deux degrés de moins à hauteur d’enfant.",
    "proposal": "L’hiver, l’eau de la station des Capucins chauffe quarante logements. L’été, elle ne sert à rien. "
    "Nous proposons de la faire passer dans les bancs de la place voisine : de la pierre à 17 °C, sans brume et sans "
    "ventilateur, pour le prix d’une petite pompe.",
    "testing": "La température ressentie à un mètre du sol, avec et sans, les dix jours les plus chauds.",
    "place": "Place Croix-Paquet",
    "themes": ["public-space", "water"],
    "territories": ["lyon"],
}
