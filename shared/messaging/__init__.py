"""What services tell each other: messages, the outbox they are written to, the log they travel on.

A command writes rows and messages in one transaction (``outbox``); the ``relay`` moves messages to the
``log``; a ``consumer`` applies each of them once in effect, and parks what it cannot apply (``parking``).
"""
