"""Certified errors in the plane contain the truth: rays in mpmath, turned grids, closed forms, and exact corners."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from flint import arb, fmpq

import fsq_theory as ft
from fsq_theory.balls.arithmetic import ball, ends, precision
from fsq_theory.codebooks.array_codebook import ArrayCodebook
from fsq_theory.codebooks.exact_points import exact_points
from fsq_theory.denoiser.accuracy.certified import certified_error, certified_fsq_error
from fsq_theory.denoiser.accuracy.certified_cells import cell
from fsq_theory.denoiser.accuracy.certified_integrals import wedge
from fsq_theory.denoiser.accuracy.certified_planar import planar_error
from fsq_theory.denoiser.accuracy.certified_span import Line, Plane, span

HALF = fmpq(1, 2)


def rational(value: mpmath.mpf) -> Fraction:
    minus, mantissa, exponent, _ = value._mpf_
    return (-1) ** minus * Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def contains(found, truth: mpmath.mpf, digits: int) -> bool:
    """Whether a ball contains a number known to so many digits, and knows nearly as many itself."""
    low, high = ends(found)
    value = rational(truth)
    margin = abs(value) / 10**digits
    return low - margin <= value <= high + margin and found.rel_accuracy_bits() > 3.3 * digits


def turned(rows, columns=2):
    """Rows of the plane turned by the angle of the triangle 3, 4, 5, or put into space on two unit vectors."""
    if columns == 2:
        return [[Fraction(3 * x - 4 * y, 5), Fraction(4 * x + 3 * y, 5)] for x, y in rows]
    return [[Fraction(x + 2 * y, 3), Fraction(2 * x + y, 3), Fraction(2 * x - 2 * y, 3)] for x, y in rows]


GRID = [[-1 + Fraction(2 * i, 3), -1 + 2 * j] for i in range(4) for j in range(2)]


@pytest.mark.parametrize("r", [Fraction(1, 1000), 1, 5, 60, 1000])
@pytest.mark.parametrize("columns", [2, 3])
def test_a_turned_grid_has_the_error_of_the_grid(r, columns):
    found, grid = certified_error(turned(GRID, columns), r), certified_fsq_error([4, 2], r)
    assert (found.method, grid.method) == ("cells", "closed form")
    assert found.error.overlaps(grid.error)
    assert found.error.rel_accuracy_bits() > 120


def by_rays(points, prior, r, digits=30):
    """1 − A by the length of the ray in each direction, for codes inside their cells: 50 digits, independent."""
    total = mpmath.mpf(0)
    for k, code in enumerate(points):
        lines = []
        for j, other in enumerate(points):
            if j != k:
                x, y = (mpmath.mpf(b - a) for a, b in zip(code, other, strict=True))
                d = mpmath.hypot(x, y)
                lines.append((x / d, y / d, r * d / 2 + mpmath.log(prior[k] / prior[j]) / (r * d)))
        assert all(h > 0 for _, _, h in lines)
        corners = [mpmath.mpf(0), 2 * mpmath.pi]
        for (a, b, h), (c, d, g) in itertools.combinations(lines, 2):
            if abs(a * d - b * c) > 1e-20:
                corner = mpmath.atan2((a * g - c * h) / (a * d - b * c), (h * d - g * b) / (a * d - b * c))
                corners.append(corner % (2 * mpmath.pi))
        corners += [(mpmath.atan2(b, a) + s * mpmath.pi / 2) % (2 * mpmath.pi) for a, b, _ in lines for s in (-1, 1)]

        def escaped(angle, lines=lines):
            speed = max((a * mpmath.cos(angle) + b * mpmath.sin(angle)) / h for a, b, h in lines)
            return mpmath.exp(-1 / (2 * speed**2)) if speed > 0 else mpmath.mpf(0)

        total += prior[k] * mpmath.quad(escaped, sorted(corners)) / (2 * mpmath.pi)
    return total


@pytest.mark.parametrize("prior", [[1, 1, 1, 1], [3, 4, 4, 5]])
@pytest.mark.parametrize("r", [Fraction(6, 5), 4])
def test_cells_against_rays(prior, r):
    points = [(0, 0), (2, 1), (-1, 2), (1, -2)]
    with mpmath.workdps(40):
        weights = [mpmath.mpf(p) / sum(prior) for p in prior]
        truth = by_rays(points, weights, mpmath.mpf(Fraction(r).numerator) / Fraction(r).denominator)
    found = certified_error(points, r, prior=prior)
    assert found.method == "cells"
    assert contains(found.error, truth, 20)
    assert found.error.rel_accuracy_bits() > 110


@pytest.mark.parametrize("spec", ["fsq:8,5+stagger:0.5", "random:K=48,n=2,law=box,seed=3", "psk:9+perturb:0.1,seed=1"])
def test_cells_agree_with_owens_function(spec):
    book = ft.codebook(spec)
    for r in (0.001, 1.0, 12.0, 300.0):
        found, plain = certified_error(book, r), ft.accuracy(book, r)
        assert found.method == "cells"
        assert math.isclose(found.row()["log_error"], float(plain.log_error), rel_tol=1e-12, abs_tol=1e-14)
        assert found.error.rel_accuracy_bits() > 110


def test_cells_of_unequal_priors_agree_with_owens_function():
    rng = np.random.default_rng(5)
    for sharpness in (0.1, 1.0):
        book = ArrayCodebook(rng.uniform(-1, 1, (20, 2)), rng.dirichlet(np.full(20, sharpness)))
        for r in (0.001, 1.5, 20.0):
            found, plain = certified_error(book, r), ft.accuracy(book, r)
            assert math.isclose(found.row()["log_error"], float(plain.log_error), rel_tol=1e-11, abs_tol=1e-13)
            assert found.error.rel_accuracy_bits() > 110


@pytest.mark.parametrize("M", [2, 3, 4, 16])
@pytest.mark.parametrize("r", [Fraction(1, 1000), 2, 60, 1000])
def test_psk(M, r):
    found = certified_error(f"psk:{M}", r)
    assert found.method == "integral"
    assert found.error.rel_accuracy_bits() > 120
    if M == 2:
        assert found.error.overlaps(certified_fsq_error([2], r).error)
    elif M == 4:  # bits, turned, at distance √2
        with precision(200):
            miss = (ball(r) / 2).erfc() / 2
            assert found.error.overlaps(2 * miss - miss * miss)
    elif r < 1000:
        with mpmath.workdps(40):
            h = mpmath.mpf(Fraction(r).numerator) / Fraction(r).denominator * mpmath.sin(mpmath.pi / M)
            scale = mpmath.exp(h * h / 2)
            top = mpmath.pi - mpmath.pi / M
            places = [0, mpmath.pi / 2 - 1 / (1 + h), mpmath.pi / 2, min(mpmath.pi / 2 + 3 / (1 + h), top), top]

            def speed(t):
                return scale * mpmath.exp(-(h**2) / (2 * mpmath.sin(t) ** 2)) if t else mpmath.mpf(0)

            truth = mpmath.quad(speed, places) / mpmath.pi / scale
        assert contains(found.error, truth, 20)


def test_a_wedge_is_a_difference_of_owens_function():
    with precision(160):
        h, ends_of = arb(3) / 2, [None, arb(-2), arb(1) / 3, arb(5), arb(10) ** 40, None]
        whole = wedge(h, None, None, 128)
        assert whole.overlaps((h / arb(2).sqrt()).erfc() / 2)
        for low, middle, high in itertools.combinations(ends_of, 3):
            if middle is not None:
                assert wedge(h, low, high, 128).overlaps(wedge(h, low, middle, 128) + wedge(h, middle, high, 128))
        for size in (arb(10) ** -30, arb(10) ** -3, arb(1), arb(10) ** 3):
            quarter = wedge(size, arb(0), arb(1), 128)  # T(h, 1) = Φ(h)Φ(−h)/2
            miss = (size / arb(2).sqrt()).erfc() / 2
            assert quarter.overlaps(miss * (1 - miss) / 2)
            assert quarter.rel_accuracy_bits() > 120
        blurred = wedge(h, arb(-1, 1e-20), arb(2, 1e-15), 128)
        assert blurred.contains(wedge(h, arb(-1) + arb(1e-21), arb(2) - arb(5e-16), 128).mid())
        assert 40 < blurred.rel_accuracy_bits() < 60


def test_a_line_that_nearly_meets_the_code():
    with precision(160):
        h, far = arb(2) ** -100, arb(2) ** 100
        parts = [wedge(h, low, high, 128) for low, high in ((None, -far), (-far, far), (far, None))]
        assert sum(parts).overlaps((h / arb(2).sqrt()).erfc() / 2)
        assert all(part.rel_accuracy_bits() > 100 for part in parts)


def test_codes_on_lines_and_planes_of_space():
    line = exact_points([[1, 2, 3], [3, 6, 9], [0, 0, 0]])
    found = span(line)
    assert isinstance(found, Line)
    assert found.square * (found.places[0] - found.places[1]) ** 2 == 56
    plane = exact_points([[0, 0, 0], [1, 1, 0], [2, 2, 0], [0, 1, 1], [3, 5, 2]])
    where = span(plane)
    assert isinstance(where, Plane)
    for i, j in itertools.combinations(range(plane.K), 2):
        offset = tuple(a - b for a, b in zip(where.places[i], where.places[j], strict=True))
        assert where.square * where.product(offset, offset) == where.determinant * plane.unit**2 * plane.square(i, j)
    assert span(exact_points([[0, 0, 0], [1, 1, 0], [2, 2, 0], [0, 1, 1], [3, 5, 3]])) is None
    assert certified_error([[1, 2, 3], [3, 6, 9], [0, 0, 0]], 2).method == "closed form"


def plane_of(*places):
    return Plane(places, (1, 0, 1), Fraction(1))


def test_cells_have_exact_corners_where_four_codes_lie_on_a_circle():
    square = plane_of((0, 0), (2, 0), (0, 2), (2, 2), (-2, 0), (0, -2))
    sides = cell(square, 0, None, fmpq(1))
    assert {side.offset for side in sides} == {(2, 0), (0, 2), (-2, 0), (0, -2)}
    assert all((side.foot, side.low, side.high) == (HALF, -HALF, HALF) for side in sides)


@pytest.mark.parametrize(
    ("change", "empty"), [(fmpq(0), False), (fmpq(1, 2), False), (fmpq(-1), True), (fmpq(-3, 2), True)]
)
def test_a_token_between_two_loses_its_cell_exactly_when_their_lines_meet(change, empty):
    """Codes −1, 0, 1: with r = 1 the middle one has a strip of width 1 + 2c, none from c = −½ on."""
    row = plane_of((0, 0), (1, 0), (-1, 0), (0, 5))
    sides = cell(row, 0, [change / 2, fmpq(0), fmpq(0), fmpq(-100)], fmpq(1))
    assert (sides is None) == empty


def test_borders_through_a_code():
    """With weights 0, ½, ½ at distance 1 the borders pass through the first code: it keeps a quarter of the plane."""
    corner = plane_of((0, 0), (1, 0), (0, 1))
    third = [fmpq(1), fmpq(0), fmpq(0)]
    with precision(160):
        for places, weights, lost in (
            (corner, [fmpq(0), fmpq(1, 2), fmpq(1, 2)], Fraction(3, 4)),
            (plane_of((0, 0), (1, 0), (9, 1)), [fmpq(0), fmpq(1, 2), fmpq(-900)], Fraction(1, 2)),
            (plane_of((0, 0), (1, 0), (-1, 1)), [fmpq(0), fmpq(1, 2), fmpq(1)], Fraction(7, 8)),
        ):
            found = planar_error(places, Fraction(1), third, weights, 128)
            assert found.contains(fmpq(lost.numerator, lost.denominator)) or abs(found - float(lost)) < 1e-30
            assert found.rel_accuracy_bits() > 100


def test_a_hundred_tokens_take_no_time():
    found = certified_error("random:K=100,n=2,law=gauss,seed=2", 5)
    assert found.method == "cells"
    assert found.error.rel_accuracy_bits() > 110


@pytest.mark.parametrize(
    ("rows", "r"),
    [
        ([[1e150, 0], [1e-150, 1e-150], [0, 0], [0, -1e150]], 1e150),
        ([[1e-300, 0], [-1e-300, 1e-300], [0, -1e-300]], 1e300),
        ([[0, 0], [1e-12, 0], [0, 1e-12], [1, 1]], 3),
        ([[0, 0], [1, 1e-16], [2, 0], [3, 1e-17], [4, 0]], 3),
        ([[0, 0], [1, 0], [0, 1]], 1e9),
        ([[0, 0], [1, 0], [0, 1]], 1e-300),
    ],
)
def test_codes_and_ratios_of_any_size(rows, r):
    found = certified_error(rows, r)
    assert found.method == "cells"
    assert found.error.rel_accuracy_bits() > 60
    order = sorted(rows, reverse=True)
    assert certified_error(order, r).error.overlaps(found.error)
    scaled = certified_error([[Fraction(x) / 7 for x in row] for row in rows], 7 * Fraction(r))
    assert scaled.error.overlaps(found.error)


def test_what_rounding_leaves_nothing_of_is_still_bounded():
    found = certified_error([[0, 0], [1, 0], [5, 3]], 1e300)
    assert found.lower == 0
    assert 0 < found.upper < arb(2) ** -(10**6)


def test_cells_fill_the_plane():
    """Each side is that of two cells, from both of which it is seen with the same ends."""
    rng = np.random.default_rng(11)
    rows = rng.integers(-20, 20, (30, 2)).tolist()
    points = exact_points(sorted({tuple(row) for row in rows}))
    plane = span(points)
    cells = [cell(plane, k, None, fmpq(1)) for k in range(points.K)]
    open_sides = [(side.low is None) + (side.high is None) for sides in cells for side in sides]
    assert sum(open_sides) % 2 == 0
    ends_of = {}
    for k, sides in enumerate(cells):
        for side in sides:
            here = plane.places[k]
            ends_of[(k, (here[0] + side.offset[0], here[1] + side.offset[1]))] = (side.low, side.high)
    place = {place: k for k, place in enumerate(plane.places)}
    for (k, there), (low, high) in ends_of.items():
        back = ends_of[(place[there], plane.places[k])]
        assert back == (None if high is None else -high, None if low is None else -low)
    # Euler: a planar graph of K cells has at most 3K − 6 sides, corners of three each.
    assert len(ends_of) <= 2 * (3 * points.K - 6)
