"""A service that hears everything that is told, with the platform's own consumer, and writes a row each time."""
