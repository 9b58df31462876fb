"""Accounts: who people are, how they prove it, and what they may be.

Owns: accounts (e-mail, password hash, profile), the roles granted to them, sign-ins with their refresh tokens, mails
that wait to be sent and the tokens of their links, attempts that are slowed, and the keys that sign access tokens.
Identity is the only issuer the services trust.

Tells: ``demain.identity.people`` (state): the display name of a person, and that a person is to be forgotten.
E-mail addresses and roles never leave it on the log; roles travel in signed access tokens.

Listens to: nobody.
"""
