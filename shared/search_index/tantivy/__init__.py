"""The parts of the index on tantivy: words, queries, schema, matching, order, highlighting, generations."""
