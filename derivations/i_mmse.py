"""The I–MMSE relation for a finite codebook, on average and token by token.

Statement.  Let X = e_k in R^n with probability π_k > 0, k = 1, …, K, and Y = √γ X + N, N ~ N(0, I).  With
x̂ = E[X | Y], mmse(γ) = E‖X − x̂‖², I(γ) = I(X; Y) and D_k(γ) = KL(p(y|k) ‖ p(y)), so that I = Σ_k π_k D_k, for γ > 0

    dD_k/dγ = ½ E[‖e_k − x̂‖² | k],     dI/dγ = ½ mmse(γ),     dmmse/dγ = −E‖Cov(X | Y)‖²_F,

and D_k(0) = I(0) = 0: so D_k(γ) = ½ ∫_0^γ E[‖e_k − x̂‖² | k], I(γ) = ½ ∫_0^γ mmse, and mmse decreases, strictly unless
all codes coincide.

Assumptions.  Finitely many codes, any prior; tokens of probability 0 are left out.  Natural logarithms; unit noise in
each real coordinate (complex noise of unit power has half of that in each of its two: there dI/dγ = mmse).

Proof.  In Z = √γ Y ~ N(γ e_k, γ I), which tells the same of X.  The density of Z given k, relative to N(0, γ I), is the
product over coordinates of w_k = e^{z e_k − γ e_k²/2} (1); so with M = Σ_k π_k w_k the posterior is π_k w_k/M and
D_k = E_k[log w_k − log M].

One coordinate at a time: give coordinate i an SNR γ_i of its own, z_i with it; a derivative along γ_1 = … = γ_n = γ is
the sum of the partial ones.  In the steps the factors of other coordinates are part of π_k, which need not
add up to 1.

(2) M solves ∂_γ M + ½ ∂²M = 0, as each w_k does, and for u = log M: ∂u = x̂, ∂²u is the posterior variance, and
∂_γ u + ½ ∂²u + ½ (∂u)² = 0.  (3) For z = γ e + √γ y the integrand of E_k F(Z, γ) has the derivative
(∂_γ F + e ∂F + ½ ∂²F) φ(y) but for a total derivative in y, for every F.  So by the lemma
dE_k F/dγ = E_k[∂_γ F + e ∂F + ½ ∂²F], summed over coordinates.  (4) For F = log w_k − u this is ½ (e − ∂u)², by the
equation of u alone: the first formula.  (5) Its mean over tokens is the second.

(6) On average over tokens e_k turns into E[e_k | Z] = x̂ = ∂u, so dE F/dγ = E[∂_γ F + ∂u·∂F + ½ ΔF].  For F = x̂_i this
is 0 for every pair of coordinates (i, j): x̂ is a martingale in γ; for F = x̂_i² it is (∂_j ∂_i u)² (6b, 6c), the
square of the posterior covariance of coordinates i and j (6a; 2c for i = j).  As mmse = E‖X‖² − E‖x̂‖² (5) the third
formula follows.  Posterior probabilities are all positive, so Cov(X|Y) = 0 somewhere only if all codes coincide.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import sympy as sp

from fsq_theory.claims.algebra import identity
from fsq_theory.claims.derivation import run_as_script
from fsq_theory.claims.lemma import lemma
from fsq_theory.claims.numbers import agreement
from fsq_theory.claims.step import Step

CLAIM = "i-mmse"
SOURCE = "GSV05, Theorems 1 and 2, here for a finite codebook and by token"
CONCLUDES = "proved"
HALF = sp.Rational(1, 2)
WRONG = {
    "dI/dγ = mmse, as for complex noise": {"half": 1},
    "noise of variance 2 in each coordinate": {"noise": 2},
    "dmmse/dγ = −½ E‖Cov‖²": {"fall": HALF},
}

z, y, e_k = sp.symbols("z y e_k", real=True)
gamma = sp.symbols("gamma", positive=True)
z_i, z_j, e_i, e_j = sp.symbols("z_i z_j e_i e_j", real=True)
gamma_i, gamma_j = sp.symbols("gamma_i gamma_j", positive=True)
k, K = sp.symbols("k K", integer=True, positive=True)
e, e1, e2 = (sp.IndexedBase(name, real=True) for name in ("e", "e_i", "e_j"))
pi = sp.IndexedBase("pi", positive=True)
F = sp.Function("F", real=True)(z, gamma)


def tokens(term: Any) -> Any:
    """The sum of a term over tokens k = 1, …, K."""
    return sp.Sum(term, (k, 1, K))


def weight(code: Any, point: Any = z, snr: Any = gamma) -> Any:
    """w = e^{z e − γ e²/2}, the likelihood of a code."""
    return sp.exp(point * code - snr * code**2 / 2)


def derive(half: Any = HALF, noise: Any = 1, fall: Any = 1) -> Iterator[Step]:
    """The steps of the proof.

    Args:
        half: the constant before the squared error; the statement has ½.
        noise: the variance of N in each coordinate; the statement has 1.
        fall: the constant before E‖Cov(X|Y)‖²; the statement has 1.
    """

    def log_density(mean: Any) -> Any:
        return -((z - mean) ** 2) / (2 * noise * gamma)

    yield identity(
        "1. likelihoods",
        "log N(z; γe, γ) − log N(z; 0, γ) = log w",
        log_density(gamma * e_k) - log_density(0),
        sp.log(weight(e_k)),
    )
    yield from posterior()
    yield from differentiated(noise)
    yield from information(half)
    yield from error(fall)
    yield from cross_checks()


def posterior() -> Iterator[Step]:
    """Derivatives of log M are moments of the posterior."""
    M = tokens(pi[k] * weight(e[k]))
    mean, square = (tokens(e[k] ** power * pi[k] * weight(e[k])) / M for power in (1, 2))
    u = sp.log(M)
    yield identity("2a. heat equation", "∂_γ M + ½ ∂²M = 0", sp.diff(M, gamma) + sp.diff(M, z, 2) / 2, 0)
    yield identity("2b. denoiser", "∂ log M = Σ e_k π_k w_k/M = x̂", sp.diff(u, z), mean)
    yield identity("2c. posterior variance", "∂² log M = E[e²|z] − x̂²", sp.diff(u, z, 2), square - mean**2)
    equation = sp.diff(u, gamma) + sp.diff(u, z, 2) / 2 + sp.diff(u, z) ** 2 / 2
    yield identity("2d. the equation of u", "∂_γ u + ½ ∂²u + ½ (∂u)² = 0 for u = log M", equation, 0)


def differentiated(noise: Any) -> Iterator[Step]:
    """The derivative of a mean over Z ~ N(γe, γ) in γ."""
    place = gamma * e_k + sp.sqrt(noise * gamma) * y
    normal = sp.exp(-(y**2) / 2)

    def there(function: Any) -> Any:
        return function.subs(z, place)

    slope, bend, drift = sp.diff(F, z), sp.diff(F, z, 2), sp.diff(F, gamma)
    along = there(drift) + sp.diff(place, gamma) * there(slope)
    total = there(bend) * sp.diff(place, y) * normal + there(slope) * sp.diff(normal, y)
    yield identity(
        "3. Gaussian integration by parts",
        "d/dγ F(γe + √γ y, γ) φ(y) = (∂_γ F + e ∂F + ½ ∂²F) φ(y) − d/dy[φ(y) ∂F/(2√γ)]",
        along * normal,
        (there(drift) + e_k * there(slope) + there(bend) / 2) * normal - total / (2 * sp.sqrt(gamma)),
    )
    yield lemma(
        "Differentiation under the expectation",
        "dE_k F(Z, γ)/dγ = E_k[∂_γ F + e_k·∇F + ½ ΔF] for γ > 0 and F any of log w_k − log M, x̂_i, x̂_i², and "
        "E_k[log w_k − log M] → 0 as γ → 0",
        proof="Derivatives of log M are posterior cumulants of codes in a ball of radius R: |∂u| ≤ R, and those of "
        "higher order and in γ are bounded by constants.  So F grows at most linearly in z, and its derivatives that "
        "occur are bounded by C(1 + |y|) for γ in any [a, b] with a > 0; φ(y)(1 + |y|)² is integrable, so dominated "
        "convergence lets d/dγ pass the integral, and the total derivative integrates to 0, as φ ∂F → 0 at "
        "infinity.  As γ → 0, |log w_k − log M| ≤ 2R‖Z‖ + γR², because each log w lies within R‖Z‖ + γR²/2 of 0, "
        "and E‖Z‖ → 0.",
    )


def information(half: Any) -> Iterator[Step]:
    """The generator on log w_k − log M is half the squared error."""
    u = sp.Function("u", real=True)(z, gamma)
    surprise = z * e_k - gamma * e_k**2 / 2 - u
    found = sp.diff(surprise, gamma) + e_k * sp.diff(surprise, z) + sp.diff(surprise, z, 2) / 2
    found = found.subs(sp.diff(u, gamma), -sp.diff(u, z, 2) / 2 - sp.diff(u, z) ** 2 / 2)
    yield identity(
        "4. one token",
        "∂_γ F + e ∂F + ½ ∂²F = ½ (e − ∂u)² for F = ze − γe²/2 − u and every u as in (2d)",
        found,
        half * (e_k - sp.diff(u, z)) ** 2,
    )
    weights, x_hat = pi[k] * weight(e[k]), sp.Symbol("xhat", real=True)
    sums = [tokens(e[k] ** power * weights) for power in (0, 1, 2)]
    yield identity(
        "5a. all tokens",
        "Σ π_k w_k (e_k − x)² = Σ π_k w_k e_k² − 2x Σ π_k w_k e_k + x² M",
        tokens(weights * (e[k] - x_hat) ** 2),
        sums[2] - 2 * x_hat * sums[1] + x_hat**2 * sums[0],
    )
    M, first, second = sp.symbols("M M_1 M_2", positive=True)
    spread = (second - 2 * x_hat * first + x_hat**2 * M) / M
    at_mean = spread.subs(x_hat, first / M)
    yield identity(
        "5b. mmse",
        "divided by M and at x = x̂ it is E[e²|z] − x̂²: mmse = E‖X‖² − E‖x̂‖²",
        at_mean,
        second / M - (first / M) ** 2,
    )


def error(fall: Any) -> Iterator[Step]:
    """The posterior mean is a martingale, and its square grows by the squared covariance."""
    pair = pi[k] * weight(e1[k], z_i, gamma_i) * weight(e2[k], z_j, gamma_j)
    M = tokens(pair)
    first, second, both = (tokens(factor * pair) / M for factor in (e1[k], e2[k], e1[k] * e2[k]))
    yield identity(
        "6a. covariances", "∂_i ∂_j log M = E[e_i e_j|z] − x̂_i x̂_j", sp.diff(sp.log(M), z_i, z_j), both - first * second
    )
    for other, which in ((z_i, "i ≠ j"), (z_j, "i = j")):
        u = sp.Function("u", real=True)(*dict.fromkeys((other, z_j)), gamma_j)

        def along(function: Any, u: Any = u, other: Any = other) -> Any:
            """∂_{γ_j} + x̂_j ∂_j + ½ ∂_j², with the equation of u put in."""
            raw = sp.diff(function, gamma_j) + sp.diff(u, z_j) * sp.diff(function, z_j) + sp.diff(function, z_j, 2) / 2
            equation = -sp.diff(u, z_j, 2) / 2 - sp.diff(u, z_j) ** 2 / 2
            return raw.subs(sp.diff(u, other, gamma_j), sp.diff(equation, other)).doit()

        mean = sp.diff(u, other)
        yield identity(f"6b. a martingale, {which}", "(∂_{γ_j} + x̂_j ∂_j + ½ ∂_j²) x̂_i = 0", along(mean), 0)
        yield identity(
            f"6c. its square, {which}",
            "(∂_{γ_j} + x̂_j ∂_j + ½ ∂_j²) x̂_i² = (∂_j ∂_i u)²",
            along(mean**2),
            fall * sp.diff(u, other, z_j) ** 2,
        )


def cross_checks() -> Iterator[Step]:
    """Both relations integrated: three codes in the plane, summed on a grid, and the library on a line."""
    import numpy as np

    import fsq_theory as ft

    nodes, weights = np.polynomial.legendre.leggauss(16)
    low, high = 0.5, 4.0
    snr = (low + high) / 2 + (high - low) / 2 * nodes
    area = weights * (high - low) / 2
    codes, prior = np.array([[1.0, 0.0], [-0.4, 0.9], [-0.5, -0.7]]), np.array([0.5, 0.3, 0.2])
    at_ends = [in_the_plane(codes, prior, end) for end in (low, high)]
    between = [np.array(column) for column in zip(*(in_the_plane(codes, prior, one) for one in snr), strict=True)]
    for token in range(3):
        gained = at_ends[1][0][token] - at_ends[0][0][token]
        yield agreement(
            f"7a. token {token}", "D_k gains ½ ∫E[‖e_k − x̂‖²|k]", gained, area @ between[1][:, token] / 2, 1e-9
        )
    fallen = prior @ at_ends[0][1] - prior @ at_ends[1][1]
    yield agreement("7b. mmse", "mmse falls by ∫E‖Cov‖²_F", fallen, area @ between[2], 1e-9)
    line = ft.ArrayCodebook(np.array([[-1.0], [-0.3], [0.2], [1.0]]), [0.1, 0.2, 0.3, 0.4])
    found = ft.information(line, np.sqrt(np.append(snr, [low, high])))
    gained = found.information[-1] - found.information[-2]
    yield agreement("7c. the library", "I gains ½ ∫mmse", float(gained), float(area @ found.mmse[:-2]) / 2, 1e-9)


def in_the_plane(codes: Any, prior: Any, snr: float) -> tuple[Any, Any, float]:
    """D_k and E[‖e_k − x̂‖²|k] of each token, and E‖Cov(X|Y)‖²_F, by the trapezoid rule."""
    import numpy as np

    axis = np.arange(-8.6, 8.7, 0.2)
    noise = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    mass = 0.2**2 * np.exp(-(noise**2).sum(axis=-1) / 2) / (2 * np.pi)
    y = np.sqrt(snr) * codes[:, None] + noise
    log_density = -((y[:, :, None] - np.sqrt(snr) * codes) ** 2).sum(axis=-1) / 2
    posterior = prior * np.exp(log_density)
    total = posterior.sum(axis=-1, keepdims=True)
    posterior /= total
    own = np.take_along_axis(log_density, np.arange(len(codes))[:, None, None], axis=-1)
    off = codes[:, None] - posterior @ codes
    around = codes - (posterior @ codes)[:, :, None]
    cov = np.einsum("kyj,kyja,kyjb->kyab", posterior, around, around)
    return (
        (own - np.log(total))[..., 0] @ mass,
        (off**2).sum(axis=-1) @ mass,
        float(prior @ ((cov**2).sum(axis=(-1, -2)) @ mass)),
    )


if __name__ == "__main__":
    sys.exit(run_as_script(__file__))
