"""Where a moved token, or a code with accuracy 1, beats bits by exponents in the dimension.

Statement.  In base 2 the accuracy Φ(r)^n and the loss Λ of a dropped corner decay as Φ(r)^n up to a power of n.  A new
token with a share f of zeros gains G with exponent

    E(f) = sup_θ [f a(θ) + (1 − f) b(θ)],    a(θ) = −log E e^{−θ(r|Z| − r²/2)},    b(θ) = −log E e^{−2θr(−(r + Z))⁺},

and min_f E(f) < −log Φ(r) at every r > 0: G/Λ grows exponentially in n.  And where the capacity of the scalar channel
with amplitude at most r exceeds log L nats, there are codebooks of L^n tokens in the box with A → 1 as n → ∞ while
FSQ's A → 0.

Assumptions.  Equal priors, noise N(0, I_n), MAP decisions, ‖e‖_∞ ≤ 1.

Remarks.  At r = 0.5, E(f) is least at f ≈ 0.0285, 0.33815 against 0.36895.  That FSQ is beaten at every r once n is
large is proved without exponents (accuracy_fails_at_every_noise_level.py).
"""

from __future__ import annotations

CLAIM = "accuracy-exponents"
SOURCE = "this project"
CONCLUDES = "open"
NEEDS = (
    "Cramér's theorem for G with its lower bound [DZ98]; the sign of min_f E(f) + log Φ(r) at every r, by its"
    " slope at f = 0 or by enclosures; the channel coding theorem under an amplitude constraint, and an enclosure"
    " of the capacity"
)
