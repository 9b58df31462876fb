"""Every read, by aggregate. Lists select columns, not entities, and ask for all names at once."""
