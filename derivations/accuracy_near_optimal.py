"""How far FSQ is at most from the most accurate codebook of its box and size.

Statement.  For every codebook E of K = L^n codes in [−1, 1]^n and every integrable m ≥ 0,

    A(E, r) ≤ (1/K) ∫ m + sup_{e in box} ∫ (φ_n(y − re) − m(y))⁺ dy,

and with m of product form this keeps the best A within 0.007 of FSQ's in base 2 at n = 4, r = 1.5 … 2.5, and within
0.03 at n = 8 at every r.

Assumptions.  Equal priors, noise N(0, I_n), MAP decisions, ‖e‖_∞ ≤ 1.

Remarks.  The bound itself is proved (dual_bound.py).  At low SNR accuracy_low_snr.py has a bound at every n, L and r:
log A(E) − log A(FSQ) ≤ n r³ √(2/π)/(6(L − 1)²).
"""

from __future__ import annotations

CLAIM = "accuracy-near-optimal"
SOURCE = "this project"
CONCLUDES = "open"
NEEDS = (
    "the supremum over e enclosed rigorously, by symmetry and bounds on its derivatives; m optimised, and its"
    " integral enclosed; the same for bases 3 and more and for the tables in use, with the best codebooks found by"
    " search on the other side"
)
