"""A visible, rebuildable picture of other services' entities (section 5 of the architecture).

Parent and child come over different topics in any order, so every entity heard of is kept, and one is shown
only if it *and every ancestor* is known and visible. References never decide visibility.
"""
