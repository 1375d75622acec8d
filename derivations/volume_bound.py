"""The volume bound: no codebook in a box is more accurate than the box is wide.

Statement.  If every code lies in a box of widths w_1, …, w_n (a cube [−1, 1]^n has w_i = 2), then for every r ≥ 0

    A ≤ max_k π_k · Π_i (1 + r w_i/√(2π)),        and for the cube and equal priors  K A ≤ (1 + r √(2/π))^n.

As r → 0 the corners of the cube attain the second up to terms of order r³.

Assumptions.  None on the codebook but the box: K and n are any, codes may coincide.

Proof.  A = ∫ max_k π_k φ_n(x − r e_k) dx: whatever token is decided at x, the density of being right there is at most
that, and the MAP decision attains it.  It is at most max π · ∫ sup_{e in box} φ_n(x − re) dx.  φ_n is a product of
positive factors and the box a product of intervals, so the supremum is the product of suprema and the integral that of
integrals (Tonelli).  In one coordinate let the interval be [a, b], b = a + w.  (1) Left and right of [ra, rb] the
nearer end has the largest φ(x − ru); (2) inside, u = x/r gives φ(0), the largest there is (φ is even).  (3) So the
integral is ½ + r w φ(0) + ½ = 1 + r w/√(2π).  (4) For w = 2 it is 1 + r√(2/π).  (5) The corners {±1}^n have K = 2^n and
A = Φ(r)^n, so (K A)^{1/n} = 2Φ(r), which is 1 + r√(2/π) less a term of order r³.  (6) Numerical cross-checks of the
library against the statement.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import sympy as sp

from fsq_theory.claims.algebra import grows_from, identity, inequality
from fsq_theory.claims.derivation import run_as_script
from fsq_theory.claims.normal import Phi, explicit, phi
from fsq_theory.claims.numbers import agreement, at_most
from fsq_theory.claims.step import Step

CLAIM = "volume-bound"
SOURCE = "this project"
CONCLUDES = "proved"
WRONG = {
    "r w/(2√(2π)) in place of r w/√(2π)": {"slope": 1 / (2 * sp.sqrt(2 * sp.pi))},
    "(1 + r/√π)^n in the cube": {"cube": 1 / sp.sqrt(sp.pi)},
}

r, w = sp.symbols("r w", positive=True)
a, x = sp.symbols("a x", real=True)
s, v = sp.symbols("s v", nonnegative=True)
SLOPE = 1 / sp.sqrt(2 * sp.pi)
CUBE = sp.sqrt(2 / sp.pi)


def derive(slope: Any = SLOPE, cube: Any = CUBE) -> Iterator[Step]:
    """The steps of the proof.

    Args:
        slope: the constant before r w; the statement has 1/√(2π).
        cube: the constant before r in the bound for the cube; the statement has √(2/π).
    """
    b = a + w
    yield inequality(
        "1a. right of the interval",
        "(x − rb)² ≤ (x − ru)² for x = rb + s, u = b − v with s, v ≥ 0: the end b is nearest",
        ((r * b + s) - r * b) ** 2,
        ((r * b + s) - r * (b - v)) ** 2,
        because=r * v * (2 * s + r * v),
    )
    yield inequality(
        "1b. left of the interval",
        "(x − ra)² ≤ (x − ru)² for x = ra − s, u = a + v with s, v ≥ 0: the end a is nearest",
        ((r * a - s) - r * a) ** 2,
        ((r * a - s) - r * (a + v)) ** 2,
        because=r * v * (2 * s + r * v),
    )
    yield grows_from("2. inside", "φ(0) − φ(v) ≥ 0 for v ≥ 0", phi(0) - phi(v), v, 0)
    left = sp.Integral(explicit(phi(x - r * a)), (x, -sp.oo, r * a))
    middle = sp.Integral(explicit(phi(0)), (x, r * a, r * b))
    right = sp.Integral(explicit(phi(x - r * b)), (x, r * b, sp.oo))
    width = 1 + slope * r * w
    yield identity("3. one coordinate", "½ + r w φ(0) + ½ = 1 + r w/√(2π)", left + middle + right, width)
    yield identity("4. the cube", "1 + 2r/√(2π) = 1 + r√(2/π)", width.subs(w, 2), 1 + cube * r)
    short = sp.Limit((1 + cube * r - explicit(2 * Phi(r))) / r**3, r, 0, "+")
    yield identity("5. small r", "(1 + r√(2/π) − 2Φ(r))/r³ → √(2/π)/6", short, cube / 6)
    yield from cross_checks(float(slope))


def cross_checks(slope: float) -> Iterator[Step]:
    """The library's accuracies and its own volume bound against the statement."""
    import numpy as np

    from fsq_theory.codebooks.array_codebook import ArrayCodebook
    from fsq_theory.codebooks.spec import codebook
    from fsq_theory.denoiser.accuracy.accuracy import accuracy
    from fsq_theory.denoiser.accuracy.bounds import error_bounds

    for spec in ("fsq:3^8", "bits:4", "fsq:8,5"):
        book = codebook(spec)
        for rate in (0.05, 0.5, 2.0):
            bound = (1 + 2 * slope * rate) ** book.n / book.K
            found = accuracy(book, rate)
            yield at_most(f"6a. {spec}, r = {rate:g}", "A ≤ bound", float(found.value), bound)
    line = ArrayCodebook(np.array([[-0.4], [0.1], [1.1]]), np.array([0.5, 0.3, 0.2]))
    for rate in (0.1, 0.4):
        bound = 0.5 * (1 + slope * rate * 1.5)
        yield at_most(f"6b. unequal priors, r = {rate:g}", "A ≤ bound", float(accuracy(line, rate).value), bound)
        library = 1 - float(np.exp(error_bounds(line, rate).log_volume))
        yield agreement(f"6c. r = {rate:g}", "the library's volume bound", library, bound, 1e-12)


if __name__ == "__main__":
    sys.exit(run_as_script(__file__))
