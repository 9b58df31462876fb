"""The search index: a port (`port`), its adapters, and what they share. Only wiring imports an adapter."""
