"""G, Λ and the law of a sum: closed forms, simulation, rates, and bounds that hold where they are to serve."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from flint import arb
from scipy.special import ndtr

from fsq_theory import InputError
from fsq_theory.balls.arithmetic import ball, precision
from fsq_theory.certificates.moved_token import Move, decrease, gain, high_ratio, loss, low_ratio
from fsq_theory.certificates.sum_law import Lattice, rounded_down, rounded_up, sum_law


@pytest.fixture(autouse=True)
def _bits():
    with precision(96):
        yield


@pytest.mark.parametrize("rho", [Fraction(1, 4), Fraction(1), Fraction(3)])
@pytest.mark.parametrize("many", [False, True])
def test_one_gap_in_closed_form(rho, many):
    """n = m = 1: G = 4Φ(ρ/2) − 2Φ(ρ) − 1, since only the two nearest levels matter."""
    truth = 4 * ndtr(float(rho) / 2) - 2 * ndtr(float(rho)) - 1
    below = float(gain(Move(many, 1, 1), rho, 512).mid())
    assert below <= truth + 1e-14
    assert below == pytest.approx(truth, rel=1e-4)
    if not many:
        above = float(gain(Move(False, 1, 1), rho, 512, upper=True).mid())
        assert above >= truth - 1e-14
        assert above == pytest.approx(truth, rel=1e-4)


@pytest.mark.parametrize(("n", "m"), [(5, 5), (16, 9), (32, 2)])
def test_bounds_of_the_gain_close_at_second_order(n, m):
    widths = []
    for cells in (128, 256, 512):
        low, high = (gain(Move(False, n, m), Fraction(6, 5), cells, upper) for upper in (False, True))
        assert low < high
        widths.append(float((high - low).mid()))
    orders = np.log2(np.array(widths[:-1]) / widths[1:])
    assert np.all(np.abs(orders - 2) < 0.3)


@pytest.mark.parametrize(("many", "n", "m", "rho"), [(False, 6, 4, 1.5), (True, 6, 3, 1.0), (True, 8, 8, 1.0)])
def test_gain_and_loss_by_simulation(many, n, m, rho):
    """From the definition: noise, all levels of base 2 or 7, the least distance of the dropped token's sides."""
    noise = np.random.default_rng(0).standard_normal((200_000, n))
    levels = 7 if many else 2
    total = np.zeros(len(noise))
    for i in range(n):
        shifts = 2.0 * np.arange(levels) - (1 if i < m else 0)
        total += np.max([-rho * d * noise[:, i] - rho**2 * d**2 / 2 for d in shifts], axis=0)
    gained = np.maximum(-np.expm1(np.minimum(total, 0.0)), 0.0)
    room = np.min(rho - np.abs(noise) if many else rho + noise, axis=1)
    dropped = -np.expm1(-2 * rho * np.maximum(room, 0.0))
    at = Fraction(rho)
    for sample, value in ((gained, gain(Move(many, n, m), at, 1024)), (dropped, loss(Move(many, n, m), at))):
        stderr = sample.std() / math.sqrt(len(sample))
        assert abs(sample.mean() - float(value.mid())) < 4.5 * stderr


def test_bound_of_the_decrease_where_the_gain_decreases():
    """n = m = 16 at small ρ: G falls before it rises."""
    move, low, high = Move(False, 16, 16), Fraction(1, 20), Fraction(1, 2)
    for at in (Fraction(1, 10), Fraction(1, 4), high):
        assert gain(move, at, 512, upper=True) >= gain(move, low, 512) - decrease(move, low, at) * ball(at - low)
    assert decrease(Move(False, 16, 4), low, high) == 0
    for n, m, at in ((5, 5, Fraction(36, 10)), (32, 20, Fraction(1))):
        assert 0 < decrease(Move(False, n, m), at, at + Fraction(1, 100)) < arb("0.05")


def test_the_ends_agree_with_what_lies_between():
    for many, n in ((False, 5), (True, 5), (True, 8)):
        move = Move(many, n, n)
        small, needed = high_ratio(move, Fraction(9, 2))
        assert small < needed
        for at in (Fraction(9, 2), Fraction(5)):
            assert gain(move, at, 4096) > loss(move, at)
        small, needed = high_ratio(move, Fraction(1))
        assert small > needed
    for n, at in ((2, Fraction(11, 100)), (5, Fraction(2, 5)), (8, Fraction(2, 5))):
        small, needed = low_ratio(n, at)
        assert small < needed
        assert gain(Move(True, n, 1), at, 512) > loss(Move(True, n, 1), at)
    small, needed = low_ratio(2, Fraction(1, 5))
    assert small > needed


def test_gain_by_another_discretisation():
    """Monotone rounding of Y_i = ρ|Z_i| − ρ²/2 itself: a wider enclosure of the same G, which holds the narrow one."""
    n, rho, cells = 6, Fraction(5, 2), 512
    unit = ball(rho * rho / 2)
    step = ball(Fraction(n, cells)) * unit
    below = [(k * step / ball(rho) / arb(2).sqrt()).erf() for k in range(cells + 1)]

    def value(term: Lattice) -> arb:
        return sum_law([(term, n)]).expectation(lambda at: (-at.expm1()).max(arb(0)))

    low, high = (value(rounding(-unit, step, cells, below)) for rounding in (rounded_up, rounded_down))
    narrow = [gain(Move(False, n, n), rho, cells, upper) for upper in (False, True)]
    assert low < narrow[0] < narrow[1] < high
    assert narrow[1] - narrow[0] < (high - low) / 100


def test_a_sum_of_fair_coins_is_binomial():
    coin = Lattice(arb(1), arb(2), [arb("0.5"), arb("0.5")] + [arb(0)] * 9)
    found = sum_law([(coin, 10)])
    assert found.start == 10
    for k, weight in enumerate(found.weights):
        assert weight.contains(ball(Fraction(math.comb(10, k), 2**10)))


def test_monotone_rounding_encloses_the_law_of_a_sum():
    """P(X_1 + X_2 ≤ 1) for exponential X_i is 1 − 2/e."""
    cells = 256
    step = ball(Fraction(1, cells))
    below = [1 - (-k * step).exp() for k in range(cells + 2)]
    truth = 1 - 2 * arb(-1).exp()
    up = sum(sum_law([(rounded_up(arb(0), step, cells + 1, below), 2)]).weights, arb(0))
    down = sum(sum_law([(rounded_down(arb(0), step, cells + 1, below), 2)]).weights, arb(0))
    assert up < truth < down
    assert down - up < 4 * step


def test_moves_that_are_none():
    for n, m in ((0, 0), (3, 4), (5, 0), (1000, 1)):
        with pytest.raises(InputError, match="expected 1 ≤ m"):
            Move(False, n, m)
    with pytest.raises(InputError, match="at least 5"):
        high_ratio(Move(False, 8, 4), Fraction(3))
    with pytest.raises(InputError, match="base 2"):
        gain(Move(True, 5, 5), Fraction(1), 64, upper=True)
