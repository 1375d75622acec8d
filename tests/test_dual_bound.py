"""The certified dual bound: above every accuracy it must be above, near FSQ's, and rigorous in each of its parts."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from flint import arb
from scipy.special import ndtr

from fsq_theory.balls.arithmetic import ball, precision
from fsq_theory.codebooks.array_codebook import ArrayCodebook
from fsq_theory.denoiser.accuracy.accuracy import accuracy
from fsq_theory.denoiser.accuracy.certified import certified_fsq_error
from fsq_theory.denoiser.accuracy.converse.between import bend, distance_from_fsq
from fsq_theory.denoiser.accuracy.converse.bound import dual_bound
from fsq_theory.denoiser.accuracy.converse.composition import type_values
from fsq_theory.denoiser.accuracy.converse.domination import curves_of
from fsq_theory.denoiser.accuracy.converse.loss_laws import coarsened, loss_laws
from fsq_theory.denoiser.accuracy.converse.rounding import exponentials, raised
from fsq_theory.denoiser.accuracy.converse.search import find_density
from fsq_theory.denoiser.accuracy.converse.step_density import StepDensity, step_density
from fsq_theory.errors import InputError

# Heights that the search found, to two digits: they need not be exact to give a valid bound.
BITS_AT_2 = [-0.76, -0.86, -0.99, -0.98, -0.82, -0.67, -0.55, -0.45, -0.36, -0.30, -0.26, -0.26, -0.26, -0.27, -0.3]
FOUR_BITS_AT_2 = [-0.74, -1.09, -1.33, -1.31, -1.16, -1.0, -0.84, -0.71, -0.6, -0.52, -0.46, -0.43, -0.42, -0.43, -0.43]
SQUARE_AT_2 = {
    4: [-1.31, -1.57, -1.67, -1.61, -1.46, -1.28, -1.1, -0.96, -0.87, -0.78, -0.72, -0.69, -0.68, -0.69, -0.69],
    5: [-1.53, -1.2, -0.95, -0.77, -0.64, -0.55, -0.49, -0.46, -0.46, -0.47, -0.47, -0.48, -0.49],
    9: [-0.19, -0.21, -0.23, -0.33, -0.41, -0.4, -0.39, -0.37, -0.27, -0.18, -0.14, -0.12, -0.11],
}


def fsq(L: int, n: int, r: float) -> float:
    return float((1 - 2 * (1 - 1 / L) * ndtr(-r / (L - 1))) ** n)


def density(heights: list[float], r: int = 2, factor: float = 1.0, cells: int | None = None) -> StepDensity:
    found = step_density(r, heights, (r + 3) * (len(heights) - 1) / 29, cells)
    return StepDensity(found.r, found.cells, found.values * factor)


def hockey_stick(q: StepDensity, centre: float, t: float, n: int = 1) -> float:
    """∫ (φ(y − μ) − t q(y))⁺ dy on the cells of q, in one or two dimensions, by the midpoint rule."""
    parts = 8 if n == 1 else 1
    width = float(q.width) / parts
    half = np.repeat(q.values, parts)
    y = (np.arange(len(half)) + 0.5) * width
    line, values = np.r_[-y[::-1], y], np.r_[half[::-1], half]
    p = np.exp(-((line - centre) ** 2) / 2) / np.sqrt(2 * np.pi)
    if n == 2:
        p, values = np.multiply.outer(p, p), np.multiply.outer(values, values)
    return float(np.maximum(p - t * values, 0).sum() * width**n)


def curve(masses: np.ndarray, lowest: int, spacing: float, t: float) -> float:
    losses = (lowest + np.arange(len(masses))) * spacing
    return float((masses * np.maximum(1 - t * np.exp(-losses), 0)).sum())


def test_eight_bits_within_a_fortieth():
    """Base 2, n = 8 at r = 2, among the worst: no codebook gains more than 0.0225 on FSQ's 0.8318."""
    bound = dual_bound(density(BITS_AT_2), 8, 2**8)
    assert fsq(2, 8, 2) < bound.value < fsq(2, 8, 2) + 0.0225
    assert bound.r == 2
    assert bound.excess < 2e-3
    assert bound.mass == pytest.approx(float((density(BITS_AT_2).integral() ** 8 / 256).mid()), rel=1e-12)


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_above_fsq_with_any_function(n):
    """A q made for four dimensions, twice too large or too small, gives a looser bound that still holds."""
    for factor in (0.5, 1.0, 2.0):
        assert dual_bound(density(FOUR_BITS_AT_2, factor=factor, cells=50), n, 2**n).value >= fsq(2, n, 2)


def test_looser_with_a_worse_function():
    values = [dual_bound(density(FOUR_BITS_AT_2, factor=factor, cells=50), 4, 16).value for factor in (0.5, 1.0, 2.0)]
    assert fsq(2, 4, 2) < values[1] < fsq(2, 4, 2) + 0.006
    assert min(values[0], values[2]) > values[1] + 0.05


@pytest.mark.parametrize("tokens", [4, 5, 9])
def test_above_every_codebook_of_the_square(tokens):
    """Random codebooks, rings, the grid, corners with the origin, by their exact accuracies; near the best of them."""
    rng = np.random.default_rng(tokens)
    bound = dual_bound(density(SQUARE_AT_2[tokens], cells=50), 2, tokens).value
    angle = 2 * np.pi * np.arange(tokens) / tokens
    ring = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    line = np.linspace(-1, 1, 3)
    grid = np.stack(np.meshgrid(line, line), axis=-1).reshape(9, 2)
    by_norm = grid[np.argsort(-np.linalg.norm(grid, axis=1), kind="stable")]
    codebooks = [rng.uniform(-1, 1, (tokens, 2)) for _ in range(3)]
    codebooks += [ring, ring / np.abs(ring).max(axis=1, keepdims=True)]
    codebooks += [np.concatenate([by_norm[: min(tokens, 8)], np.zeros((1, 2))])[-tokens:]]
    codebooks += [np.concatenate([by_norm[:4], np.zeros((1, 2)), by_norm[4:8]])[:tokens]]
    best = max(float(accuracy(ArrayCodebook(points), 2.0).value) for points in codebooks)
    assert best <= bound < best + 0.03


@pytest.mark.parametrize("centre", [0.0, 0.7, 2.0])
def test_value_of_one_code_against_quadrature(centre):
    """With one type only, the largest product is H(e, e) by quadrature in two dimensions, from above."""
    q = density(FOUR_BITS_AT_2, cells=100)
    laws = loss_laws(q, 2, Fraction(1, 50))
    row = round(centre / 0.02)
    value, kind = type_values(laws.masses[[row]], laws.lowest, laws.spacing, 2).largest([0.0])
    exact = hockey_stick(q, centre, 1.0, 2)
    assert kind == (0, 0)
    assert exact - 1e-6 < value < exact + 4e-4


def test_laws_dominate_and_nearly_agree():
    """Curves of the laws are above the hockey-stick curves, less and less so as nodes become finer.

    At order 3/2 at least: near its largest value the loss has a density like an inverse square root.
    """
    q = density(FOUR_BITS_AT_2, cells=800)
    over = []
    for spacing in (Fraction(1, 5), Fraction(1, 10), Fraction(1, 20)):
        laws = loss_laws(q, 3, spacing, stride=400)
        found, exact = [], []
        for row, centre in enumerate((0.0, 1.0, 2.0)):
            for t in np.exp(np.linspace(-1.2, 0.6, 31)):
                exact.append(hockey_stick(q, centre, float(t)))
                found.append(curve(laws.masses[row, 0], laws.lowest, float(spacing), float(t)))
        assert min(np.subtract(found, exact)) > -1e-7  # of the midpoint rule
        over.append(np.mean(np.subtract(found, exact)))
    orders = np.log2(np.divide(over[:-1], over[1:]))
    assert (orders > 1.4).all()
    assert (orders < 2.2).all()


def test_coarser_nodes_dominate():
    laws = loss_laws(density(FOUR_BITS_AT_2, cells=50), 2, Fraction(1, 80), stride=25, multiple=4)
    coarse = coarsened(laws, [0, 2], 4)
    for row, part in ((0, coarse[0, 0]), (2, coarse[1, 0])):
        assert part.sum() == pytest.approx(laws.masses[row].sum(), rel=1e-12)
        for t in np.exp(np.linspace(-1.5, 1.0, 40)):
            fine = curve(laws.masses[row, 0], laws.lowest, 1 / 80, float(t))
            # A chord of (1 − t x)⁺ between nodes x e^{−h'} and x is above it by at most (e^{h'} − 1)/4.
            most = fine + np.expm1(1 / 20) / 4
            assert fine * (1 - 1e-13) <= curve(part, laws.lowest // 4, 1 / 20, float(t)) < most


def test_mixtures_dominate_every_centre():
    """ε covers centres off the grid; with the corner left out it is large, and the bound pays for it."""
    q = density(SQUARE_AT_2[4], cells=50)
    laws = loss_laws(q, 2, Fraction(1, 400))
    curves = curves_of(laws)
    rows = [0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50]
    excess = curves.excess_everywhere(rows, np.zeros(11))
    for centre in (0.015, 0.411, 0.978, 1.33, 1.999):
        for t in np.exp(np.linspace(-1.0, 0.6, 9)):
            vertices = [hockey_stick(q, row * 0.04, float(t)) for row in rows]
            assert hockey_stick(q, centre, float(t)) < max(vertices) + excess
    assert excess < 3e-3
    charged = [curves.excess_everywhere(rows, charge * np.ones(11)) for charge in (0.0, 1e-4, 1e-3)]
    assert charged[0] >= charged[1] >= charged[2] > 0
    assert curves.excess_everywhere([0, 25], np.zeros(2)) > 10 * excess
    whole, without = dual_bound(q, 2, 4), dual_bound(q, 2, 4, vertices=[0, 25])
    assert without.value > whole.value + 0.01
    assert whole.value > hockey_stick(q, 2.0, 1.0, 2) + whole.mass


@pytest.mark.parametrize("d", [0.01, 0.1, 0.5])
def test_interpolated_normal_laws(d):
    """N(d/2, 1) is within d² φ(1)/4 of the mean of N(0, 1) and N(d, 1), and nearly that far for small d."""
    y = np.linspace(-9, 9, 20001)
    phi = [np.exp(-((y - centre) ** 2) / 2) / np.sqrt(2 * np.pi) for centre in (0, d / 2, d)]
    far = np.maximum(phi[1] - (phi[0] + phi[2]) / 2, 0).sum() * (y[1] - y[0])
    most = d**2 * np.exp(-0.5) / np.sqrt(2 * np.pi) / 4
    assert 0.97 * most < far < most * (1 + 1e-6)


def test_types_against_all_products():
    """Two laws in three coordinates, added up over all outcomes in exact arithmetic: never below, by 1e-12 at most."""
    rng = np.random.default_rng(1)
    masses = rng.dirichlet(np.ones(9), 2)
    lowest, spacing = -5, Fraction(1, 4)
    found = type_values(masses[:, None], lowest, spacing, 3)
    best = {}
    for kind in ((0, 0, 0), (0, 0, 1), (0, 1, 1), (1, 1, 1)):
        i, j, k = np.meshgrid(*[np.arange(9)] * 3, indexing="ij")
        losses = (3 * lowest + i + j + k) * float(spacing)
        product = masses[kind[0]][i] * masses[kind[1]][j] * masses[kind[2]][k]
        best[kind] = float((product * np.maximum(1 - np.exp(-losses), 0)).sum())
    value, kind = found.largest([0.0, 0.0])
    assert kind == max(best, key=best.get)
    assert best[kind] < value < best[kind] + 1e-12
    charged, kind = found.largest([0.0, 10.0])
    assert kind == (1, 1, 1)
    assert charged == pytest.approx(best[kind] + 30, rel=1e-12)


def test_raised_above_exact_sums():
    rng = np.random.default_rng(2)
    for terms in (1, 10, 1000):
        a, b = rng.random((2, terms)) * 10.0 ** rng.integers(-200, 3, (2, terms))
        exact = sum(Fraction(x) * Fraction(y) for x, y in zip(a.tolist(), b.tolist(), strict=True))
        found = raised(float(a @ b), terms)
        assert exact <= Fraction(found) <= exact * (1 + Fraction(terms + 8, 2**51)) + Fraction(1e-289)


def test_exponentials_on_both_sides():
    """Against balls, near 0, far out, and across the ends of blocks; beyond 1e-300 only one side is left."""
    spacing = Fraction(1, 200)
    upper, lower = exponentials(spacing, -300, 300)
    with precision(200):
        for k in range(601):
            exact = (-ball(spacing * (k - 300))).exp()
            assert arb(float(lower[k])) <= exact <= arb(float(upper[k]))
    assert (upper / lower - 1).max() < 32 * 2.0**-53
    upper, lower = exponentials(Fraction(1), 690, 700)
    assert (upper >= 1e-300).all()
    assert lower[-1] == 0


@pytest.mark.parametrize("n", [1, 2, 8])
def test_accuracy_between_two_ratios(n):
    """Codebooks on the diagonal of the box, as far out as can be: below their chord and the bend, near it for two.

    Two opposite corners have A = Φ(r√n), above its chord by r d² √n³ φ(r√n)/8 or so: at r√n = 1, by d² n φ(1)/8.
    """
    corners = ArrayCodebook(np.array([[1.0] * n, [-1.0] * n]))
    for r, d in ((0.3, 0.1), (1.0, 0.04), (n**-0.5, 0.1), (2.0, 0.2)):
        a, b = (float(accuracy(corners, at).value) for at in (r, r + d))
        for s in (0.2, 0.5, 0.9):
            middle = float(accuracy(corners, r + s * d).value)
            over = s * (1 - s) * float(bend(Fraction(d) ** 2 * n).mid())
            assert middle <= (1 - s) * a + s * b + over
    r, d = n**-0.5 - 0.02, 0.04
    a, middle, b = (float(ndtr(at * np.sqrt(n))) for at in (r, r + d / 2, r + d))
    assert middle - (a + b) / 2 == pytest.approx(float(bend(Fraction(d) ** 2 * n).mid()) / 8, rel=0.02)


@pytest.mark.parametrize("levels", [[2, 2], [3, 3, 3], [4, 2]])
def test_distance_from_fsq(levels):
    """Where bounds are FSQ's accuracies and more: what they are more by, the bend, and parts of 1/128 of the rise."""
    a, b = Fraction(2), Fraction(54, 25)
    exact = [1 - float(certified_fsq_error(levels, r).upper) for r in (a, b)]
    found = distance_from_fsq(a, Fraction(exact[0]) + Fraction(1, 100), b, Fraction(exact[1]) + Fraction(1, 50), levels)
    r = np.linspace(2, 2.16, 1001)
    s = (r - 2) / 0.16
    each = np.array(levels)
    truth = np.prod(1 - 2 * (1 - 1 / each) * ndtr(-r[:, None] / (each - 1)), axis=1)
    over = s * (1 - s) * 0.16**2 * len(levels) * np.exp(-0.5) / np.sqrt(2 * np.pi)
    most = ((1 - s) * (exact[0] + 0.01) + s * (exact[1] + 0.02) + over - truth).max()
    assert most <= found < most + (exact[1] - exact[0] + 0.01 + 4 * over.max()) / 128
    assert distance_from_fsq(a, Fraction(2), b, Fraction(2), levels) == pytest.approx(1 - exact[0], abs=1e-12)
    with pytest.raises(InputError, match="interval"):
        distance_from_fsq(b, Fraction(1), a, Fraction(1), levels)


def test_search_in_the_square():
    """The search ends within 0.006 of FSQ at n = 2, r = 1.5, where the bound with a constant q is 0.05 above it."""
    found = find_density(Fraction(3, 2), 2, 4)
    bound = dual_bound(step_density(Fraction(3, 2), found.heights, 4.5, 50), 2, 4)
    assert fsq(2, 2, 1.5) <= bound.value < fsq(2, 2, 1.5) + 0.004
    assert len(found.heights) == 30
    assert found.logs.tolist() == [0.0, 0.0, 0.0]
    flat = min(dual_bound(density([h, h], cells=50), 2, 4).value for h in (-0.6, -0.3, 0.0))
    assert flat > fsq(2, 2, 2) + 0.02


@pytest.mark.parametrize(
    "call",
    [
        lambda: step_density(0, [0.0, 0.0], 1.0),
        lambda: step_density(1, [0.0], 1.0),
        lambda: step_density(1, [0.0, np.nan], 1.0),
        lambda: StepDensity(Fraction(1), 2, np.array([1.0, 1.0, 0.0])),
        lambda: StepDensity(Fraction(1), 3, np.ones(3)),
        lambda: dual_bound(density([0.0, 0.0], cells=20), 2, 0),
        lambda: dual_bound(density([0.0, 0.0], cells=20), 0, 4),
        lambda: dual_bound(density([0.0, 0.0], cells=20), 2, 4, spacing=0),
        lambda: dual_bound(density([0.0, 0.0], cells=20), 2, 4, stride=3),
        lambda: dual_bound(density([0.0, 0.0], cells=20), 2, 4, vertices=[21]),
        lambda: find_density(-1, 2, 4),
        lambda: find_density(1, 2, 4, marked=(0.5, 0.4)),
    ],
)
def test_refused(call):
    with pytest.raises(InputError, match="expected"):
        call()


def test_what_is_no_number_is_not_small():
    """Heights so low that ratios overflow: the bound raises, and is never taken for a small one."""
    with np.errstate(all="ignore"), pytest.raises(ArithmeticError):
        dual_bound(step_density(1, [-99.0, -99.0], 4.0, 20), 9, 512, spacing=1, most=3)
