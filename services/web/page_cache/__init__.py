"""Public pages for anonymous readers, kept as ready bytes until what they show changes.

`layer` answers a request from what is kept, or lets the page be made while a `recording` notes what it is made of:
the tags of everything the clients answered (`tags`) and the next instant at which it changes by itself
(`services.web.clock`). `store` keeps it, if nothing of that was dropped meanwhile; `following` hears the log and drops.
"""
