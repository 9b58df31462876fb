"""The other OpenID provider through which people may come in (``OIDC_ISSUER``): identity is a client of it.

It says who somebody is; whom that is here is `commands/federation.py`'s business. Services never see its tokens:
identity stays the only issuer they trust (ADR 30).
"""
