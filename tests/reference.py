"""Slow references in arbitrary precision, written from the definitions and not from the package's formulas."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import mpmath as mp
from mpmath.calculus.quadrature import GaussLegendre

mp.mp.dps = 30


def pieces(points: Sequence[float]) -> list[mp.mpf]:
    """Break points for quadrature, sorted and distinct."""
    return sorted({mp.mpf(p) for p in points})


def integrate(f, points: Sequence[float], width: float = 0.5) -> mp.mpf:
    """∫ f from the first to the last point by Gauss–Legendre on pieces no wider than ``width``."""
    total = mp.mpf(0)
    for a, b in pairwise(pieces(points)):
        steps = int(mp.ceil((b - a) / width))
        total += mp.quad(f, mp.linspace(a, b, steps + 1), method="gauss-legendre", maxdegree=5)
    return total


def map_error_1d(points: Sequence[float], prior: Sequence[float], r: float) -> mp.mpf:
    """∫ (Σ_k w_k − max_k w_k) dx with w_k = π_k φ(x − r e_k): the MAP error by its definition, cut at all crossings."""
    codes = [mp.mpf(p) * mp.mpf(r) for p in points]
    weights = [mp.mpf(p) for p in prior]

    def lost(x: mp.mpf) -> mp.mpf:
        w = [p * mp.npdf(x - c) for p, c in zip(weights, codes, strict=True)]
        top = max(range(len(w)), key=lambda k: w[k])
        return mp.fsum(w[k] for k in range(len(w)) if k != top)

    low, high = min(codes) - 14, max(codes) + 14
    cuts = [
        (a + b) / 2 + mp.log(p / q) / (b - a)
        for i, (a, p) in enumerate(zip(codes, weights, strict=True))
        for b, q in list(zip(codes, weights, strict=True))[i + 1 :]
        if a != b
    ]
    return integrate(lost, [low, *[c for c in cuts if low < c < high], high])


def soft_error_1d(points: Sequence[float], prior: Sequence[float], r: float) -> mp.mpf:
    """∫ Σ_{j≠k} w_j w_k / Σ_j w_j dx, the error of a token drawn from the posterior."""
    codes = [mp.mpf(p) * mp.mpf(r) for p in points]
    weights = [mp.mpf(p) for p in prior]

    def lost(x: mp.mpf) -> mp.mpf:
        w = [p * mp.npdf(x - c) for p, c in zip(weights, codes, strict=True)]
        total = mp.fsum(w)
        return mp.fsum(w[j] * w[k] for j in range(len(w)) for k in range(len(w)) if j != k) / total

    ordered = sorted(codes)
    middles = [(a + b) / 2 for a, b in pairwise(ordered)]
    width = min(0.5, 2 / float(max(b - a for a, b in pairwise(ordered))))
    return integrate(lost, [ordered[0] - 14, *ordered, *middles, ordered[-1] + 14], width)


def fsq_error(levels: Sequence[int], r: float) -> mp.mpf:
    """1 − Π_i [1 − 2(1 − 1/L_i) Φ(−r/(L_i − 1))] in 50 digits, by log1p and expm1 so that nothing cancels."""
    with mp.workdps(50):
        tails = [(1 - mp.mpf(1) / level) * mp.erfc(mp.mpf(r) / (level - 1) / mp.sqrt(2)) for level in levels]
        return -mp.expm1(mp.fsum(mp.log1p(-tail) for tail in tails))


def information_1d(points: Sequence[float], prior: Sequence[float], r: float) -> list[mp.mpf]:
    """I = E KL(p(·|Y)‖π), H(X_0|Y) and MMSE of codes on the line, from their definitions, cut at and around crossings.

    As accurate as the pieces are narrow against 1/(r·width): a few seconds where r·width is some tens.
    """
    weights = [mp.mpf(p) for p in prior]
    weights = [p / mp.fsum(weights) for p in weights]
    codes = [mp.mpf(a) * mp.mpf(r) for a in points]

    def densities(x: mp.mpf) -> tuple[mp.mpf, mp.mpf, mp.mpf]:
        w = [p * mp.npdf(x - c) for p, c in zip(weights, codes, strict=True)]
        total = mp.fsum(w)
        q = [v / total for v in w]
        mean = mp.fsum(v * a for v, a in zip(q, points, strict=True))
        divergence = mp.fsum(v * mp.log(v / p) for v, p in zip(q, weights, strict=True))
        entropy = -mp.fsum(v * mp.log(v) for v in q)
        variance = mp.fsum(v * (a - mean) ** 2 for v, a in zip(q, points, strict=True))
        return divergence * total, entropy * total, variance * total

    low, high = min(codes) - 12, max(codes) + 12
    pairs = [
        (b - a, (a + b) / 2 + mp.log(p / q) / (b - a))
        for i, (a, p) in enumerate(zip(codes, weights, strict=True))
        for b, q in list(zip(codes, weights, strict=True))[i + 1 :]
    ]
    near = [c + side * mp.mpf(2) ** m / abs(rho) for rho, c in pairs for side in (-1, 0, 1) for m in range(-1, 8)]
    cuts = [*codes, *(c for c in near if low < c < high)]
    nodes = GaussLegendre(mp.mp).calc_nodes(4, int(1.2 * mp.mp.prec))
    totals = [mp.mpf(0)] * 3
    for a, b in pairwise(pieces([low, *cuts, high])):
        if min(max(a - c, c - b) for c in codes) > 40:
            continue
        count = int(mp.ceil(b - a))
        half = (b - a) / count / 2
        for i in range(count):
            for node, weight in nodes:
                values = densities(a + half * (2 * i + 1 + node))
                totals = [t + weight * half * v for t, v in zip(totals, values, strict=True)]
    return totals
