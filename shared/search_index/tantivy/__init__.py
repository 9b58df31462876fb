"""The parts of the index on tantivy: queries, schema, matching, order, generations."""
