"""On a sphere the posterior has no time in it, and only there.

Statement.  Let X_t = α X_0 + σ Z, X_0 = e_k with probability π_k > 0, Z ~ N(0, I_n).  In the channel y = (α/σ²) x,

    p(k | y) = softmax_k( ⟨y, e_k⟩ + log π_k − ½ γ ‖e_k‖² ),    γ = α²/σ².

If all ‖e_k‖ are equal, it is softmax(⟨y, e_k⟩ + log π_k): the same function of y at every time and for every schedule
(the invariance of [DSL]).  Conversely, if p(k | y) is the same function of y at two times of different γ, all ‖e_k‖ are
equal.  With the channel shifted to y = (α/σ²)(x − αc) norms are those of e_k − c: some shift makes the posterior
time-free if and only if the codes lie on a sphere about some centre.

FSQ with two levels a coordinate has the property, every ‖e_k‖² being n.  With L ≥ 3 levels in some coordinate it has
not, nor has it after any shift.

Assumptions.  α, σ > 0; K ≥ 2.

Proof.  (1) −‖x − αe‖²/(2σ²) at x = σ²y/α is −σ²‖y‖²/(2α²) + ⟨y, e⟩ − ½ γ‖e‖², a coordinate at a time; the first term is
the same for all tokens and cancels in the softmax.  (2) The log posterior odds of k against j at y have the derivative
−½(‖e_k‖² − ‖e_j‖²) in γ: they are affine in γ, so equal at two γ if and only if norms are; and a posterior with π_k > 0
determines its odds.  (3) With the shift, the same with e − c for e.  (4) Two levels: each coordinate is ±1, its square
1.  (5) L ≥ 3 levels: the codes with −1 and with −1 + 2/(L − 1) in that coordinate, equal elsewhere, differ in squared
norm by 4(L − 2)/(L − 1)² > 0.  (6) And three codes a − h, a, a + h on a line lie on no sphere: their squared distances
from c have the second difference 2h² > 0.  (7) Numerical cross-checks of the library's posterior.

Remarks.  One-hot, simplex, biorthogonal, PSK and normalised (BSQ, spherical) codes are time-free.  Even-L FSQ in the
rounded convention is not for L ≥ 4; for L = 2 its levels −1 and 0 are, after the shift by −½.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import sympy as sp

from fsq_theory.claims.algebra import enumeration, identity, inequality
from fsq_theory.claims.derivation import run_as_script
from fsq_theory.claims.numbers import at_most
from fsq_theory.claims.step import Step

CLAIM = "sphere-time-free"
SOURCE = "DSL for the sphere, the converse ours"
CONCLUDES = "proved"
WRONG = {
    "the channel y = (α/σ) x": {"power": 1},
    "−¼ γ ‖e_k‖² in the softmax": {"half": sp.Rational(1, 4)},
    "not for L ≥ 2 levels either": {"least": 2},
}

alpha, sigma, h = sp.symbols("alpha sigma h", positive=True)
gamma, y, e, c, a = sp.symbols("gamma y e c a", real=True)
norm_k, norm_j, inner_k, inner_j, log_odds = sp.symbols("N_k N_j s_k s_j lambda", real=True)
more = sp.symbols("m", integer=True, nonnegative=True)
HALF = sp.Rational(1, 2)


def derive(power: Any = 2, half: Any = HALF, least: Any = 3) -> Iterator[Step]:
    """The steps of the proof.

    Args:
        power: the power of σ in the channel y = (α/σ²) x; the statement has 2.
        half: the constant before γ‖e_k‖²; the statement has ½.
        least: the least number of levels for which time stays; the statement has 3.
    """

    def exponent(code: Any, centre: Any) -> Any:
        """−(x − αe)²/(2σ²) at the x of y = (α/σ²)(x − αc), a coordinate, less what no token changes."""
        x = alpha * centre + sigma**power / alpha * y
        common = -(sigma**2) * y**2 / (2 * alpha**2)
        return -((x - alpha * code) ** 2) / (2 * sigma**2) - common

    snr = alpha**2 / sigma**2
    yield identity(
        "1. the channel, a coordinate",
        "−(x − αe)²/(2σ²) + σ²y²/(2α²) = y e − ½ γ e² at x = σ²y/α",
        exponent(e, 0),
        y * e - half * snr * e**2,
    )
    odds = inner_k - inner_j - half * gamma * (norm_k - norm_j) + log_odds
    yield identity(
        "2. odds by γ",
        "∂/∂γ [⟨y, e_k − e_j⟩ + log(π_k/π_j) − ½ γ (‖e_k‖² − ‖e_j‖²)] = −½ (‖e_k‖² − ‖e_j‖²)",
        sp.diff(odds, gamma),
        -(norm_k - norm_j) / 2,
    )
    yield identity(
        "3. shifted",
        "the same with e − c for e: y (e − c) − ½ γ (e − c)²",
        exponent(e, c),
        y * (e - c) - half * snr * (e - c) ** 2,
    )
    yield enumeration(
        "4. two levels", "(−1 + 2k/(L − 1))² = 1 for L = 2", [(f"k = {k}", (-1 + 2 * k) ** 2 == 1) for k in (0, 1)]
    )
    L = least + more
    yield inequality(
        "5. L ≥ 3 levels",
        "0 < 1 − (−1 + 2/(L − 1))² = 4(L − 2)/(L − 1)²",
        0,
        1 - (-1 + 2 / (L - 1)) ** 2,
        because=4 * (L - 2) / (L - 1) ** 2,
        strict=True,
    )
    second = (a - h - c) ** 2 - 2 * (a - c) ** 2 + (a + h - c) ** 2
    yield inequality(
        "6. three codes on a line", "0 < second difference = 2h²", 0, second, because=2 * h**2, strict=True
    )
    yield from cross_checks()


def cross_checks() -> Iterator[Step]:
    """The library's posterior at one y and two times."""
    import numpy as np

    from fsq_theory.codebooks.array_codebook import ArrayCodebook
    from fsq_theory.codebooks.spec import codebook
    from fsq_theory.denoiser.posterior import posterior

    times = ((0.8, 0.6), (0.3, 0.9))
    prior = np.array([0.1, 0.2, 0.3, 0.4])
    square = ArrayCodebook(np.array(codebook("psk:4").points), prior)
    for book in (codebook("bits:3"), codebook("simplex:5"), square, codebook("fsq:3,3")):
        y = np.linspace(-0.7, 1.1, book.n)
        early, late = (
            np.asarray(posterior(book, y * sigma**2 / alpha, alpha, sigma), dtype=float).ravel()
            for alpha, sigma in times
        )
        bias = np.asarray(book.points) @ y + np.log(np.asarray(book.prior))
        plain = np.exp(bias - bias.max()) / np.exp(bias - bias.max()).sum()
        gap = float(np.abs(early - late).max())
        if book.name != "fsq:3,3":
            for time, found in (("early", early), ("late", late)):
                yield at_most(
                    f"7a. {book.name}, {time}",
                    "softmax(⟨y, e_k⟩ + log π_k), to 1e-5 in single precision",
                    float(np.abs(found - plain).max()),
                    1e-5,
                )
        else:
            yield at_most(f"7b. {book.name}", "time matters: posteriors differ by more than 0.1", 0.1, gap)


if __name__ == "__main__":
    sys.exit(run_as_script(__file__))
