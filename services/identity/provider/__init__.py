"""The OpenID provider: what Authlib's server classes ask of us, and what they answer over HTTP.

Authlib is written for blocking code. Its classes run in a greenlet of the request's own session
(`AsyncSession.run_sync`) and await our commands from there (`await_only`): one pool, one driver, one implementation
of every rule (ADR 19).
"""
