"""The search service: everything public, found.

Owns the projection of what others may be shown (section 5 of the architecture) and the index made from it; both
can be thrown away and made again. Tells nothing. Listens to the state topics of every kind of entity in
`services.search.entities`, and of those whose names are shown with them. A further kind of entity is one more
module there; nothing else names it.
"""
