"""Every change, by aggregate: one function, one transaction, its messages. Commands never commit."""
