"""Certificates: statements that were found in minutes and are checked in seconds, by ball arithmetic alone.

A certificate is a small JSON file: the statement in words, its kind, parameters and grids as exact decimals, and the
enclosures that decide it.  The checker takes the parameters, computes every enclosure again, and compares.
"""
