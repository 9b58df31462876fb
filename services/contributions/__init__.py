"""Contributions: what experts and citizens write, its editorial life, debates, themes and territories.

Owns contributions with their history, debates with their arguments and moderation, themes, territories.
Tells ``demain.contributions.contributions``, ``….debates``, ``….arguments``, ``….themes``, ``….territories``.
Listens to ``demain.identity.people``, for the names of authors.
"""
