"""Partners: organizations and their members, calls, applications and their reviews, partnerships, demonstrators.

Owns all of these, with the conflicts of interest between reviewers and organizations.
Tells ``demain.partners.organizations``, ``….calls``, ``….demonstrators``: what is public. Applications and reviews are
never told.
Listens to ``demain.identity.people``, for names, and to ``demain.identity.mail_domains.private``, to know who has an
address at the same domain without knowing any address.
"""
