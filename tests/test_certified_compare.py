"""Which of two codebooks is more accurate: decided where it can be, and left open where it cannot."""

from __future__ import annotations

from fractions import Fraction

import pytest
from flint import arb

import fsq_theory as ft
from fsq_theory import InputError

STAGGERED, PLAIN = "fsq:8,5+stagger:0.5", "fsq:8,5"


def test_at_one_r():
    assert ft.more_accurate(STAGGERED, PLAIN, 8).verdict is True
    worse = ft.more_accurate(STAGGERED, PLAIN, 5)
    assert (worse.verdict, worse.where) == (False, 5)
    assert ft.more_accurate(PLAIN, STAGGERED, 5).verdict is True
    assert ft.more_accurate("fsq:3^8", "onehot:6561", 2).verdict is True
    assert ft.more_accurate("onehot:6561", "fsq:3^8", 10).verdict is True


def test_precision_is_raised_until_it_is_decided():
    near = [[0], [1 + Fraction(1, 10**60)]]
    found = ft.more_accurate(near, [[0], [1]], 3)
    assert found.verdict is True
    assert found.bits > 200
    assert ft.more_accurate(near, [[0], [1]], 3, most_bits=128).verdict is None


def test_what_is_equal_is_not_more_accurate():
    assert ft.more_accurate(PLAIN, PLAIN, 3).verdict is False
    rows = [[0, 0], [1, 0], [3, 1]]
    assert ft.more_accurate(rows, rows[::-1], 3).verdict is False
    turned = ft.more_accurate(rows, [[0, 0], [0, 1], [-1, 3]], 3, most_bits=128)
    assert turned.verdict is None  # congruent codes have one error, which no enclosures tell apart
    assert ft.more_accurate(PLAIN, STAGGERED, 0).verdict is False
    assert ft.more_accurate("fsq:2", "fsq:3", 0).verdict is True


@pytest.mark.parametrize("r", [(7, 9), arb(8, 1)])
def test_on_an_interval(r):
    assert ft.more_accurate(STAGGERED, PLAIN, r).verdict is True
    back = ft.more_accurate(PLAIN, STAGGERED, r)
    assert back.verdict is False
    assert abs(back.where - 7) < Fraction(1, 1000)


def test_two_crossings_within_an_interval():
    """Gaps 3, 3, 8 against 2.9, 5, 5.5: wider, so better at small r; and at large r, where the least gap decides."""
    first, second = [[0], [30], [60], [140]], [[0], [29], [79], [134]]
    low, high = Fraction(1, 100), Fraction(6, 10)
    assert all(ft.more_accurate(first, second, r).verdict for r in (low, high))
    found = ft.more_accurate(first, second, (low, high))
    assert found.verdict is False
    assert low < found.where < high
    assert ft.more_accurate(second, first, found.where).verdict is True


def test_where_the_budget_ends():
    few = ft.more_accurate(STAGGERED, PLAIN, (Fraction(27, 5), 20), pieces=10)
    assert few.verdict is None
    assert few.pieces >= 10
    assert Fraction(27, 5) < few.where < 20
    loose = ft.more_accurate("random:K=9,n=4,seed=0", "random:K=9,n=4,seed=1", Fraction(1, 10))
    assert (loose.verdict, loose.bits) == (None, 64)  # bounds by pairs do not narrow with more bits


def test_overlaps_of_pairs_decide_more():
    first, second, r = "random:K=8,n=4,seed=2", "random:K=8,n=4,seed=5", 3
    errors = [ft.certified_error(book, r) for book in (first, second)]
    assert errors[0].less_than(errors[1]) is None
    assert ft.more_accurate(first, second, r).verdict is False
    assert ft.more_accurate(second, first, r).verdict is True
    assert ft.accuracy_gap(ft.codebook(second), ft.codebook(first), r, samples=8192).value > 0


@pytest.mark.parametrize(
    ("r", "settings", "message"),
    [
        ((2, 1), {}, "lower end first"),
        (-1, {}, "r ≥ 0"),
        (arb(-1, 0.5), {}, "r ≥ 0"),
        ((1, 2, 3), {}, "a pair of them"),
        (float("inf"), {}, "exact finite number"),
        (1, {"most_bits": 10}, "at least 64"),
        (1, {"pieces": 0}, "at least 64 and 1"),
    ],
)
def test_bad_input_is_refused(r, settings, message):
    with pytest.raises(InputError, match=message):
        ft.more_accurate(STAGGERED, PLAIN, r, **settings)
