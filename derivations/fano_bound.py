"""Fano's bound on the accuracy of codes in a box, with the capacity of the amplitude-limited channel.

Statement.  Let the codes lie in the cube [−1, 1]^n, K ≥ 2, and let P = 1 − A be the error of the MAP decision from Y =
r X_0 + Z, Z ~ N(0, I_n), or of any other.  With h(P) = −P log P − (1 − P) log(1 − P), in nats,

    H(π) − n C ≤ h(P) + P log(K − 1),      C = min{ ½ log(1 + r²),  log(1 + 2r/√(2πe)) };

and C bounds the information that one coordinate can carry, whatever the law of an input |X| ≤ 1.  Under equal priors
the right-hand side increases with P up to 1 − 1/K, so that this bounds 1 − A from below, and A ≤ (n C + log 2)/log K.

Assumptions.  r > 0 finite; the codes are any in the cube, the prior any.  In a box of widths w_i the i-th coordinate
has r w_i/2 in place of r.

Proof.  Gibbs' inequality is log u ≤ u − 1 with u = q/p (1), averaged.  Fano: (2) let q(k|y) be 1 − P for the token
decided at y and P/(K − 1) for the K − 1 others; it sums to 1, and E[−log q] = h(P) + P log(K − 1) is at least H(X_0|Y)
= H(π) − I(X_0; Y).  (3) h ≤ log 2 by Gibbs with q = ½, and the derivative of h(P) + P log(K − 1) has the sign of K(1 −
1/K − P).  With equal priors H(π) = log K and P ≤ 1 − 1/K, so that log K − n C ≤ log 2 + (1 − A) log K, of which (3d) is
the solution.  Information: by the second lemma I(X_0; Y) ≤ Σ_i [h(Y_i) − ½ log(2πe)].  Fix a coordinate, Y = x + Z
given its input x = rX, |x| ≤ r.  (4) Gibbs with q = N(0, 1 + r²): E[Y²] = x² + 1 ≤ r² + 1 for every x and so for every
law of X; hence h(Y) ≤ ½ log(2πe(1 + r²)), which is the first bound.  (5) Gibbs with a flat density between two halves
of a normal one [McK04],

    q(y) = 1/N for |y| ≤ r,    q(y) = (√(2πe)/N) φ(|y| − r) for |y| > r,    N = 2r + √(2πe):

its integral is 1, and −log q(y) = log N + ½((|y| − r)² − 1)·1{|y| > r}.  (6) Given x, the end r contributes ½ ∫_a^∞ ((z
− a)² − 1) φ(z) dz to E[−log q(Y)] − log N, with a = r − x ≥ 0, which is −½ a ∫_a^∞ (z − a) φ(z) dz ≤ 0; and so does the
other end with a = r + x.  So E[−log q(Y)] ≤ log N for every x, hence for every law of X, and h(Y) ≤ log N; log N − ½
log(2πe) = log(1 + 2r/√(2πe)).  (7) Numerical cross-checks of the library's information and accuracies.

Remarks.  The first bound is the smaller one up to r = 4√(2πe)/(2πe − 4) = 1.26, the second beyond (6e).
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
from fsq_theory.claims.numbers import at_most
from fsq_theory.claims.step import Step

CLAIM = "fano-bound"
SOURCE = "McK04 and CT06, with proofs of our own"
CONCLUDES = "proved"
WRONG = {
    "log(1 + r/√(2πe))": {"width": 1},
    "log(1 + 2r/√(4πe))": {"entropy": 4 * sp.pi * sp.E},
    "½ log(1 + 4r²/5)": {"power": sp.Rational(4, 5)},
    "log(K − 2) in place of log(K − 1)": {"rivals": 2},
    "A ≤ (n C + ½ log 2)/log K": {"bit": sp.Rational(1, 2)},
}

r, P_, K_less_1, w = sp.symbols("r P k w", positive=True)
a, b, u = sp.symbols("a b u", nonnegative=True)
y, z, x = sp.symbols("y z x", real=True)
HALF = sp.Rational(1, 2)
ENTROPY = 2 * sp.pi * sp.E


def derive(width: Any = 2, entropy: Any = ENTROPY, power: Any = 1, rivals: Any = 1, bit: Any = 1) -> Iterator[Step]:
    """The steps of the proof.

    Args:
        width: the constant before r in log(1 + 2r/√(2πe)); the statement has 2.
        entropy: what stands under the root there; the statement has 2πe.
        power: the constant before r² in ½ log(1 + r²); the statement has 1.
        rivals: the constant subtracted from K; the statement has 1.
        bit: the constant before log 2 in the bound on A; the statement has 1.
    """
    yield grows_from("1a. logarithm, u ≥ 1", "log u ≤ u − 1", w - 1 - sp.log(w), w, 1)
    yield grows_from("1b. logarithm, u ≤ 1", "log u ≤ u − 1 for u = 1/w, w ≥ 1", 1 / w - 1 + sp.log(w), w, 1)

    yield lemma(
        "Gibbs' inequality",
        "E log p(Y) ≥ E log q(Y) for Y of density (or law) p with E|log p(Y)| < ∞, and every q ≥ 0 of total at most 1",
        source="CT06",
        proof="By (1) log q − log p ≤ q/p − 1 where p > 0; the mean of the right-hand side is at most ∫q − 1 ≤ 0.",
    )
    yield lemma(
        "Information by coordinates",
        "I(X_0; Y) ≤ Σ_i [h(Y_i) − ½ log(2πe)]",
        source="CT06",
        proof="I(X_0; Y) = h(Y) − h(Y|X_0), all densities being bounded and of finite variance.  Given X_0 the "
        "coordinates of Y are independent, each of entropy ½ log(2πe) (4a); and h(Y) ≤ Σ h(Y_i) by Gibbs' inequality "
        "with q the product of the densities of the Y_i.",
    )

    kept, k = 1 - P_, K_less_1
    yield identity("2a. Fano's q", "(1 − P) + (K − 1) P/(K − 1) = 1", kept + k * P_ / (k + 1 - rivals), 1)
    fano = -P_ * sp.log(P_) - kept * sp.log(kept) + P_ * sp.log(k + 1 - rivals)
    yield identity(
        "2b. its cost",
        "−(1 − P) log(1 − P) − P log(P/(K − 1)) = h(P) + P log(K − 1)",
        -kept * sp.log(kept) - P_ * sp.log(P_ / k),
        fano,
    )
    yield identity(
        "3a. h ≤ log 2",
        "P (½/P − 1) + (1 − P)(½/(1 − P) − 1) = 0 bounds h(P) − log 2 = P log(½/P) + (1 − P) log(½/(1 − P))",
        P_ * (HALF / P_ - 1) + kept * (HALF / kept - 1),
        0,
    )
    yield identity(
        "3b. slope",
        "d/dP (h(P) + P log(K − 1)) = log(1 − P) − log P + log(K − 1)",
        sp.diff(fano, P_),
        sp.log(kept) - sp.log(P_) + sp.log(k),
    )
    yield identity(
        "3c. its sign", "(1 − P)(K − 1) − P = K (1 − 1/K − P)", kept * k - P_, (k + 1) * (1 - 1 / (k + 1) - P_)
    )

    total, solved = sp.symbols("nC", nonnegative=True), sp.Symbol("K", positive=True)
    accuracy = (total + bit * sp.log(2)) / sp.log(solved)
    yield identity(
        "3d. accuracy",
        "log K − n C = log 2 + (1 − A) log K at A = (n C + log 2)/log K",
        sp.log(solved) - total,
        sp.log(2) + (1 - accuracy) * sp.log(solved),
    )

    def mean(function: Any) -> Any:
        """E function(z) for z ~ N(0, 1)."""
        return sp.Integral(sp.expand(function) * explicit(phi(z)), (z, -sp.oo, sp.oo))

    noise = sp.log(ENTROPY) / 2
    yield identity(
        "4a. entropy of noise",
        "E[−log φ(z)] = ½ E z² + ½ log(2π) = ½ log(2πe)",
        mean(z**2) / 2 + sp.log(2 * sp.pi) / 2,
        noise,
    )
    yield identity("4b. power", "E[(x + z)²] = x² + 1", mean((x + z) ** 2), x**2 + 1)
    yield inequality(
        "4c. largest power",
        "x² + 1 ≤ r² + 1 where x = r − a and a, r + x = b ≥ 0",
        (b - a) ** 2 / 4 + 1,
        (b + a) ** 2 / 4 + 1,
        because=a * b,
    )
    variance = 1 + power * r**2
    gaussian = sp.log(2 * sp.pi * variance) / 2 + (r**2 + 1) / (2 * variance)
    yield identity(
        "4d. a normal q",
        "E[−log q] at E[Y²] = 1 + r², less ½ log(2πe), is ½ log(1 + r²)",
        gaussian - noise,
        sp.log(variance) / 2,
    )

    tail = sp.sqrt(entropy)
    N = width * r + tail
    mass = sp.Integral(1 / N, (y, -r, r)) + 2 * sp.Integral(tail / N * explicit(phi(u)), (u, 0, sp.oo))
    yield identity("5a. q is a density", "2r/N + 2 (√(2πe)/N) ∫_0^∞ φ = 1", mass, 1)
    yield identity(
        "5b. its tail",
        "−log((√(2πe)/N) φ(u)) = log N + ½(u² − 1), u = |y| − r",
        -sp.log(tail) + sp.log(N) + sp.log(2 * sp.pi) / 2 + u**2 / 2,
        sp.log(N) + (u**2 - 1) / 2,
    )
    yield identity(
        "6a. an end",
        "(u² − 1) φ(u + a) = −a u φ(u + a) + d/du (−u φ(u + a)), u = z − a",
        (u**2 - 1) * phi(u + a),
        -a * u * phi(u + a) + sp.diff(-u * phi(u + a), u),
    )
    yield identity(
        "6b. end of the integral", "u φ(u + a) → 0 as u → ∞", sp.Limit(u * explicit(phi(u + a)), u, sp.oo), 0
    )
    yield inequality("6c. its sign", "−a u φ(u + a) ≤ 0 for a, u ≥ 0", -a * u * phi(u + a), 0)
    yield identity(
        "6d. the capacity",
        "log N − ½ log(2πe) = log(1 + 2r/√(2πe))",
        sp.exp(sp.log(N) - noise),
        1 + width * r / sp.sqrt(entropy),
    )
    crossing = 4 * sp.sqrt(ENTROPY) / (ENTROPY - 4)
    yield identity(
        "6e. where they cross",
        "1 + r² = (1 + 2r/√(2πe))² at r = 4√(2πe)/(2πe − 4)",
        (1 + r**2).subs(r, crossing),
        ((1 + 2 * r / sp.sqrt(ENTROPY)) ** 2).subs(r, crossing),
    )
    yield from cross_checks()


def cross_checks() -> Iterator[Step]:
    """The library's capacity and bound against its information and accuracies."""
    import numpy as np

    from fsq_theory.codebooks.array_codebook import ArrayCodebook
    from fsq_theory.codebooks.spec import codebook
    from fsq_theory.denoiser.accuracy.accuracy import accuracy
    from fsq_theory.denoiser.accuracy.limits import cube_capacity, log_fano_error
    from fsq_theory.denoiser.information.information import information

    uneven = ArrayCodebook(np.array([[-1.0], [0.3], [1.0]]), np.array([0.5, 0.1, 0.4]), "uneven")
    for book in (codebook("bits:1"), codebook("fsq:5"), uneven):
        for rate in (0.5, 1.0, 4.0):
            found = float(information(book, rate).information)
            yield at_most(f"7a. {book.name}, r = {rate:g}", "I ≤ C, nats", found, float(cube_capacity(rate)))
    for spec, rate in (("fsq:3^8", 0.5), ("fsq:3^8", 2.0), ("bits:16", 0.4), ("onehot:64", 2.0)):
        book = codebook(spec)
        total = book.n * float(cube_capacity(rate))
        error = float(accuracy(book, rate).error)
        fano = -error * np.log(error) - (1 - error) * np.log1p(-error) + error * np.log(book.K - 1)
        yield at_most(f"7b. {spec}, r = {rate:g}", "log K − n C ≤ h(P) + P log(K − 1)", np.log(book.K) - total, fano)
        least = float(np.exp(log_fano_error(book.K, total)))
        yield at_most(f"7c. {spec}, r = {rate:g}", "the library's bound ≤ P", least, error)


if __name__ == "__main__":
    sys.exit(run_as_script(__file__))
