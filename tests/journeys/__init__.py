"""Demain as people use it: a real browser on a real `demain run`."""
