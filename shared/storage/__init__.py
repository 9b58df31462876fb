"""Where data lives: the database, embedded PostgreSQL, migrations, locks and files."""
