"""How far FSQ is at most from the most accurate codebook of its box and size.

Statement.  For every codebook E of K = L^n codes in [−1, 1]^n and every integrable m ≥ 0,

    A(E, r) ≤ (1/K) ∫ m + sup_{e in box} ∫ (φ_n(y − re) − m(y))⁺ dy,

and with m of product form this keeps the best A, at every r, within 0.004, 0.005, 0.006, 0.010, 0.015, 0.0199 and
0.0245 of FSQ's in base 2 at n = 2 … 8, and within 0.01 and 0.0195 in base 3 at n = 2 and 4.

Assumptions.  Equal priors, noise N(0, I_n), MAP decisions, ‖e‖_∞ ≤ 1.

Remarks.  The bound itself is proved (dual_bound.py).  The numbers are those of the certificates near-optimal-*, which
`fsq-theory verify --certificates` checks.  At low SNR accuracy_low_snr.py has a bound at every n, L and r:
log A(E) − log A(FSQ) ≤ n r³ √(2/π)/(6(L − 1)²).
"""

from __future__ import annotations

CLAIM = "accuracy-near-optimal"
SOURCE = "this project"
CONCLUDES = "open"
NEEDS = (
    "the proof of what the certificates rest on, as steps: laws that dominate log φ/q, mixtures that dominate every"
    " centre, and the line between two r; the same for other bases and for the tables in use, with the best codebooks"
    " found by search on the other side"
)
