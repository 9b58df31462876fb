"""A small service of the tests' own: it owns bulletins, tells their states, and has one route for every way to fail."""
