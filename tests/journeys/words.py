"""What the journeys look for on screen, in the two languages of the site."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """Names of links, buttons and fields as people see them."""

    prefix: str
    sign_in: str
    email: str
    password: str
    signed_in: str
    write: str
    title: str
    summary: str
    study: str
    body: str
    energy: str
    mobility: str
    territory: str
    see_preview: str
    preview: str
    save: str
    saved: str
    save_and_submit: str
    submit: str
    submitted: str
    queue: str
    publish: str
    publish_now: str
    published: str
    space: str
    withdraw: str
    why: str
    withdraw_for_good: str
    withdrawn: str
    withdrawn_page: str
    reason_given: str
    search: str
    refine: str
    apply: str


FRENCH = Words(
    prefix="",
    sign_in="Se connecter",
    email="Adresse e-mail",
    password="Mot de passe",
    signed_in="Connexion réussie",
    write="Écrire une contribution",
    title="Titre",
    summary="Chapeau",
    study="Étude",
    body="Texte",
    energy="Énergie",
    mobility="Mobilité",
    territory="Nantes",
    see_preview="Voir l’aperçu",
    preview="Aperçu",
    save="Enregistrer le brouillon",
    saved="Enregistré.",
    save_and_submit="Enregistrer et soumettre…",
    submit="Soumettre",
    submitted="Texte soumis.",
    queue="Relecture",
    publish="Publier",
    publish_now="Publier maintenant",
    published="Texte publié.",
    space="Mon espace",
    withdraw="Retirer",
    why="Pourquoi ? Ce motif sera public.",
    withdraw_for_good="Retirer définitivement",
    withdrawn="Texte retiré.",
    withdrawn_page="Contribution retirée",
    reason_given="Motif du retrait",
    search="Chercher",
    refine="Affiner",
    apply="Appliquer les filtres",
)

ENGLISH = Words(
    prefix="/en",
    sign_in="Sign in",
    email="E-mail address",
    password="Password",
    signed_in="You are signed in",
    write="Write a contribution",
    title="Title",
    summary="Standfirst",
    study="Study",
    body="Text",
    energy="Energy",
    mobility="Mobility",
    territory="Nantes",
    see_preview="Preview",
    preview="Preview",
    save="Save the draft",
    saved="Saved.",
    save_and_submit="Save and submit…",
    submit="Submit",
    submitted="Text submitted.",
    queue="Review",
    publish="Publish",
    publish_now="Publish now",
    published="Text published.",
    space="My space",
    withdraw="Withdraw",
    why="Why? This reason will be public.",
    withdraw_for_good="Withdraw for good",
    withdrawn="Text withdrawn.",
    withdrawn_page="Withdrawn contribution",
    reason_given="Reason for the withdrawal",
    search="Search",
    refine="Refine",
    apply="Apply the filters",
)
