"""From which SNR on a single moved token beats FSQ, dimension by dimension.

Statement.  In {−1, 1}^n replace one corner by a token e' with m zeros and n − m coordinates ±1.  With Z ~ N(0, I_n), K
(A(E') − A(E)) ≥ G_m − Λ, where

    G_m = E(1 − e^Y)⁺,   Y = Σ_{i≤m} (r|Z_i| − r²/2) + Σ_{i>m} 2r (−(r + Z_i))⁺,
    Λ = E[(1 − e^{−2r min_i(Z_i + r)}); Z_i + r > 0 for all i] = ∫_0^∞ 2r e^{−2rt} Φ(r − t)^n dt.

For m = n, the origin, G_n > Λ from r ≈ 3.620 (n = 5), 2.578 (6), 2.098 (7), 1.823 (8), 1.525 (10), 1.210 (16) and
1.029 (32) on; a smaller m wins earlier in high dimension (n = 24, m = 3: r = 0.95; n = 32, m = 2: r = 0.75).  No such
swap wins for n ≤ 4.  In base 3 the point (½, …, ½) in place of the origin wins at n = 5, r = 3.6.

Assumptions.  Equal priors, noise N(0, I_n), MAP decisions, ‖e‖_∞ ≤ 1.

Remarks.  That there are such n and r at all is proved (accuracy_global.py, accuracy_fails_at_every_noise_level.py);
here the crossings themselves are the claim.
"""

from __future__ import annotations

CLAIM = "accuracy-global-refuted"
SOURCE = "this project"
CONCLUDES = "open"
NEEDS = (
    "G_m and Λ in ball arithmetic on both sides of each crossing: the law of a sum of n variables on a grid,"
    " rounded down for a lower bound of G and up for an upper one, and one integral for Λ; for n ≤ 4 a bound G < Λ"
    " at every r; in base 3 the same with three terms a coordinate"
)
