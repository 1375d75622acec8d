"""From which SNR on FSQ of base 3 is a local maximiser of accuracy, in four to eight dimensions.

Statement.  Let E = {−1, 0, 1}^n, 4 ≤ n ≤ 8.  E is no local maximiser of A(·, r) among K = 3^n codes in the box for 0 <
r ≤ r_n, and a strict local maximiser for r ≥ r_n + 0.002, where

    r_4 = 3.374,    r_5 = 4.526,    r_6 = 5.294,    r_7 = 5.906,    r_8 = 6.432.

Assumptions.  Equal priors, noise N(0, I_n), MAP decisions, ‖e‖_∞ ≤ 1.

Proof.  (1) With ρ = r/2, P_int = 2Φ(ρ) − 1, P_end = Φ(ρ) and q = P_int − 2ρφ(ρ), the lemma compares 2ρ² with (n − 1) q
(2/P_int + 1/P_end); multiplied by P_int P_end > 0, 2ρ² P_int P_end with (n − 1) q (2P_end + P_int).  For r ≤ 1 the
second is the greater one (lemma, d).  (2) It is so on [½, r_n/2], and (3) the first is on [r_n/2 + 0.001, h_n], both
by interval arithmetic.  (4) h_n² ≥ 3(n − 1)/2, and for any ρ² ≥ 3(n − 1)/2 the first is the greater one because q <
P_int < P_end.  Cross-checks: (5) the library's criterion; (6) A itself of a moved codebook, by Monte Carlo.

Remarks.  3^8 is a codebook of speech tokens; at r_8 its accuracy is 0.993.  At every lower r some small motion of its
inner tokens raises it, by little: at r = 4, A = 0.78, the terms of second order of a motion by 0.1 along each axis add
to 1.2e-4, and by Monte Carlo one axis alone gives 1.6e-5.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import sympy as sp

from fsq_theory.claims.algebra import enumeration, identity
from fsq_theory.claims.derivation import run_as_script
from fsq_theory.claims.enclosures import enclosure_on
from fsq_theory.claims.lemma import lemma
from fsq_theory.claims.normal import Phi, phi
from fsq_theory.claims.numbers import at_most, estimate_agreement
from fsq_theory.claims.step import Step

CLAIM = "accuracy-local-base-3-thresholds"
SOURCE = "this project"
CONCLUDES = "certified"
WRONG = {
    "thresholds 0.004 higher": {"shift": sp.Rational(2, 1000)},
    "thresholds 0.004 lower": {"shift": -sp.Rational(2, 1000)},
    "μ = 2/P_int + 2/P_end": {"ends": 2},
}

rho = sp.Symbol("rho", positive=True)
HALVES = {4: 1687, 5: 2263, 6: 2647, 7: 2953, 8: 3216}
"""r_n/2 in thousandths."""
FAR = {4: sp.Rational(11, 5), 5: sp.Rational(5, 2), 6: sp.Rational(11, 4), 7: sp.Integer(3), 8: sp.Rational(13, 4)}
"""h_n, from which algebra takes over."""


def derive(shift: Any = 0, ends: Any = 1) -> Iterator[Step]:
    """The steps of the proof.

    Args:
        shift: what is added to r_n/2; the statement has 0.
        ends: the constant above P_end in μ; the statement has 1.
    """
    yield lemma(
        "1. criterion",
        "E is a strict local maximiser if 2ρ² > (n − 1) q μ and none if 2ρ² < (n − 1) q μ,"
        " μ = 2/P_int + 1/P_end, and it is none for n ≥ 4, r ≤ 1",
        claim="accuracy-local-every-base",
        proof="""the Hessian of A on inner coordinates, whose largest value
        has the sign of (n − 1) q μ − 2ρ²; (d) there for r ≤ 1.""",
    )
    inner, end = 2 * Phi(rho) - 1, Phi(rho)
    square = inner - 2 * rho * phi(rho)
    for n, thousandths in HALVES.items():
        half = sp.Rational(thousandths, 1000) + shift
        gains, loses = (n - 1) * square * (2 * end + ends * inner), 2 * rho**2 * inner * end
        below, above = {rho: (sp.Rational(1, 2), half)}, {rho: (half + sp.Rational(1, 1000), FAR[n])}
        yield enclosure_on(
            f"2. n = {n}, low SNR",
            f"(n − 1) q (2P_end + P_int) > 2ρ² P_int P_end for ½ ≤ ρ ≤ {float(half)}: no local maximiser",
            gains,
            ">",
            loses,
            below,
        )
        yield enclosure_on(
            f"3. n = {n}, high SNR",
            f"(n − 1) q (2P_end + P_int) < 2ρ² P_int P_end for {float(half) + 0.001:.4g} ≤ ρ ≤ {float(FAR[n])}",
            gains,
            "<",
            loses,
            above,
        )
    yield enumeration(
        "4a. far enough",
        "h_n² ≥ 3(n − 1)/2",
        [(f"n = {n}", bool(far**2 >= sp.Rational(3, 2) * (n - 1))) for n, far in FAR.items()],
    )
    q, a, b, c, more = sp.symbols("q a b c m", positive=True)
    yield identity(
        "4b. beyond",
        "2ρ²P_intP_end − (n − 1) q (2P_end + P_int) with P_int = q + a, P_end = q + a + b, ρ² = 3(n − 1)/2 + c,"
        " n − 1 = m, is 2c P_int P_end + m(2a P_end + (a + b) P_int) > 0",
        (3 * more + 2 * c) * (q + a) * (q + a + b) - more * q * (2 * (q + a + b) + ends * (q + a)),
        2 * c * (q + a) * (q + a + b) + more * (2 * a * (q + a + b) + (a + b) * (q + a)),
    )
    yield from cross_checks()


def cross_checks() -> Iterator[Step]:
    """The library's criterion at both ends of each threshold, and a moved codebook by Monte Carlo."""
    from fsq_theory.codebooks.fsq import fsq
    from fsq_theory.denoiser.accuracy.accuracy import accuracy
    from fsq_theory.denoiser.accuracy.curvature import fsq_curvature

    for n, thousandths in HALVES.items():
        r = thousandths / 500
        yield at_most(f"5a. n = {n}, below", f"gain over loss ≥ 1 at r = {r}", 1.0, fsq_curvature([3] * n, r).ratio)
        yield at_most(f"5b. n = {n}, above", f"≤ 1 at r = {r + 0.002}", fsq_curvature([3] * n, r + 0.002).ratio, 1.0)
    across = fsq_curvature([3] * 8, 4.0).profiles[1]
    still, moved = (moved_along_one_axis(8, 4.0, step, across) for step in (0.0, 0.1))
    known = float(accuracy(fsq([3] * 8), r=4.0).value)
    yield estimate_agreement("6a. 3^8, r = 4", "A of FSQ by Monte Carlo", *mean_and_error(still), known)
    rise, error = mean_and_error(moved - still)
    yield at_most(
        "6b. 3^8, r = 4, moved",
        "0.1 times the best motion raises A by more than 5 standard errors, of common random numbers",
        5 * error,
        rise,
    )


def mean_and_error(values: Any) -> tuple[float, float]:
    """Mean and its standard error."""
    return float(values.mean()), float(values.std() / len(values) ** 0.5)


def moved_along_one_axis(n: int, r: float, step: float, across: Any) -> Any:
    """Draws with mean A of 3^n, the first coordinates of its middle tokens moved by step · Π_{a≥2} across[k_a].

    A = E ∫ max_k φ_n(x − r e_k) dx_1/(3^n p(x')), x' the other coordinates of a noisy token and p their density.
    Of the tokens with the same k_1 and j of k_2 … k_n in the middle only the one nearest to x' counts, and the integral
    over x_1 is that of an upper envelope of log densities, affine in x_1 up to a common term.
    """
    import numpy as np
    from scipy.special import ndtr

    rng = np.random.default_rng(0)
    x = r * rng.integers(-1, 2, (2**17, n - 1)) + rng.standard_normal((2**17, n - 1))
    end, middle = -((np.abs(x) - r) ** 2) / 2, -(x**2) / 2
    log_p = np.log(np.exp(-((x[..., None] - r * np.array([-1, 0, 1])) ** 2) / 2).mean(axis=2)).sum(axis=1)
    heights = np.cumsum(np.c_[end.sum(axis=1) - log_p, -np.sort(end - middle)], axis=1).T  # heights[j]
    if step == 0:
        tokens = [(0.0, heights.max(axis=0))]
    else:
        places = [step * across[0] ** (n - 1 - j) * across[1] ** j for j in range(n)]
        tokens = list(zip(places, heights, strict=True))
    tokens += [(-1.0, heights.max(axis=0)), (1.0, heights.max(axis=0))]
    total = np.zeros(len(x))
    for place, height in tokens:
        low, high = -np.inf, np.inf
        for other, level in tokens:
            if other != place:
                meet = (height - level) / (r * (other - place)) + r * (place + other) / 2
                low, high = (low, np.minimum(high, meet)) if other > place else (np.maximum(low, meet), high)
        total += np.exp(height) * np.maximum(ndtr(high - r * place) - ndtr(low - r * place), 0.0)
    return total / 3**n


if __name__ == "__main__":
    sys.exit(run_as_script(__file__))
