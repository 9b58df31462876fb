"""One module per kind of entity; each has ``ENTITY = Entity(...)``. See `services.search.entity`."""
