"""False, but only in a corner: the union bound exceeds the error of the square {±1}² by at most 5 % from r = 1.3 on.

The bound is 2Φ(−r) and the error 1 − Φ(r)², so the ratio is 2/(1 + Φ(r)): above 1.05 until r = 1.31.  The file says
that it expects ``refuted``; branch and bound returns a counterexample that balls certify.
"""

from fsq_theory.claims.normal import Phi
from fsq_theory.claims.statement import Claim
from fsq_theory.claims.variables import Real


def claim() -> Claim:
    """2Φ(−r) ≤ 1.05 (1 − Φ(r)²) for r in [1.3, 8]."""
    r = Real("r", 1.3, 8)
    return Claim(
        2 * Phi(-r),
        "<=",
        1.05 * (1 - Phi(r) ** 2),
        where=r,
        title="the union bound exceeds the error of the square by at most 5 %",
        expect="refuted",
    )
