"""A platform of real processes under a steady load, to which everything happens that can: see ``__main__``."""
