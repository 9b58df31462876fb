"""Contributions: what experts and citizens write, its editorial life, and the themes and territories it is about.

Owns contributions with their history, themes, territories.
Tells ``demain.contributions.contributions``, ``….themes``, ``….territories``.
Listens to ``demain.identity.people``, for the names of authors.
"""
