"""The Optimal Accuracy Hypothesis of [P26], as we understand it: FSQ maximises accuracy among codebooks in the box.

For every FSQ codebook F, every codebook E of as many tokens in as many dimensions with all ‖e‖_∞ ≤ 1, and every noise
level, A(E, r) ≤ A(F, r).  Small F are looked at here: all of base 2 up to six dimensions, and a few of larger bases.

What would break it is not said: E is any codebook.  The counterexample that is found concerns rare errors, where A is
close to 1, so it is told by the error 1 − A; it does not make FSQ a bad codebook.
"""

from fsq_theory.claims.quantities import accuracy
from fsq_theory.claims.statement import Claim
from fsq_theory.claims.variables import Codebooks, Real, Specs

REFERENCES = [*(f"fsq:2^{n}" for n in range(1, 7)), "fsq:3^1", "fsq:3^2", "fsq:3^3", "fsq:4^2", "fsq:5^2"]


def claim() -> Claim:
    """A(E, r) ≤ A(F, r)."""
    F = Specs("F", REFERENCES)
    E = Codebooks("E", like=F, constraint="linf")
    r = Real("r", 0.1, 8)
    return Claim(
        accuracy(E, r),
        "<=",
        accuracy(F, r),
        where=(F, E, r),
        title="no codebook of as many tokens in the box is more accurate than FSQ",
        expect="refuted",
    )
