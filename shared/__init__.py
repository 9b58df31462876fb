"""What services share: contracts, clients, messaging, storage, HTTP, the runtime. Never imports a service."""
