"""Every change, by aggregate. Locks are taken in this order: organization, call, application, what hangs below."""
