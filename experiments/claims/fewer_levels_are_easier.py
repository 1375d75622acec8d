"""True: two levels on [−1, 1] are told apart at least as well as three, at every noise level.

The accuracy of {−1, 1} is Φ(r), that of {−1, 0, 1} is (4Φ(r/2) − 1)/3.  Both are plain functions of r, so branch and
bound in ball arithmetic covers the interval and the claim comes out *certified*.
"""

from fsq_theory.claims.normal import Phi
from fsq_theory.claims.statement import Claim
from fsq_theory.claims.variables import Real


def claim() -> Claim:
    """Φ(r) ≥ (4Φ(r/2) − 1)/3 for r in [0.1, 8]."""
    r = Real("r", 0.1, 8)
    return Claim(
        Phi(r), ">=", (4 * Phi(r / 2) - 1) / 3, where=r, title="two levels are told apart at least as well as three"
    )
