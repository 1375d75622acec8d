"""The dual bound with functions that count marked coordinates: each part against quadrature or enumeration."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from scipy.special import ndtr

from fsq_theory.certificates.files import certificate_paths, read_certificate
from fsq_theory.certificates.function_table import function_table
from fsq_theory.codebooks.array_codebook import ArrayCodebook
from fsq_theory.denoiser.accuracy.accuracy import accuracy
from fsq_theory.denoiser.accuracy.converse.bound import dual_bound
from fsq_theory.denoiser.accuracy.converse.composition import spare, type_values
from fsq_theory.denoiser.accuracy.converse.counted_product import CountedProduct
from fsq_theory.denoiser.accuracy.converse.domination import curves_of
from fsq_theory.denoiser.accuracy.converse.loss_laws import loss_laws
from fsq_theory.denoiser.accuracy.converse.search import find_density
from fsq_theory.denoiser.accuracy.converse.step_density import StepDensity, step_density
from fsq_theory.errors import InputError

# What the search found for 2^4 near r = 2 with |y| < 0.55 marked, to two digits: it need not be exact.
HEIGHTS = [
    -0.98,
    -1.01,
    -0.94,
    -0.81,
    -0.68,
    -0.52,
    -0.36,
    -0.23,
    -0.13,
    -0.04,
    0.01,
    0.04,
    0.04,
    0.03,
    0.03,
    0.03,
    0.03,
    0.03,
    0.04,
    0.03,
    0.03,
    0.02,
    0.01,
    0.01,
    0.02,
    0.03,
    0.05,
    0.07,
    0.08,
    0.10,
]
LOGS = ("-2.20", "-1.03", "-1.36", "-1.56", "-0.92")


def function(cells: int = 50, logs: tuple[str, ...] = LOGS, n: int = 4) -> CountedProduct:
    density = step_density(2, HEIGHTS, 5.0, cells)
    return CountedProduct(density, (0, round(0.55 / float(density.width))), tuple(map(Fraction, logs[: n + 1])))


def parts(m: CountedProduct, centre: float, parts: int = 4) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """On a fine line: φ(y − μ), q(y), whether y is marked, and the width of a cell."""
    width = float(m.density.width) / parts
    half = np.repeat(m.density.values, parts)
    y = (np.arange(len(half)) + 0.5) * width
    line, q = np.r_[-y[::-1], y], np.r_[half[::-1], half]
    marked = np.abs(line) < m.marked[1] * float(m.density.width)
    return np.exp(-((line - centre) ** 2) / 2) / np.sqrt(2 * np.pi), q, marked, width


def excess_of_square(m: CountedProduct, centre: float) -> float:
    """H(e, e) in two dimensions, by the midpoint rule."""
    p, q, marked, width = parts(m, centre, 1)
    count = np.add.outer(marked.astype(int), marked.astype(int))
    factors = np.exp([float(log) for log in m.logs])
    gains = np.multiply.outer(p, p) - factors[count] * np.multiply.outer(q, q)
    return float(np.maximum(gains, 0).sum() * width**2)


def test_integral_over_the_plane():
    m = function(logs=("0.3", "-0.2", "0.1"), n=2)
    _, q, marked, width = parts(m, 0.0, 1)
    count = np.add.outer(marked.astype(int), marked.astype(int))
    exact = (np.exp(np.array([0.3, -0.2, 0.1]))[count] * np.multiply.outer(q, q)).sum() * width**2
    assert float(m.integral(2).mid()) == pytest.approx(exact, rel=1e-12)
    with pytest.raises(InputError, match="expected 4"):
        m.integral(3)


@pytest.mark.parametrize("centre", [0.0, 0.44, 1.2, 2.0])
def test_value_of_one_code_against_quadrature(centre):
    m = function(100, ("0.25", "-0.3", "0.4"), 2)
    laws = loss_laws(m, 2, Fraction(1, 100))
    found = type_values(laws.masses[[round(centre / 0.02)]], laws.lowest, laws.spacing, 2, m.logs)
    value, kind = found.largest([0.0])
    exact = excess_of_square(m, centre)
    assert kind == (0, 0)
    assert exact - 1e-6 < value < exact + 1e-3


@pytest.mark.parametrize("n", [2, 3])
def test_types_against_all_products(n):
    """Two laws with marks, added up over all outcomes: never below, by 1e-12 at most, whatever is dropped."""
    rng = np.random.default_rng(n)
    masses = rng.dirichlet(np.ones(18), 2).reshape(2, 2, 9)
    lowest, spacing = -6, Fraction(1, 4)
    logs = tuple(map(Fraction, ("0", "-0.75", "0.5", "-0.25")[: n + 1]))
    found = type_values(masses, lowest, spacing, n, logs)
    for left, right in itertools.product(found.first, found.second):
        kind = (*left, *right)
        exact = 0.0
        for marks in itertools.product((0, 1), repeat=n):
            grids = np.meshgrid(*[np.arange(9)] * n, indexing="ij")
            product = math.prod(masses[k][b][g] for k, b, g in zip(kind, marks, grids, strict=True))
            losses = (n * lowest + sum(grids)) * 0.25 - float(logs[sum(marks)])
            exact += float((product * np.maximum(1 - np.exp(-losses), 0)).sum())
        value = found.values[found.first.index(left), found.second.index(right)]
        assert exact < value < exact + 1e-12


def test_spare_is_what_types_leave():
    """Charged what they can spare, types of one law rise to the largest at most."""
    masses = np.random.default_rng(0).dirichlet(np.ones(9), 3)[:, None]
    found = type_values(masses, -5, Fraction(1, 4), 3)
    each = spare(found.margins())
    largest = found.values.max()
    assert each.min() == 0
    for law in range(3):
        alone = [found.values[found.first.index((law,)), found.second.index((law, law))] + 3 * each[law]]
        assert max(alone) <= largest + 1e-12
    room = spare(found.margins(), 0.3)
    assert (room >= each + 0.1 - 1e-12).all()
    assert (room <= each + 0.3 + 1e-12).all()


@pytest.mark.parametrize("n", [1, 2, 3])
def test_a_single_vertex(n):
    """All types have n coordinates of the only law; the bound holds, and more vertices make it better."""
    density = step_density(1, [0.0, 0.0], 4.0, 20)
    alone = dual_bound(density, n, 2**n, vertices=[10]).value
    assert float(ndtr(1.0) ** n) < dual_bound(density, n, 2**n).value < alone <= 1


def test_mixtures_dominate_beside_any_number_of_marks():
    """Σ over blocks of ∫ (p − g t q)⁺ at centres off the grid, by quadrature, against mixtures of vertices."""
    m = function(100, ("0.3", "-0.2", "0.1"), 2)
    laws = loss_laws(m, 2, Fraction(1, 100))
    rows = list(range(0, 101, 10))
    excess = curves_of(laws).excess_everywhere(rows, np.zeros(len(rows)))
    factors = np.exp([0.3, -0.2, 0.1])
    ts = np.exp(np.linspace(-1.0, 0.8, 7))

    def curves(centre: float) -> np.ndarray:
        p, q, marked, width = parts(m, centre)
        beside = (np.where(marked, factors[j + 1], factors[j]) for j in (0, 1))
        return np.array([[np.maximum(p - t * g * q, 0).sum() * width for t in ts] for g in beside])

    vertices = {row: curves(row * 0.02) for row in rows}
    assert excess < 0.02
    for centre in (0.07, 0.31, 0.5, 0.69, 1.5):
        low = int(centre / 0.2) * 10
        ends = vertices[low], vertices[low + 10]
        over = min(
            float((curves(centre) - (1 - w) * ends[0] - w * ends[1]).max()) for w in np.linspace(0, 1, 101).tolist()
        )
        assert over < excess + 1e-4


def test_marks_without_factors_change_nothing():
    density = step_density(2, HEIGHTS, 5.0, 50)
    plain = dual_bound(density, 3, 8, vertices=[0, 10, 20, 30, 40, 50])
    m = CountedProduct(density, (0, 12), (Fraction(0),) * 4)
    assert float(m.integral(3).mid()) == pytest.approx(float(density.integral().mid()) ** 3, rel=1e-13)
    assert dual_bound(m, 3, 8, vertices=[0, 10, 20, 30, 40, 50]).value == pytest.approx(plain.value, abs=2e-4)


def test_four_bits_nearly_the_best():
    """2^4 at r = 2: no codebook gains 0.0015 on FSQ's 0.912; as far as a product of the same q says, it might."""
    (path,) = certificate_paths(["near-optimal-base-2-n-4"])
    m = function_table(read_certificate(path), 4).at(Fraction(2), Fraction(1, 25))
    fsq = float(ndtr(2.0) ** 4)
    assert len(m.logs) == 5
    assert fsq < dual_bound(m, 4, 16).value < fsq + 0.0015
    assert dual_bound(m.density, 4, 16).value > fsq + 0.003


@pytest.mark.parametrize("logs", [("0", "1", "-1"), ("-2", "0.5", "0"), ("0.2", "0.2", "0.2")])
def test_above_every_codebook_of_the_square(logs):
    """Whatever the factors, the bound holds: random codebooks, the grid, corners with the origin."""
    rng = np.random.default_rng(1)
    density = step_density(2, HEIGHTS, 5.0, 50)
    bound = dual_bound(CountedProduct(density, (10, 30), tuple(map(Fraction, logs))), 2, 5).value
    corners = np.array(list(itertools.product((-1.0, 1.0), repeat=2)))
    codebooks = [rng.uniform(-1, 1, (5, 2)) for _ in range(3)] + [np.concatenate([corners, np.zeros((1, 2))])]
    assert max(float(accuracy(ArrayCodebook(points), 2.0).value) for points in codebooks) <= bound


def test_search_with_marks():
    """Two steps of descent with marks give a function that counts, and the bound holds with it."""
    found = find_density(2, 2, 4, marked=(0.0, 0.5), centres=(0.0, 0.5, 1.0))
    density = step_density(2, found.heights, 5.0, 50)
    m = CountedProduct(density, (0, 12), tuple(Fraction(f"{log:.3f}") for log in found.logs))
    fsq = float(ndtr(2.0) ** 2)
    assert fsq <= dual_bound(m, 2, 4).value < fsq + 0.002
    assert np.abs(found.logs).max() > 0.01


@pytest.mark.parametrize(
    "call",
    [
        lambda q: CountedProduct(q, (3, 2), (Fraction(0), Fraction(0))),
        lambda q: CountedProduct(q, (0, 10**6), (Fraction(0), Fraction(0))),
        lambda q: CountedProduct(q, (0, 2), ()),
        lambda q: CountedProduct(q, (0, 2), (Fraction(1),)),
        lambda q: CountedProduct(q, (0, 2), (Fraction(99), Fraction(0))),
        lambda q: dual_bound(CountedProduct(q, (0, 2), (Fraction(0),) * 3), 3, 8),
        lambda q: loss_laws(CountedProduct(q, (0, 2), (Fraction(0), Fraction(1, 7))), 1, Fraction(1, 10)),
        lambda q: type_values(np.ones((1, 2, 5)), -3, Fraction(1), 2, (Fraction(0), Fraction(0))),
    ],
)
def test_refused(call):
    with pytest.raises(InputError, match="expected"):
        call(StepDensity(Fraction(1), 2, np.ones(20)))
