"""What services tell each other: one module per owner, versioned, golden examples kept in ``tests/golden``."""
