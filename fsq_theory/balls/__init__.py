"""Rigorous arithmetic: enclosures that contain the truth, rounding and truncation included, by Arb [J17].

Modules here load python-flint, which ``import fsq_theory`` does not; import them where they are needed.
"""
