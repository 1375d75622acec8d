"""Where FSQ is provably beaten: what the certificates state, in n and r."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

import pytest

from fsq_theory import InputError
from fsq_theory.certificates.files import certificate_paths, read_certificate
from fsq_theory.certificates.moved_token_kind import stated
from fsq_theory.certificates.phases import beaten, capacity_bracket, dimension_of_noise_level, phase_table


def test_what_wins_in_n_dimensions_wins_in_more():
    rows = phase_table(2, range(2, 40))
    lows = [row["low"] for row in rows]
    assert lows[:3] == [None] * 3
    assert [row["low"] for row in rows if row["n"] in (5, 8, 9, 32)] == [3.621, 1.823, 1.823, 0.6672]
    assert all(a >= b for a, b in pairwise(lows[3:]))
    assert {row["high"] for row in rows[3:]} == {math.inf}
    assert {(row["capacity_below"], row["capacity_above"]) for row in rows} == {(2.1615, 2.1616)}


def test_rows_are_what_their_certificates_state():
    for levels in (2, 3, 8):
        for n in (2, 4, 5, 16):
            for found in beaten(levels, n):
                kept = read_certificate(certificate_paths([found.certificate])[0])
                low, high = (
                    end if end == math.inf else Fraction(end) / (levels - 1) for end in (found.low, found.high)
                )
                first = "(0" if low == 0 else f"[{float(low):g}"
                last = "∞)" if high == math.inf else f"{float(high):g}]"
                assert kept["statement"] == stated(levels > 2, kept["n"], f"{first}, {last}")
                assert kept["n"] <= n


def test_larger_bases_scale_with_their_spacing():
    assert [(found.low, found.high) for found in beaten(3, 5)] == [(0, math.inf)]
    (two,), (four,) = (beaten(levels, 4) for levels in (3, 5))
    assert (two.high, four.high) == (Fraction("1.48"), Fraction("2.96"))
    assert capacity_bracket(3) == (Fraction("4.2094"), Fraction("4.2095"))
    assert capacity_bracket(7) is None
    assert phase_table(7, [3])[0]["capacity_above"] is None


def test_dimensions_of_the_theorem():
    for rho, expected in ((0.5, 114.1), (1.0, 70.4), (2.0, 172.2)):
        assert dimension_of_noise_level(rho) == pytest.approx(expected, rel=1e-3)
    # As ρ → 0, g ≈ φ(0)ρ³/4, so that n_0 ≈ 4π/ρ².
    assert dimension_of_noise_level(1e-3) * 1e-6 == pytest.approx(4 * math.pi, rel=5e-3)


def test_what_is_no_codebook_is_refused():
    for levels, n in ((1, 3), (2, 0), (2.0, 3)):
        with pytest.raises(InputError, match="expected a whole number"):
            beaten(levels, n)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"from 0\.0001 to 30"):
        dimension_of_noise_level(0)
