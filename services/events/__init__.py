"""Events: forums, their rooms and sessions, who comes, and the schedule in the formats of others.

Owns forums, rooms, sessions, registrations.
Tells ``demain.events.forums`` and ``….sessions``: what was published, cancelled or not; never a draft, never who comes.
Listens to ``demain.identity.people``, for the names of speakers, and to ``demain.contributions.themes`` and
``….territories``, for the labels a forum may have.
"""
