"""Capacity of the amplitude-limited channel: float64 and balls, by mpmath, by another algorithm and by closed forms."""

from __future__ import annotations

import copy
import math
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
from test_certificates import changed

import fsq_theory as ft
from fsq_theory import InputError
from fsq_theory.balls.arithmetic import ends, interval
from fsq_theory.certificates.capacity_kind import stated
from fsq_theory.certificates.check import check
from fsq_theory.certificates.decimals import is_bound
from fsq_theory.certificates.exponent_gap_kind import log_digit, row_gap, volume_gap
from fsq_theory.certificates.files import certificate_paths, read_certificate
from fsq_theory.certificates.find_capacity import capacity_threshold, find_thresholds
from fsq_theory.certificates.find_exponent_gap import find_gap
from fsq_theory.denoiser.information.capacity import channel_capacity
from fsq_theory.denoiser.information.certified_capacity import (
    best_inputs,
    certified_channel_capacity,
    checked_inputs,
    dual_bound,
    information,
)
from fsq_theory.denoiser.information.divergence_curve import DivergenceCurve
from fsq_theory.denoiser.information.renyi_curve import RenyiCurve

KEPT = read_certificate(certificate_paths(["capacity-thresholds"])[0])
THREE = ((Fraction(0), Fraction(1, 4)), (Fraction(5, 2), Fraction(3, 4)))
NARROW = ((Fraction(1, 2000), Fraction(1, 3)), (Fraction(1, 1000), Fraction(2, 3)))
WIDE = tuple((Fraction(3 * k), Fraction(1, 6)) for k in range(6))


def divergence(inputs, x, slope: bool = False):
    """D(N(x, 1)‖q) or its derivative by adaptive quadrature, to 20 digits."""
    with mpmath.workdps(30):
        both = [(sign * place, mpmath.mpf(weight.numerator) / weight.denominator / 2)
                for place, weight in inputs for sign in (1, -1)]  # fmt: skip
        points = [(mpmath.mpf(place.numerator) / place.denominator, weight) for place, weight in both]
        at = mpmath.mpf(x.numerator) / x.denominator

        def integrand(z):
            terms = [weight * mpmath.exp(place * (at + z) - place**2 / 2) for place, weight in points]
            if slope:
                mean = sum(place * term for (place, _), term in zip(points, terms, strict=True)) / sum(terms)
                return mpmath.npdf(z) * mean
            return mpmath.npdf(z) * mpmath.log(sum(terms))

        part = mpmath.quad(integrand, [-12, -6, -3, -1, 0, 1, 3, 6, 12])
        return at - part if slope else at**2 / 2 - part


@pytest.mark.parametrize(("inputs", "x"), [(THREE, "5/2"), (THREE, "1.3"), (NARROW, "1/1000"), (WIDE, "7.7")])
def test_divergence_and_its_slope_by_quadrature(inputs, x):
    curve = DivergenceCurve(inputs)
    small = min(1.0, float(inputs[-1][0]))
    for found, slope in zip(curve.at(Fraction(x)), (False, True), strict=True):
        low, high = ends(found)
        truth = divergence(inputs, Fraction(x), slope)
        assert float(high - low) < 1e-10 * small ** (1 if slope else 2)
        assert low - Fraction(1, 10**18) < Fraction(str(truth)) < high + Fraction(1, 10**18)


def test_finer_curves_lie_in_coarser_ones():
    for bits in (12, 24):
        for coarse, fine in zip(DivergenceCurve(THREE, bits).at(Fraction(1)), DivergenceCurve(THREE).at(Fraction(1))):  # noqa: B905
            assert coarse.contains(fine)
            assert float(coarse.rad()) < 2.0 ** (4 - bits)


def test_the_bound_between_points_is_above_the_curve():
    curve, bound = DivergenceCurve(THREE), dual_bound(THREE, Fraction(5, 2), 60)
    most = max(float(curve.at(Fraction(k, 40))[0].mid()) for k in range(101))
    assert most <= float(bound.upper()) < most + 1e-4


@pytest.mark.parametrize("r", [1e-30, 1e-9, 1e-3, 0.4, 1.0, 1.6])
def test_two_inputs_are_the_best_at_small_amplitudes(r):
    found = channel_capacity(r)
    assert found.inputs.tolist() == [-r, r]
    assert found.lower == pytest.approx(float(ft.information("bits:1", r).information), rel=1e-9)
    assert found.upper - found.lower <= 1e-9 * found.lower


@pytest.mark.parametrize(("r", "count"), [(1.7, 3), (2.5, 3), (3.5, 4), (8.0, 9)])
def test_inputs_are_added_where_they_are_needed(r, count):
    found = channel_capacity(r)
    assert len(found.inputs) == count
    assert found.weights.sum() == pytest.approx(1, abs=1e-12)
    assert found.inputs[-1] == r == -found.inputs[0]
    assert -1e-12 <= found.upper - found.lower < 1e-7


def test_another_algorithm_agrees():
    """Blahut and Arimoto's iteration on a grid of inputs: below, and by its largest divergence above."""
    inputs, y = np.linspace(-2.5, 2.5, 41), np.linspace(-11, 11, 441)
    law = np.exp(-((y - inputs[:, None]) ** 2) / 2) / math.sqrt(2 * math.pi)
    weights = np.full(41, 1 / 41)
    for _ in range(400):
        divergences = (law * np.log(law / (weights @ law))).sum(axis=1) * 0.05
        weights *= np.exp(divergences)
        weights /= weights.sum()
    found = channel_capacity(2.5)
    assert weights @ divergences - 1e-9 < found.lower < divergences.max()
    assert divergences.max() - weights @ divergences < 0.02


@pytest.mark.parametrize("r", [0, "1e-40", "1e-5", "0.3", 1, "2.1615", 5, 60, 1000])
def test_enclosures_hold_what_float64_finds_and_lie_between_closed_forms(r):
    r = Fraction(r)
    found = certified_channel_capacity(r, cells=60)
    low, high = ends(found.lower)[0], ends(found.upper)[1]
    assert 0 <= low <= high
    with mpmath.workdps(60):
        at = mpmath.mpf(r.numerator) / r.denominator
        most = min(mpmath.log1p(at**2) / 2, mpmath.log1p(2 * at / mpmath.sqrt(2 * mpmath.pi * mpmath.e)))
        least = mpmath.log1p(2 * at**2 / (mpmath.pi * mpmath.e)) / 2
        slack = mpmath.mpf(10) ** -50
        assert least - slack <= mpmath.mpf(high.numerator) / high.denominator
        assert mpmath.mpf(low.numerator) / low.denominator <= most + slack
    if 0 < r <= 32:
        plain = channel_capacity(float(r))
        room = 1e-9 * plain.lower + 2e-8
        assert float(low) - room <= plain.lower <= float(high) + room
        assert high - low < Fraction("3e-3") * max(low, r**2 / 4)


def test_an_interval_of_amplitudes_has_the_bounds_of_its_ends():
    found = certified_channel_capacity(interval(1, 2), cells=60)
    least, most = certified_channel_capacity(1, cells=60).lower, certified_channel_capacity(2, cells=60).upper
    assert ends(found.lower)[0] <= ends(least)[0] < ends(found.lower)[0] + Fraction(1, 10**7)
    assert ends(found.upper)[1] >= ends(most)[1] > ends(found.upper)[1] - Fraction(1, 10**7)
    assert certified_channel_capacity(interval(1, 40), cells=9).method == "duality, closed form"


def test_what_is_no_amplitude_is_refused():
    for wrong in (-1, 33.0, math.nan):
        with pytest.raises(InputError, match="amplitude from 0 to 32"):
            channel_capacity(wrong)
    for ball in (-1, math.inf):
        with pytest.raises(InputError):
            certified_channel_capacity(ball)
    with pytest.raises(InputError, match="at least 1"):
        certified_channel_capacity(1, cells=0)


@pytest.mark.parametrize(
    "inputs",
    [
        (),
        ((Fraction(-1), Fraction(1)),),
        ((Fraction(2), Fraction(1)),),
        ((Fraction(0), Fraction(1, 2)), (Fraction(0), Fraction(1, 2))),
        ((Fraction(0), Fraction(1, 2)), (Fraction(1), Fraction(1, 3))),
        ((Fraction(0), Fraction(3, 2)), (Fraction(1), Fraction(-1, 2))),
    ],
)
def test_what_is_no_input_is_refused(inputs):
    with pytest.raises(InputError, match="expected"):
        checked_inputs(inputs, Fraction(1))


def test_a_single_input_carries_nothing():
    nothing = information(((Fraction(0), Fraction(1)),))
    assert nothing.contains(0)
    assert float(nothing.rad()) < 1e-10


def test_rounded_inputs_add_to_one():
    inputs = best_inputs(Fraction("6.274"))
    assert checked_inputs(inputs, Fraction("6.274")) == inputs


def test_thresholds_lie_where_the_certificate_says():
    levels, before, *_ = KEPT["rows"][0]
    assert float(before) - 1e-4 < capacity_threshold(levels, 1e-4) < float(KEPT["rows"][0][5]) + 1e-4
    assert KEPT["statement"] == stated([(row[0], row[1], row[5]) for row in KEPT["rows"]])


def first_row() -> dict[str, Any]:
    kept = copy.deepcopy(KEPT) | {"rows": KEPT["rows"][:1]}
    return kept | {"statement": stated([(row[0], row[1], row[5]) for row in kept["rows"]])}


def test_a_digit_changed_is_rejected():
    kept, count = first_row(), 0
    assert check(kept).passed
    for path, new in changed(kept):
        made = copy.deepcopy(kept)
        place: Any = made
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = new
        assert not check(made).passed, (path, new)
        count += 1
    assert count > 20


@pytest.mark.parametrize("row", KEPT["rows"][1:], ids=lambda row: f"L = {row[0]}")
def test_the_best_inputs_are_seen_to_their_last_digit(row):
    """Though information is stationary in their places: they have so few decimals."""
    levels, _, _, _, _, after, inner, least = row
    inputs = [(Fraction(place), Fraction(weight)) for place, weight in inner]
    assert is_bound(least, information(tuple(inputs)), "lower")
    for j, (place, weight) in enumerate(inner[1:-1], 1):
        for step in (-1, 1):
            moved = Fraction(place) + step * Fraction(1, 10 ** len(place.split(".")[1]))
            changed_one = (*inputs[:j], (moved, Fraction(weight)), *inputs[j + 1 :])
            assert not is_bound(least, information(changed_one), "lower"), (levels, after, place)


def test_found_again_and_false_rows_are_rejected():
    row = KEPT["rows"][0]
    made = find_thresholds([(2, row[1], row[5], row[3])])
    assert check(made).passed
    for levels, before, after in ((2, "2.15", "2.16"), (2, "2.17", "2.18"), (3, row[1], row[5])):
        wrong = check(find_thresholds([(levels, before, after, 60)]))
        assert not wrong.passed
        assert wrong.findings[0].startswith(f"rejected: L = {levels}")
    assert not check(made | {"rows": []}).passed
    assert not check(made | {"rows": [[2, row[5], row[2], row[3], row[4], row[1], row[6], row[7]]]}).passed


# Rényi divergences, and how far behind FSQ can be


def renyi(inputs, p: Fraction, x: Fraction) -> float:
    """log ∫ φ(y − x)^p q(y)^{1−p} dy by the trapezoidal rule in float64, q ∝ (Σ_j p_j φ(y − x_j)^p)^{1/p}."""
    y, order = np.linspace(-16, 16, 6401), float(p)
    terms = [
        math.log(weight / 2) - order * (y - sign * float(place)) ** 2 / 2
        for place, weight in inputs
        for sign in (1, -1)
    ]
    log_law = np.logaddexp.reduce(terms) / order
    log_law -= math.log(np.exp(log_law).sum() * 0.005)
    log_density = -((y - float(x)) ** 2) / 2 - math.log(2 * math.pi) / 2
    return math.log(np.exp(order * log_density + (1 - order) * log_law).sum() * 0.005)


@pytest.mark.parametrize(
    ("inputs", "order"), [(THREE, "1.2"), (THREE, "4"), (NARROW, "10"), (((Fraction(2), Fraction(1)),), "1.5")]
)
def test_renyi_divergences_by_sums_in_float64(inputs, order):
    curve = RenyiCurve(inputs, Fraction(order))
    for share in (0, Fraction(1, 3), 1):
        x = inputs[-1][0] * share
        low, high = ends((curve.order.numerator - curve.order.denominator) * curve.log_norm / curve.order.denominator
                         + curve.log_integral(x))  # fmt: skip
        truth = renyi(inputs, curve.order, x)
        assert float(high - low) < 1e-6
        assert float(low) - 1e-9 <= truth <= float(high) + 1e-9


def test_the_gap_of_an_interval_is_above_that_at_its_points():
    """At each r the bound B is at least A_1, and log B − log A_1 at most what the interval has."""
    low, high, levels = Fraction(7, 5), Fraction(3, 2), 2
    inputs = ((Fraction(0), Fraction(1, 8)), (high, Fraction(7, 8)))
    bound = float(row_gap(levels, low, high, RenyiCurve(inputs, Fraction(2))).upper())
    for r in np.linspace(float(low), float(high), 7):
        most = max(renyi(inputs, Fraction(2), Fraction(x)) for x in np.linspace(0, r, 16))
        gap = most / 2 - math.log(levels) / 2 - float(log_digit(levels, Fraction(r)))
        assert 0 < gap < bound < gap + 0.03


def test_the_volume_bound_above_fsq():
    gaps = [float(volume_gap(3, Fraction(k, 10))) for k in range(1, 12)]
    assert gaps == sorted(gaps)
    found = float(ft.accuracy("fsq:3", 0.4).value)
    assert gaps[3] == pytest.approx(math.log((1 + 0.4 * math.sqrt(2 / math.pi)) / 3 / found))


def test_exponent_gaps_found_and_changed():
    """From r = 1.9 on for bits; the volume bound below serves a larger δ."""
    made = find_gap(2, "0.3", "1.9", "1.96", ("0.03",))
    assert [len(row[2]) for row in made["rows"]] == [2, 2, 0]
    assert check(made).passed
    for path, new in changed(made):
        wrong = copy.deepcopy(made)
        place: Any = wrong
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = new
        assert not check(wrong).passed, (path, new)
    assert not check(made | {"gap": "0.02"}).passed
    assert not check(made | {"rows": made["rows"][:1]}).passed
    with pytest.raises(InputError, match=r"δ = 0.001: log B − log A_1 is at most"):
        find_gap(2, "0.001", "1.9", "2", ("0.1",))


@pytest.mark.parametrize("levels", [4])
def test_carried_exponent_gaps_hold(levels: int) -> None:
    kept = read_certificate(certificate_paths([f"exponent-gap-base-{levels}"])[0])
    assert check(kept).passed
    assert kept["rows"][0][0] < kept["rows"][-1][0]
