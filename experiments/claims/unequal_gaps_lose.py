"""True, and not decided at the budget given: unequal gaps between three levels lose accuracy (Jensen's inequality).

With gaps 2a and 2b, in units of noise, 3A = 1 + (2Φ(a) − 1) + (2Φ(b) − 1), and Φ is concave on the positive axis.  On
the line a = b both sides are equal, so however small the boxes, those around it stay undecided.  No counterexample is
found either, and the claim comes out *supported*: the evidence says how much of the domain is left.
"""

from fsq_theory.claims.normal import Phi
from fsq_theory.claims.statement import Claim
from fsq_theory.claims.variables import Real


def claim() -> Claim:
    """Φ(a) + Φ(b) ≤ 2Φ((a + b)/2) for a, b in [0, 4]."""
    a, b = Real("a", 0, 4), Real("b", 0, 4)
    return Claim(
        Phi(a) + Phi(b), "<=", 2 * Phi((a + b) / 2), where=(a, b), title="equal gaps between three levels are best"
    )
