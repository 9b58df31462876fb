"""Typed HTTP clients, one module per owner, checked against the OpenAPI of the service they speak to."""
