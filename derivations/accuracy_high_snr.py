"""The error at high SNR: its exponent is the smallest distance, its prefactor the number of nearest neighbours.

Statement.  Let the K codes be distinct, with equal priors, d their smallest distance, κ the mean number of neighbours
at that distance and d' > d the next distance that occurs.  With P = Φ(−r d/2), for every r > 0

    κ P (1 − ½ κ_max e^{−r² d²/24})  ≤  1 − A  ≤  P (κ + (K − 1) e^{−r² (d'² − d²)/8}),

κ_max being the largest number of neighbours of a token.  Hence, as r → ∞,

    (1 − A)/Φ(−r d/2) → κ    and    −log(1 − A)/r² → d²/8.

Assumptions.  K ≥ 2.  Where all distances are equal the second term above is absent.

Proof.  (1) For x, s ≥ 0, Φ(−x − s) = ∫_0^∞ φ(x + z + s) dz ≤ e^{−xs − s²/2} Φ(−x); in terms of a = x/r and b = (x +
s)/r it says Φ(−rb) ≤ e^{−r² (b² − a²)/2} Φ(−ra).  Above: the union bound (derivations/union_kl.py) is (1/K) Σ_k Σ_{j≠k}
Φ(−r d_kj/2); the pairs at distance d add to κ P, the others are each at most Φ(−r d'/2), and (2) is their factor.
Below: Bonferroni's bound (derivations/pairwise_lower_bounds.py) over the κ_k nearest neighbours of token k gives κ_k P
− Σ_{i<j} P(B_i ∩ B_j), where B_j = {W_j > r d/2}.  (3) Neighbours i and j of k are at least d apart, so the correlation
ρ of W_i and W_j is at most ½.  (4) In B_i ∩ B_j, W_i + W_j > r d; its variance is 2 + 2ρ ≤ 3, so P(B_i ∩ B_j) ≤ Φ(−r
d/√3), which by (5a) is at most e^{−r² d²/24} P.  There are κ_k (κ_k − 1)/2 ≤ ½ κ_max κ_k pairs (5b); the mean over k is
the lower bound.  Both bounds divided by P tend to κ.  (6) Finally ½ e^{−x²/2} ≥ Φ(−x) ≥ φ(x + 1), by (1) from 0 and as
φ decreases on [x, x + 1]; so −log Φ(−x)/x² → ½, and (½)(d/2)² = d²/8.  (7) Numerical cross-checks of the library's
accuracies.

Remarks.  With unequal priors the exponent is the same; the prefactor is not, since thresholds move by log(π_k/π_j)/(r
d).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import sympy as sp

from fsq_theory.claims.algebra import grows_from, identity, inequality
from fsq_theory.claims.derivation import run_as_script
from fsq_theory.claims.lemma import lemma
from fsq_theory.claims.normal import explicit, phi
from fsq_theory.claims.numbers import agreement, at_most
from fsq_theory.claims.step import Step

CLAIM = "accuracy-high-snr"
SOURCE = "this project"
CONCLUDES = "proved"
WRONG = {
    "the exponent d²/6": {"exponent": sp.Rational(1, 6)},
    "pairs that fall off as e^{−r² d²/20}": {"pairs": sp.Rational(1, 20)},
    "a correlation of at most 1/3 between neighbours": {"correlation": sp.Rational(1, 3)},
    "1 − ¼ κ_max e^{−r² d²/24} below": {"share": sp.Rational(1, 4)},
}

r, d = sp.symbols("r d", positive=True)
x, s, z, more = sp.symbols("x s z m", nonnegative=True)
HALF, EIGHTH = sp.Rational(1, 2), sp.Rational(1, 8)


def derive(
    exponent: Any = EIGHTH, pairs: Any = EIGHTH / 3, correlation: Any = HALF, share: Any = HALF
) -> Iterator[Step]:
    """The steps of the proof.

    Args:
        exponent: the limit of −log(1 − A)/(r d)²; the statement has 1/8.
        pairs: the constant before r² d² in the share of overlaps; the statement has 1/24.
        correlation: the largest correlation of two neighbours; the statement has ½.
        share: the constant before κ_max; the statement has ½.
    """
    yield lemma(
        "The union bound",
        "1 − A ≤ (1/K) Σ_k Σ_{j≠k} Φ(−r d_kj/2)",
        claim="union-kl",
    )
    yield lemma(
        "Bonferroni's bound",
        "1 − A ≥ (1/K) Σ_k [Σ_j P(B_j) − Σ_{i<j} P(B_i ∩ B_j)], j over any tokens but k, where B_j = {W_j > r d_kj/2} "
        "and W_i, W_j are standard normal with correlation (d_ki² + d_kj² − d_ij²)/(2 d_ki d_kj)",
        claim="pairwise-lower-bounds",
    )
    yield identity(
        "1a. shifted density",
        "φ(x + z + s) = e^{−xs − s²/2} e^{−zs} φ(x + z), z ≥ 0",
        explicit(phi(x + z + s)),
        sp.exp(-x * s - s**2 / 2) * sp.exp(-z * s) * explicit(phi(x + z)),
    )
    yield grows_from("1b. factor", "e^{−zs} ≤ 1 for zs ≥ 0", 1 - sp.exp(-z), z, 0)
    a, b = sp.symbols("a b", positive=True)

    def drop(a: Any, b: Any) -> Any:
        """The exponent of Φ(−rb)/Φ(−ra): xs + s²/2 at x = ra, s = r(b − a)."""
        return sp.expand((x * s + s**2 / 2).subs({x: r * a, s: r * (b - a)}, simultaneous=True))

    yield identity("1c. exponent", "xs + s²/2 = r² (b² − a²)/2", drop(a, b), r**2 * (b**2 - a**2) / 2)
    far = sp.sqrt(d**2 + b)
    yield identity("2. farther pairs", "r² (d'² − d²)/8 for a = d/2, b = d'/2", drop(d / 2, far / 2), r**2 * b / 8)
    rho = (d**2 + d**2 - (d**2 + more)) / (2 * d**2)
    yield inequality(
        "3. two neighbours",
        "ρ = (d² + d² − d_ij²)/(2d²) ≤ ½ for d_ij² = d² + m ≥ d²",
        rho,
        correlation,
        because=more / (2 * d**2),
    )
    yield identity("4. variance", "2 + 2ρ = 3 at ρ = ½, so that r d/√(2 + 2ρ) ≥ r d/√3", 2 + 2 * correlation, 3)
    yield identity("5a. overlaps", "r² d²/24 for a = d/2, b = d/√3", drop(d / 2, d / sp.sqrt(3)), pairs * r**2 * d**2)
    kept, rest = sp.symbols("kappa_k q", nonnegative=True)
    yield inequality(
        "5b. pairs",
        "κ_k (κ_k − 1)/2 ≤ ½ κ_max κ_k for κ_max = κ_k + q, q ≥ 0",
        kept * (kept - 1) / 2,
        share * (kept + rest) * kept,
        because=kept * (rest + 1) / 2,
    )
    u = 1 / (1 + more)
    yield inequality(
        "6a. density on [x, x + 1]",
        "(x + u)² ≤ (x + 1)² for u = 1/(1 + m), m ≥ 0",
        (x + u) ** 2,
        (x + 1) ** 2,
        because=(1 - u) * (2 * x + 1 + u),
    )
    X = sp.Symbol("x", positive=True)
    above, below = -sp.log(sp.exp(-(X**2) / 2) / 2), -sp.expand_log(sp.log(explicit(phi(X + 1))))
    yield identity("6b. rate from above", "−log(½ e^{−x²/2})/x² → ½", sp.Limit(above / X**2, X, sp.oo), HALF)
    yield identity("6c. rate from below", "−log φ(x + 1)/x² → ½", sp.Limit(below / X**2, X, sp.oo), HALF)
    yield identity("6d. exponent", "½ (d/2)² = d²/8", HALF * (d / 2) ** 2, exponent * d**2)
    yield from cross_checks(float(exponent))


def cross_checks(exponent: float) -> Iterator[Step]:
    """Errors in closed form between the two bounds, and their logarithm at high SNR."""
    import numpy as np
    from scipy.special import log_ndtr

    from fsq_theory.codebooks.spec import codebook
    from fsq_theory.denoiser.accuracy.accuracy import accuracy

    for spec, rate in (("fsq:8,5", 25.0), ("psk:8", 8.0), ("fsq:5,5", 16.0)):
        points = np.array(codebook(spec).points)
        square = ((points[:, None] - points[None]) ** 2).sum(axis=2) + np.diag(np.full(len(points), np.inf))
        least = square.min()
        nearest = square <= least * (1 + 1e-9)
        following = square[np.isfinite(square) & ~nearest].min()
        kissing, most = nearest.sum(axis=1).mean(), nearest.sum(axis=1).max()
        tail = float(np.exp(log_ndtr(-rate * np.sqrt(least) / 2)))
        low = kissing * tail * (1 - most / 2 * np.exp(-(rate**2) * least / 24))
        high = tail * (kissing + (len(points) - 1) * np.exp(-(rate**2) * (following - least) / 8))
        error = float(accuracy(spec, rate).error)
        yield at_most(f"7a. {spec}, r = {rate:g}", "lower bound ≤ 1 − A", float(low), error)
        yield at_most(f"7b. {spec}, r = {rate:g}", "1 − A ≤ upper bound", error, float(high))
    for spec, smallest in (("fsq:3^8", 1.0), ("fsq:8,5,5,5", 2 / 7), ("onehot:256", np.sqrt(2))):
        rate = 1000 / smallest
        found = -float(accuracy(spec, rate).log_error) / rate**2
        # log(κ Φ(−500)) differs from −500²/2 by log(500 √(2π)/κ) < 8, which is 6.4e-5 of it.
        yield agreement(f"7c. {spec}, r d = 1000", "−log(1 − A)/r² = d²/8", found, exponent * smallest**2, 6.4e-5)


if __name__ == "__main__":
    sys.exit(run_as_script(__file__))
