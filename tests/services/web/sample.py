"""A forum one can look at."""

# ruff: noqa: E501 - prose

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.services.web.neighbours import World

BODY = """Depuis trois hivers, les pompes d’exhaure d’une station de métro chauffent **420 logements** et une piscine. L’eau y arrive à 14 °C toute l’année ; il en sort 31 % de gaz en moins que prévu. Ce texte raconte ce qui a marché, ce qui n’a pas marché, et ce que nous ferions autrement.

## Ce que nous avons mesuré

Chaque bâtiment porte un compteur, relevé toutes les dix minutes : 4 730 000 mesures en tout, publiées avec ce texte. Les deux premiers mois sont à part, le réglage des échangeurs n’était pas fini.

| Hiver | Logements | Gaz évité |
|---|---|---|
| 2023-2024 | 180 | 22 % |
| 2024-2025 | 420 | 31 % |
| 2025-2026 | 420 | 33 % |

> La chaleur était là depuis 1974. Personne ne l’avait cherchée.

## Ce qui ne se remplace pas

Par grand froid, en dessous de −5 °C, la boucle ne suffit plus. Trois pistes restent ouvertes :

- un stockage saisonnier sous le parc ;
- une seconde prise d’eau, à 900 mètres ;
- accepter 18 °C dans les cages d’escalier.

Faut-il pour autant renoncer ? « Non », répondent les habitants interrogés : le quartier consomme moins, et le bruit des chaudières a disparu."""


def sample(world: World) -> World:
    """A forum one can look at."""
    lab = world.account("labo@demain.example", "Laboratoire Chaleur urbaine", "expert")
    ines = world.account("ines@demain.example", "Inès Moreau", "expert")
    world.account("redaction@demain.example", "Camille Roux", "editor")
    world.account("citoyen@demain.example", "Sacha Petit")
    day = timedelta(days=1)
    world.write(
        lab,
        "Chauffer un quartier avec l’eau de son métro",
        kind="study",
        body=BODY * 3,
        summary="Trois hivers de mesures dans un quartier pilote montrent ce que la chaleur fatale peut remplacer, et ce qu’elle ne remplacera pas.",
        themes=["energy", "housing"],
        territories=["lyon"],
        age=8 * day,
    )
    world.write(
        ines,
        "Ce que coûte vraiment un logement vide",
        kind="note",
        themes=["housing"],
        territories=["roubaix"],
        age=10 * day,
        body=BODY,
        summary="Une adresse sur onze est vide à Roubaix : taxe, entretien, voisinage, le compte n’y est pas.",
    )
    world.write(
        ines,
        "« Une place se juge à ceux qui s’y assoient »",
        kind="interview",
        themes=["public-space"],
        territories=["nantes"],
        age=14 * day,
        body=BODY,
        summary="Paysagiste, elle compte les bancs avant les arbres.",
    )
    world.write(
        lab,
        "Le jumeau numérique n’est pas la ville",
        kind="op_ed",
        themes=["digital", "governance"],
        age=21 * day,
        body=BODY,
        summary="Une maquette qui ne sait pas ce qu’elle ignore décide mal.",
    )
    world.write(
        ines,
        "Mobilité : faut-il rendre les transports gratuits le week-end ?",
        kind="note",
        themes=["mobility"],
        territories=["grenoble", "lyon"],
        age=30 * day,
        body=BODY,
        summary="Ce que disent quatre villes qui l’ont fait, énergie et fréquentation comprises.",
    )
    world.write(
        lab,
        "Who should see the data of a water network?",
        kind="study",
        language="en",
        themes=["water", "digital"],
        age=40 * day,
        body=BODY,
        summary="Leaks are public business. Consumption is not. Between the two lies a choice.",
    )
    world.write(
        ines,
        "Des façades qui rendent l’eau du matin",
        kind="idea",
        themes=["water", "energy"],
        territories=["nantes"],
        age=400 * day,
        body=BODY,
        summary="La rosée d’un mur de tôle suffit à un rang d’arbres.",
    )
    world.write(
        ines,
        "Un banc tous les deux cents mètres",
        kind="idea",
        themes=["public-space", "mobility"],
        territories=["lyon"],
        age=420 * day,
        body=BODY,
        summary="Marcher, c’est aussi pouvoir s’arrêter.",
    )
    world.write(
        ines,
        "La rue aux enfants, le jeudi",
        kind="idea",
        state="draft",
        themes=["public-space"],
        age=1 * day,
        body=BODY,
    )
    back = world.write(
        ines,
        "Dessiner la ville à hauteur d’enfant",
        kind="note",
        state="changes_requested",
        themes=["public-space"],
        age=2 * day,
        body=BODY,
    )
    world.steps[back.id] = [
        {"at": datetime.now(UTC) - 9 * day, "action": "submit", "reason": None},
        {
            "at": datetime.now(UTC) - 2 * day,
            "action": "return",
            "reason": "Il manque la source du deuxième tableau ; le reste est prêt.",
        },
    ]
    world.write(
        ines,
        "Récupérer la chaleur des lavoirs",
        kind="note",
        state="submitted",
        themes=["energy"],
        territories=["grenoble"],
        age=8 * day,
        body=BODY,
        summary="Quatre lavoirs, une chaudière, un calcul simple.",
    )
    world.write(
        ines,
        "Péage inversé : payer ceux qui ne roulent pas",
        kind="op_ed",
        state="withdrawn",
        themes=["mobility"],
        age=60 * day,
        body=BODY,
        reason="Les chiffres de la deuxième partie étaient faux ; une version corrigée est en préparation.",
    )
    return world
