"""A real browser, and what tests look at with it."""
