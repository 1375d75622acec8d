"""Curves of information, entropy and MMSE on 1000 values of r: time of ``ft.information`` beside two usual ways.

Prints medians over repeats, after one warm-up, of the processor's time, which other programs disturb little.  The other
ways get 50 values of r, and their time is scaled to 1000:

- *quad*: ``scipy.integrate.quad`` of the factor's entropy and MMSE, r by r;
- *samples*: NumPy Monte Carlo of the factor or codebook, 1e5 samples an r; of all tokens fewer at one r, scaled.
"""

from __future__ import annotations

import warnings

import numpy as np
import scipy.integrate
from timing import median_seconds

import fsq_theory as ft

R = np.geomspace(1e-4, 1e3, 1000)
FEW = np.geomspace(1e-4, 1e3, 50)
SAMPLES = 100_000


def by_quad(points: np.ndarray, r: float) -> tuple[float, float]:
    """H(X_0|Y) and MMSE of codes on a line under the uniform prior, by two adaptive integrals."""

    def weights(x: float) -> tuple[np.ndarray, float]:
        exponents = -((x - r * points) ** 2) / 2
        w = np.exp(exponents - exponents.max())
        density = np.exp(exponents.max()) * w.sum() / np.sqrt(2 * np.pi) / len(points)
        return w / w.sum(), float(density)

    def entropy(x: float) -> float:
        q, total = weights(x)
        return float(-total * np.sum(q[q > 0] * np.log(q[q > 0])))

    def mmse(x: float) -> float:
        q, total = weights(x)
        return float(total * q @ (points - q @ points) ** 2)

    middles = r * (points[1:] + points[:-1]) / 2
    low, high = r * points[0] - 12, r * points[-1] + 12
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", scipy.integrate.IntegrationWarning)
        found = [scipy.integrate.quad(f, low, high, points=middles, limit=500)[0] for f in (entropy, mmse)]
    return found[0], found[1]


def by_samples(points: np.ndarray, r: float, samples: int) -> tuple[float, float]:
    """H(X_0|Y) and MMSE of any codes under the uniform prior, by NumPy Monte Carlo in blocks."""
    rng = np.random.default_rng(0)
    entropies, errors = [], []
    block = max(1, 2**22 // len(points))
    for start in range(0, samples, block):
        count = min(block, samples - start)
        token = rng.integers(len(points), size=count)
        y = r * points[token] + rng.normal(size=(count, points.shape[1]))
        scores = r * y @ points.T - r**2 * np.sum(points**2, axis=1) / 2
        scores -= scores.max(axis=1, keepdims=True)
        p = np.exp(scores)
        p /= p.sum(axis=1, keepdims=True)
        entropies.append(-np.log(np.maximum(p[np.arange(count), token], 1e-300)).sum())
        errors.append(np.sum((points[token] - p @ points) ** 2))
    return sum(entropies) / samples, sum(errors) / samples


def by_one_hot_samples(tokens: int, r: float, samples: int) -> tuple[float, float]:
    """H(X_0|Y) and MMSE of one-hot codes under the uniform prior, by NumPy Monte Carlo: token 0 is sent."""
    rng = np.random.default_rng(0)
    entropy = mmse = 0.0
    for _ in range(samples):
        scores = r * rng.normal(size=tokens)
        scores[0] += r**2
        p = np.exp(scores - scores.max())
        p /= p.sum()
        entropy -= float(np.log(max(p[0], 1e-300)))
        mmse += float(1 - 2 * p[0] + p @ p)
    return entropy / samples, mmse / samples


def line(name: str, seconds: float, against: float) -> None:
    """One way's time and its ratio to the package's."""
    print(f"  {name:34s} {seconds:12.3f} s {seconds / against:12.1f}")


def main() -> None:
    """Time both codebooks."""
    print(f"{'1000 values of r':36s} {'median':>14s} {'ratio':>12s}")
    ternary = ft.codebook("fsq:3").points[:, 0]
    print("fsq:3^8")
    own = median_seconds(lambda: ft.information("fsq:3^8", R), 9)
    line("ft.information", own, own)
    scale = len(R) / len(FEW)
    line("quad of a factor", scale * median_seconds(lambda: [by_quad(ternary, r) for r in FEW], 3), own)
    sampled = median_seconds(lambda: [by_samples(ternary[:, None], r, SAMPLES) for r in FEW], 3)
    line(f"{SAMPLES} samples of a factor", scale * sampled, own)
    listed = ft.codebook("fsq:3^8").points
    few_samples = SAMPLES // 100
    whole = median_seconds(lambda: by_samples(listed, 1.0, few_samples), 3) * len(R) * SAMPLES / few_samples
    line(f"{SAMPLES} samples, all tokens listed", whole, own)
    print("onehot:50257")
    own = median_seconds(lambda: ft.information("onehot:50257", R), 5)
    line("ft.information", own, own)
    few_samples = SAMPLES // 200
    whole = median_seconds(lambda: by_one_hot_samples(50257, 4.0, few_samples), 3) * len(R) * SAMPLES / few_samples
    line(f"{SAMPLES} samples of all scores", whole, own)


if __name__ == "__main__":
    main()
