"""Who is asking: principals, the verification of their tokens, and what roles there are."""
