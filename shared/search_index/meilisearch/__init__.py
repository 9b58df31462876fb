"""The parts of the index on Meilisearch: the server, fields, filters, what was meant, similarity, generations, keys."""
