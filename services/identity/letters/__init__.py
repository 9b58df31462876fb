"""The mails identity writes: which there are, asking for one, writing it from its template, sending it.

A mail is asked for in the transaction of what it is about (`request`), and written and sent after the commit by
the `postman`. What a template says in plain text is what the HTML says: it has no text of its own.
"""
