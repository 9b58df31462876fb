"""What the platform does in a second, each number beside its limit on the same machine in the same run.

``python -m tests.bench`` (``make bench``) prints the table, ``--write`` keeps it in docs/measurements.md,
``--quick`` is a short round that proves the bench itself still works. Nothing here passes or fails by time.

The platform is ``demain run`` in a process of its own on a fresh data folder, and this process is the load.
A measure is a module of `tests.bench.measures` with ``rows(bench)``; adding one is one place in
`tests.bench.__main__.MEASURES`.
"""
