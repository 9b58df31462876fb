"""Every read, one module for each aggregate. Lists select columns, not entities, and ask for all names at once."""
