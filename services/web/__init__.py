"""The site: pages rendered on the server over the other services' HTTP APIs.

It owns the sessions of browsers (`tables.SiteSession`) and nothing else. It tells nothing on the log and
listens to nothing. What it shows is laid in `sections`: each folder there brings routes, navigation and
blocks for shared pages, and is found by itself, so that a service gets its pages without touching others'.
"""
