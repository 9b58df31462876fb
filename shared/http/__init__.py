"""HTTP as every service speaks it: problems, paging, preconditions, idempotency, access, one commit point."""
