"""Under unequal priors equal spacing is not optimal in one dimension, unless the priors alternate.

Statement.  Let L ≥ 3 tokens with priors π_k > 0 have codes e_1 < … < e_L in [−1, 1], noise N(0, 1), r > 0.  At equal
spacing, Δ = 2/(L−1), let every token have an interval in which it is decided for, which means

    r²Δ² > log(π_{k−1} π_{k+1} / π_k²)   for 1 < k < L,

as it is for all large r.  Then, with h the distance from r e_k up to the upper end of its interval (negative if that
is below r e_k) and w the width of the interval, the accuracy A of the best decision has the derivative

    ∂A/∂e_k = r π_k φ(h) [ (π_{k−1}/π_{k+1})^{w/(2rΔ)} − 1 ],   1 < k < L.

(i) If π_{k−1} ≠ π_{k+1} for some inner k, equal spacing is not even a local maximiser: A rises where e_k moves
towards the rarer of its two neighbours.  (ii) If π_{k−1} = π_{k+1} for every inner k, so that the priors alternate
between two values p and q (p = q: equal priors), and r²Δ² > 2 |log(p/q)|, equal spacing is a strict local maximiser.
(iii) With s_k = √(π_k π_{k+1}), the gaps Δ + 4 log(s_k/GM)/(r²Δ) fill the box, too, and their error 1 − A, over that
of equal spacing, tends to GM/AM as r → ∞, the geometric over the arithmetic mean of s_1, …, s_{L−1}; that is less
than 1 unless the priors alternate.

Assumptions.  ‖e‖_∞ ≤ 1; priors positive and known to the decision.  Where r is so small that some token is never
decided for, nothing is said.

Proof.  (1) Between neighbours with priors π_1, π_2 at a gap Δ the threshold is where both weigh the same; it is h_1 =
rΔ/2 + log(π_1/π_2)/(rΔ) above the lower code and h_2 = rΔ − h_1 below the upper one.  (2) At equal spacing the
thresholds of token k are rΔ − log(π_{k−1}π_{k+1}/π_k²)/(rΔ) apart.  If these widths are positive, thresholds ascend,
and between its two thresholds a token beats its neighbour on either side, which beats the next one there, and so on:
its interval is that between its thresholds, and it stays so for codes close by.

(3) So a token is mistaken with probability Φ(−h) at each of its thresholds, and the errors add up gap by gap:

    1 − A = Σ_k ψ_k(Δ_k),   ψ(Δ) = π_1 Φ(−h_1) + π_2 Φ(−h_2),   Δ_k = e_{k+1} − e_k.

(4) At a threshold π_1 φ(h_1) = π_2 φ(h_2), so moving it counts for nothing and ψ' = −r π_1 φ(h_1) = −r π_2 φ(h_2).
(5) e_k widens the gap below it and narrows the one above: ∂A/∂e_k = r π_k (φ(h⁻) − φ(h⁺)), where h⁺ and h⁻ are its
distances from its thresholds; they differ by log(π_{k−1}/π_{k+1})/(rΔ) and add to w.  (6) Hence the formula, and its
sign, that of π_{k−1} − π_{k+1}.  The box leaves an inner code free, so (i) follows.

(7) ψ'' = r π_1 φ(h_1) h_1 h_2/Δ, (8) positive if both h are, which is r²Δ² > 2 |log(π_1/π_2)|.  In (ii) that holds at
every gap, and all ψ_k'(Δ) are the same −rμ, by (4) and because h⁺ = h⁻.  So for gaps near Δ, not all equal to it,

    Σ ψ_k(Δ_k) > Σ [ψ_k(Δ) − rμ (Δ_k − Δ)] ≥ Σ ψ_k(Δ),   since Σ Δ_k ≤ 2 = Σ Δ.

(9) (iii): h Φ(−h)/φ(h) → 1 as h → ∞, and at the gap Δ + x/r²: h_1 ~ h_2 ~ rΔ/2 and π_1 φ(h_1) ~ s φ(rΔ/2) e^{−Δx/4}.
So ψ ~ (4/(rΔ)) φ(rΔ/2) s e^{−Δx/4}, where e^{−Δx/4} = GM/s for x = 4 log(s/GM)/Δ, and these x add to 0: the errors
add to (L−1) GM against Σ s_k = (L−1) AM, up to the same factor.  GM ≤ AM by the inequality of the means, with
equality only if all s_k are equal, so all π_k = π_{k+2}.  (10) Numerical cross-checks: the derivative, and the best
levels that the library finds.

Remarks.  How much it is worth: with Zipf's law on 5 tokens, π ∝ 1/k, the best levels have A = 0.8110 against 0.7778
at r = 4, 0.9712 against 0.9678 at r = 8, and at high SNR 0.908 of the error: (iii) is what the best levels tend to,
as far as has been computed.  No histogram of real tokens is part of this project, so none is evaluated here: what is
missing is the token counts of a corpus under a tokenizer, which the transform ``+histogram:FILE`` and
``optimal_digit_spacing`` take.
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

CLAIM = "nonuniform-prior"
SOURCE = "this project"
CONCLUDES = "proved"
HALF = sp.Rational(1, 2)
WRONG = {
    "thresholds at the midpoints": {"weight": 0},
    "equal spacing is stationary for every prior": {"tilt": 0},
    "(π_{k−1}/π_{k+1})^{w/(rΔ)} in the derivative": {"tilt": 1},
    "ψ is convex where r²Δ² > |log(p/q)|": {"convex": 1},
    "gaps Δ + 2 log(s_k/GM)/(r²Δ)": {"shift": 2},
}

r, gap, v = sp.symbols("r Delta v", positive=True)
x, e, move, geometric = sp.symbols("x e delta_x g", real=True)
below, own, above = sp.symbols("l_1 l_2 l_3", real=True)  # log priors


def derive(weight: int = 1, tilt: Any = HALF, convex: int = 2, shift: int = 4) -> Iterator[Step]:
    """The steps of the proof.

    Args:
        weight: how much of log(π_1/π_2)/(rΔ) is in a threshold; 1.
        tilt: the exponent of π_{k−1}/π_{k+1} in units of w/(rΔ); ½.
        convex: r²Δ² over |log(π_1/π_2)| from which ψ is convex; 2.
        shift: the constant before log(s_k/GM)/(r²Δ) in the gaps of (iii); 4.
    """

    def distances(lower: Any, upper: Any, width: Any = gap) -> tuple[Any, Any]:
        """(h_1, h_2) of two neighbours with these log priors."""
        tilted = weight * (lower - upper) / (r * width)
        return r * width / 2 + tilted, r * width / 2 - tilted

    up, down = distances(own, above)
    odds = (own - (x - r * e) ** 2 / 2) - (above - (x - r * (e + gap)) ** 2 / 2)
    yield identity(
        "1. threshold",
        "log π_1 φ(x−re) − log π_2 φ(x−r(e+Δ)) = rΔ (re + h_1 − x)",
        odds,
        r * gap * (r * e + up - x),
    )
    plus, minus = up, distances(below, own)[1]
    yield identity(
        "2. width",
        "h⁺ + h⁻ = rΔ − log(π_{k−1}π_{k+1}/π_k²)/(rΔ)",
        plus + minus,
        r * gap - (below + above - 2 * own) / (r * gap),
    )
    yield identity("3. a token's errors", "1 − (Φ(h⁺) − Φ(−h⁻)) = Φ(−h⁺) + Φ(−h⁻)", *token_errors())
    yield identity("4a. equal at the threshold", "π_1 φ(h_1) = π_2 φ(h_2)", weighted(own, up), weighted(above, down))
    errors = sp.exp(own) * Phi(-up) + sp.exp(above) * Phi(-down)
    yield identity("4b. slope of ψ", "ψ' = −r π_1 φ(h_1)", explicit(sp.diff(errors, gap)), -r * weighted(own, up))
    yield identity("5. difference", "h⁺ − h⁻ = log(π_{k−1}/π_{k+1})/(rΔ)", plus - minus, (below - above) / (r * gap))
    stated = sp.exp(tilt * (plus + minus) * (below - above) / (r * gap)) - 1
    yield identity(
        "6a. derivative",
        "r π_k (φ(h⁻) − φ(h⁺)) = r π_k φ(h⁺) [(π_{k−1}/π_{k+1})^{w/(2rΔ)} − 1]",
        r * (weighted(own, minus) - weighted(own, plus)),
        r * weighted(own, plus) * stated,
    )
    yield grows_from("6b. its sign, up", "0 < e^v − 1 for v > 0", sp.exp(v) - 1, v, 0, strict=True)
    yield grows_from("6c. its sign, down", "0 < 1 − e^{−v} for v > 0", 1 - sp.exp(-v), v, 0, strict=True)

    bend = r * weighted(own, up) * up * down / gap
    yield identity("7. ψ is convex", "ψ'' = r π_1 φ(h_1) h_1 h_2/Δ", sp.diff(-r * weighted(own, up), gap), bend)
    uneven = sp.Symbol("c", nonnegative=True)  # |log(π_1/π_2)|
    for name, sign in (("π_1 ≥ π_2", 1), ("π_1 ≤ π_2", -1)):
        for which, distance in zip(("h_1", "h_2"), distances(above + sign * uneven, above), strict=True):
            # r Δ = √(convex·c + v), any value beyond the bound.
            yield inequality(
                f"8. thresholds between codes, {name}, {which}",
                f"0 < rΔ {which} where r²Δ² > 2 |log(π_1/π_2)|",
                0,
                sp.expand(r * gap * distance).subs(r, sp.sqrt(convex * uneven + v) / gap),
                strict=True,
            )
    yield from high_snr(distances, shift)
    yield from cross_checks()


def weighted(log_prior: Any, distance: Any) -> Any:
    """π φ(h), by its logarithm."""
    return sp.exp(log_prior - distance**2 / 2) / sp.sqrt(2 * sp.pi)


def token_errors() -> tuple[Any, Any]:
    """Both sides of 1 − (Φ(b) − Φ(−a)) = Φ(−b) + Φ(−a), by erf."""
    a, b = sp.symbols("a b", real=True)
    return explicit(1 - (Phi(b) - Phi(-a))), explicit(Phi(-b) + Phi(-a))


def high_snr(distances: Any, shift: int) -> Iterator[Step]:
    """(iii): the errors at gaps that differ by x/r² from Δ."""
    yield identity("9a. tails", "h Φ(−h)/φ(h) → 1 as h → ∞", sp.limit(explicit(v * Phi(-v) / phi(v)), v, sp.oo), 1)
    near = distances(own, above, gap + move / r**2)
    middle = (own + above) / 2
    for name, log_prior, distance in (("lower", own, near[0]), ("upper", above, near[1])):
        yield identity(
            f"9b. {name} code, distance", "h/(rΔ/2) → 1 as r → ∞", sp.limit(distance / (r * gap / 2), r, sp.oo), 1
        )
        exponent = sp.expand(log_prior - distance**2 / 2 - (middle - (r * gap / 2) ** 2 / 2))
        yield identity(
            f"9c. {name} code, weight",
            "log π φ(h) − log s φ(rΔ/2) → −Δx/4 as r → ∞",
            sp.limit(sp.together(exponent), r, sp.oo),
            -gap * move / 4,
        )
    chosen = shift * (middle - geometric) / gap
    yield identity("9d. equal errors", "log s − Δx/4 = log GM", middle - gap * chosen / 4, geometric)


def cross_checks() -> Iterator[Step]:
    """The derivative by differences of the library's accuracy, and the best levels that the library finds."""
    import numpy as np
    from scipy.stats import norm

    from fsq_theory.codebooks.array_codebook import ArrayCodebook
    from fsq_theory.denoiser.accuracy.accuracy import accuracy
    from fsq_theory.denoiser.accuracy.spacing import optimal_spacing

    three, zipf = np.array([0.5, 0.3, 0.2]), 1 / np.arange(1, 6)
    zipf /= zipf.sum()
    for prior, k, rate in ((three, 1, 4.0), (zipf, 2, 8.0), (zipf[::-1], 1, 12.0)):
        levels = np.linspace(-1, 1, len(prior))
        width = levels[1] - levels[0]
        plus, minus = (rate * width / 2 + np.log(prior[k] / prior[j]) / (rate * width) for j in (k + 1, k - 1))
        slope = (prior[k - 1] / prior[k + 1]) ** ((plus + minus) / (2 * rate * width)) - 1
        slope *= rate * prior[k] * norm.pdf(plus)
        apart = 1e-5
        ends = []
        for sign in (1, -1):
            moved = levels + sign * apart * (np.arange(len(prior)) == k)
            ends.append(float(accuracy(ArrayCodebook(moved[:, None], prior), rate).value))
        difference = (ends[0] - ends[1]) / (2 * apart)
        yield agreement(f"10a. r = {rate:g}, k = {k + 1}", "∂A/∂e_k by differences", difference, slope, 1e-6)

    for rate, equal, best in ((4.0, 0.7778, 0.8110), (8.0, 0.9678, 0.9712)):
        found = optimal_spacing(zipf, rate)
        for what, value, number in (("equal spacing", found.accuracy_equal, equal), ("best", found.accuracy, best)):
            yield agreement(
                f"10b. Zipf, 5 tokens, r = {rate:g}, {what}", f"A is {number}", value, number, 5e-5 / number
            )
    for prior in ([0.4, 0.2, 0.4], [0.3, 0.2, 0.3, 0.2], [0.1, 0.35, 0.1, 0.35, 0.1]):
        gain = optimal_spacing(prior, 8.0).gain
        yield at_most(f"10c. {prior}, r = 8", "no levels gain on equal spacing, to rounding", gain, 0.0, 1e-14)

    for prior, rate in ((three, 100.0), (zipf, 400.0)):
        s = np.sqrt(prior[1:] * prior[:-1])
        limit = np.exp(np.mean(np.log(s))) / np.mean(s)
        width = 2 / len(s)
        order = 1 / (rate * width) ** 2
        gaps = width + 4 * np.log(s / np.exp(np.mean(np.log(s)))) / (rate**2 * width)
        shifted = np.concatenate([[-1.0], -1 + np.cumsum(gaps)])
        found = optimal_spacing(prior, rate)
        error = float(accuracy(ArrayCodebook(shifted[:, None], prior), rate).log_error)
        name = f"10d. {len(prior)} tokens, r = {rate:g}"
        ratio = float(np.exp(error - found.log_error_equal))
        yield agreement(name, "error ratio of the gaps of (iii) is GM/AM up to 1/(rΔ)²", ratio, limit, order)
        yield agreement(name, "error ratio of the best levels too", found.error_ratio, limit, order)


if __name__ == "__main__":
    sys.exit(run_as_script(__file__))
