"""How far FSQ is at most from the most accurate codebook of its box and size.

Statement.  For every codebook E of K = L^n codes in [−1, 1]^n and every integrable m ≥ 0,

    A(E, r) ≤ (1/K) ∫ m + sup_{e in box} ∫ (φ_n(y − re) − m(y))⁺ dy,

and with m of product form this keeps the best A, at every r, within 0.0012, 0.0026, 0.0044, 0.0089, 0.0127, 0.0182,
0.024, 0.0296 and 0.0361 of FSQ's in base 2 at n = 2 … 10, and in base 3 within 0.0033, 0.0084, 0.0164 and 0.0255 at n =
2 … 5 and 0.0603 at n = 8.

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
    " centre, and that accuracies are nearly convex in r; the same for other bases and for the tables in use, with the"
    " best codebooks found by search on the other side"
)
