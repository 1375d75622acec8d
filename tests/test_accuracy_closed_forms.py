"""Accuracy without sampling, against arbitrary precision and independent formulas."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest
import scipy.integrate
import scipy.special
from reference import fsq_error, integrate, map_error_1d, soft_error_1d

import fsq_theory as ft
from fsq_theory.codebooks.regular import BiorthogonalCodebook, OneHotCodebook, PskCodebook, SimplexCodebook
from fsq_theory.denoiser.accuracy.planar import planar_log_error

CLOSED_FORM_RTOL = 1e-12
SKEWED = [0.55, 0.02, 0.23, 0.2]
UNEVEN = [-1.0, -0.3, 0.2, 1.0]


@pytest.mark.parametrize(
    ("tokens", "r", "accuracy"),
    [
        (16, 2.0, 0.5948562328198272556),
        (256, 3.0, 0.56676495403164319689),
        (6561, 5.0, 0.88414342728498403),
        (50257, 4.0, 0.412748994672905153),
    ],
)
def test_known_orthogonal_values(tokens: int, r: float, accuracy: float) -> None:
    found = ft.accuracy(OneHotCodebook(tokens), r)
    assert found.value == pytest.approx(accuracy, rel=1e-14)
    assert found.error == pytest.approx(1 - accuracy, rel=1e-14)
    assert found.method == "quadrature"


def test_known_simplex_biorthogonal_and_fsq_values() -> None:
    assert ft.accuracy(SimplexCodebook(16), 2.0).value == pytest.approx(0.61693, abs=5e-6)
    assert ft.accuracy(BiorthogonalCodebook(16), 2.0).value == pytest.approx(0.59995, abs=5e-6)
    table = ft.codebook("fsq:8,5,5,5")
    assert ft.accuracy(table, 10.0).error == pytest.approx(0.1595436460752949, rel=CLOSED_FORM_RTOL)
    assert ft.accuracy(table, 40.0).error == pytest.approx(9.63950495990958e-09, rel=CLOSED_FORM_RTOL)
    assert ft.accuracy(ft.bits(2), 0.3).value == pytest.approx(scipy.special.ndtr(0.3) ** 2, rel=1e-14)


@pytest.mark.parametrize("method", ["product", "planar"])
def test_known_16_qam_symbol_error(method: str) -> None:
    qam = ft.fsq([4, 4])
    r = np.sqrt(2 * 10**1.5 / qam.energy)
    error = (
        ft.accuracy(qam, r).error if method == "product" else np.exp(planar_log_error(qam.points, qam.prior, [r]))[0]
    )
    assert error == pytest.approx(0.0177818422, abs=5e-11)


@pytest.mark.parametrize("levels", [[2] * 18, [3] * 8, [8, 5, 5, 5], [8, 8, 8, 5, 5, 5], [17] * 4, [2, 3]])
@pytest.mark.parametrize("r", [1e-6, 0.5, 3.0, 20.0, 75.0, 150.0])
def test_fsq_error_to_twelve_digits(levels: list[int], r: float) -> None:
    with mp.workdps(50):
        reference = mp.log(fsq_error(levels, r))
        found = ft.accuracy(ft.fsq(levels), r)
        deviation = abs(mp.mpf(float(found.log_error)) - reference)
        if reference > -690:
            assert deviation < CLOSED_FORM_RTOL
            assert found.lower <= float(mp.exp(reference)) <= found.upper
        else:
            assert deviation < 1e-14 * abs(reference)


def test_an_error_of_1e_minus_300() -> None:
    r = 37.0 / 0.5
    found = ft.accuracy(ft.fsq([3]), r)
    assert 1e-301 < found.error < 1e-298
    assert found.error == pytest.approx(float(fsq_error([3], r)), rel=CLOSED_FORM_RTOL)
    assert found.value == 1.0


@pytest.mark.parametrize("r", [0.01, 0.7, 4.0, 12.0, 40.0])
@pytest.mark.parametrize("prior", [[0.25] * 4, SKEWED, [0.9, 0.05, 0.03, 0.02], [0.5, 0.0, 0.5, 0.0]])
def test_map_error_in_one_dimension(prior: list[float], r: float) -> None:
    found = ft.accuracy(ft.ArrayCodebook(np.array(UNEVEN)[:, None], prior), r)
    kept = [(a, p) for a, p in zip(UNEVEN, prior, strict=True) if p]
    reference = map_error_1d([a for a, _ in kept], [p for _, p in kept], r)
    assert found.method == "exact"
    assert found.error == pytest.approx(float(reference), rel=CLOSED_FORM_RTOL)


@pytest.mark.parametrize("r", [0.01, 0.7, 4.0, 12.0, 40.0])
@pytest.mark.parametrize("prior", [[0.25] * 4, SKEWED])
def test_soft_error_in_one_dimension(prior: list[float], r: float) -> None:
    found = ft.accuracy(ft.ArrayCodebook(np.array(UNEVEN)[:, None], prior), r, readout="soft")
    assert found.method == "quadrature"
    assert found.error == pytest.approx(float(soft_error_1d(UNEVEN, prior, r)), rel=1e-11)


@pytest.mark.parametrize("prior", [[1 / 6] * 6, [0.5, 0.01, 0.19, 0.1, 0.15, 0.05]])
@pytest.mark.parametrize("top", [1, 2, 3, 5])
def test_top_m_in_one_dimension(prior: list[float], top: int) -> None:
    codes, r = np.array([-1, -0.5, -0.3, 0.2, 0.6, 1.0]), 2.5
    x = np.linspace(-14, 14, 400_001)
    weights = np.array(prior)[:, None] * np.exp(-((x - r * codes[:, None]) ** 2) / 2) / np.sqrt(2 * np.pi)
    outside = np.sort(weights, axis=0)[:-top].sum(axis=0)
    reference = scipy.integrate.trapezoid(outside, x)
    found = ft.accuracy(ft.ArrayCodebook(codes[:, None], prior), r, readout="top", top=top)
    # The integrand has kinks: the trapezoidal rule is good to its step squared, 5e-9.
    assert found.error == pytest.approx(reference, abs=1e-8)


@pytest.mark.parametrize("tokens", [2, 3, 16, 6561, 10**12])
@pytest.mark.parametrize("r", [1e-6, 0.3, 5.0, 30.0])
def test_equidistant_and_biorthogonal_integrals(tokens: int, r: float) -> None:
    span = [min(-12.0, r / 2 - 14), max(r + 12.0, 14.0)]
    exceed = integrate(lambda z: mp.npdf(z - r) * -mp.expm1((tokens - 1) * mp.log1p(-mp.ncdf(-z))), span, 0.25)
    found = ft.accuracy(OneHotCodebook(tokens), r)
    # Rounding of exponents as large as |log error| costs that many eps.
    tolerance = 1e-14 * (10 + abs(float(found.log_error)))
    assert float(found.log_error) == pytest.approx(float(mp.log(exceed)), abs=tolerance)
    both = integrate(
        lambda z: mp.npdf(z - r) * -mp.expm1((tokens - 1) * mp.log1p(-2 * mp.ncdf(-z))), [1e-40, span[1]], 0.25
    )
    found = ft.accuracy(BiorthogonalCodebook(2 * tokens), r)
    reference = float(mp.log(both + mp.ncdf(-r)))
    assert float(found.log_error) == pytest.approx(reference, abs=tolerance)


def test_equidistant_error_far_beyond_underflow() -> None:
    for r in (30.0, 200.0, 1000.0):
        reference = scipy.special.log_ndtr(-r / np.sqrt(2))
        assert ft.accuracy(OneHotCodebook(2), r).log_error == pytest.approx(reference, rel=1e-14)
        union = reference + np.log(6560)
        assert ft.accuracy(OneHotCodebook(6561), r).log_error == pytest.approx(union, rel=1e-6)


def test_two_and_three_tokens_agree_with_the_plane() -> None:
    for r in (0.2, 2.0, 15.0):
        triangle = ft.accuracy(SimplexCodebook(3), r).log_error
        assert planar_log_error(SimplexCodebook(3).points, np.full(3, 1 / 3), [r])[0] == pytest.approx(
            triangle, rel=1e-13
        )
        assert ft.accuracy(PskCodebook(3), r).log_error == pytest.approx(triangle, rel=1e-13)


@pytest.mark.parametrize("tokens", [3, 4, 8, 16])
@pytest.mark.parametrize("r", [0.5, 5.0, 40.0])
def test_psk_is_craigs_integral(tokens: int, r: float) -> None:
    h = r * mp.sin(mp.pi / tokens)
    end = mp.pi - mp.pi / tokens
    reference = integrate(lambda a: mp.exp(-(h**2) / (2 * mp.sin(a) ** 2)) / mp.pi, [1e-30, end], 0.02)
    assert float(ft.accuracy(PskCodebook(tokens), r).log_error) == pytest.approx(float(mp.log(reference)), rel=1e-13)


@pytest.mark.parametrize("levels", [[8, 5], [17, 17], [2, 2], [3, 4]])
def test_the_plane_agrees_with_products(levels: list[int]) -> None:
    r = np.array([1e-3, 0.1, 1.0, 5.0, 20.0, 70.0, 100.0])
    product = ft.fsq(levels)
    expected = ft.accuracy(product, r).log_error
    assert planar_log_error(product.points, product.prior, r) == pytest.approx(expected, rel=1e-13)


def test_the_plane_agrees_with_products_under_unequal_priors() -> None:
    first = ft.ArrayCodebook([[-1.0], [0.0], [0.9]], [0.7, 0.2, 0.1])
    second = ft.ArrayCodebook([[-1.0], [0.3], [1.0]], [0.05, 0.9, 0.05])
    product = ft.ProductCodebook([first, second])
    r = np.array([0.2, 1.0, 3.0, 10.0, 40.0])
    expected = ft.accuracy(product, r).log_error
    assert planar_log_error(product.points, product.prior, r) == pytest.approx(expected, rel=1e-13)


def test_the_plane_agrees_with_a_grid_integral() -> None:
    rng = np.random.default_rng(5)
    for prior in (np.full(7, 1 / 7), rng.dirichlet(np.ones(7))):
        book, r = ft.ArrayCodebook(rng.uniform(-1, 1, (7, 2)), prior), 3.0
        axis = np.linspace(-11, 11, 2201)
        x = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1)
        best = np.zeros(x.shape[:2])
        for code, p in zip(r * book.points, prior, strict=True):
            best = np.maximum(best, p * np.exp(-((x - code) ** 2).sum(axis=-1) / 2) / (2 * np.pi))
        reference = best.sum() * (axis[1] - axis[0]) ** 2
        found = ft.accuracy(book, r)
        assert found.method == "quadrature"
        # Kinks along decision boundaries: the rule errs by about its step squared over the boundary's length, 1e-5.
        assert found.value == pytest.approx(reference, abs=2e-5)


def test_codes_in_a_line_or_a_plane_of_a_larger_space() -> None:
    rng = np.random.default_rng(0)
    rotation = np.linalg.qr(rng.standard_normal((5, 5)))[0]
    for inner in (ft.fsq([5]), ft.fsq([4, 3])):
        lifted = np.pad(inner.points, ((0, 0), (0, 5 - inner.n))) @ rotation + 0.3
        for r in (0.5, 6.0, 40.0):
            found = ft.accuracy(ft.ArrayCodebook(lifted), r)
            assert found.log_error == pytest.approx(ft.accuracy(inner, r).log_error, rel=1e-11)
            assert found.method in ("exact", "quadrature")


def test_rounding_readout() -> None:
    table = ft.fsq([4, 3, 2])
    assert ft.accuracy(table, 3.0, readout="rounding").log_error == pytest.approx(
        ft.accuracy(table, 3.0).log_error, rel=1e-13
    )
    for tokens, r in ((4, 1.5), (7, 3.0)):
        one_hot = ft.accuracy(OneHotCodebook(tokens), r, readout="rounding")
        assert one_hot.value == pytest.approx(scipy.special.ndtr(r / 2) ** tokens, rel=1e-13)
        listed = ft.accuracy(ft.ArrayCodebook(np.eye(tokens)), r, readout="rounding")
        assert listed.log_error == pytest.approx(one_hot.log_error, rel=1e-13)
    skewed = ft.ArrayCodebook([[-1.0], [0.0], [1.0]], [0.8, 0.1, 0.1])
    expected = 0.9 * scipy.special.ndtr(-1.0) + 0.1 * 2 * scipy.special.ndtr(-1.0)
    assert ft.accuracy(skewed, 2.0, readout="rounding").error == pytest.approx(expected, rel=1e-13)
    assert ft.accuracy(skewed, 2.0).error < expected


def test_digit_readout_is_the_mean_over_coordinates() -> None:
    found = ft.accuracy(ft.fsq([8, 5, 5, 5]), 10.0, readout="digit")
    eight, five = (ft.accuracy(ft.fsq([level]), 10.0).error for level in (8, 5))
    assert found.error == pytest.approx((eight + 3 * five) / 4, rel=1e-14)
    shuffled = ft.ArrayCodebook(np.random.default_rng(0).permutation(ft.fsq([4, 3]).points))
    assert ft.accuracy(shuffled, 5.0, readout="digit").error == pytest.approx(
        ft.accuracy(ft.fsq([4, 3]), 5.0, readout="digit").error, rel=1e-13
    )


def test_top_m_of_one_hot_codes() -> None:
    tokens, r = 50, 2.0
    for top in (1, 2, 10, 49):
        reference = integrate(
            lambda z, m=top: mp.npdf(z - r) * mp.betainc(m, tokens - m, 0, mp.ncdf(-z), regularized=True), [-12, 14]
        )
        found = ft.accuracy(OneHotCodebook(tokens), r, readout="top", top=top)
        assert found.error == pytest.approx(float(reference), rel=1e-12)
    assert ft.accuracy(OneHotCodebook(tokens), r, readout="top", top=50).error == 0.0


def test_accuracy_given_each_token() -> None:
    r = np.array([0.5, 4.0, 30.0])
    uneven = ft.ArrayCodebook(np.array(UNEVEN)[:, None], SKEWED)
    found = ft.token_accuracy(uneven, r)
    assert found.error @ np.array(SKEWED) == pytest.approx(ft.accuracy(uneven, r).error, rel=1e-13)
    inner, outer = scipy.special.ndtr(-4.0 * 0.25), scipy.special.ndtr(-4.0 * 0.4)
    spaced = ft.token_accuracy(ft.ArrayCodebook([[0.0], [0.5], [1.3]]), [4.0])
    assert spaced.error[0] == pytest.approx([inner, inner + outer, outer], rel=1e-14)
    product = ft.fsq([3, 2])
    expected = [1 - np.prod([1 - a, 1 - b]) for b in [scipy.special.ndtr(-2.0)] * 2 for a in _three_level_errors(2.0)]
    assert ft.token_accuracy(product, [2.0]).error[0] == pytest.approx(expected, rel=1e-13)
    huge = ft.token_accuracy(ft.bits(64), [2.0], tokens=[0, 2**63])
    assert huge.value[0] == pytest.approx([scipy.special.ndtr(2.0) ** 64] * 2, rel=1e-13)
    plane = ft.ArrayCodebook(np.random.default_rng(1).uniform(-1, 1, (9, 2)))
    assert ft.token_accuracy(plane, r).error.mean(axis=1) == pytest.approx(ft.accuracy(plane, r).error, rel=1e-12)


def _three_level_errors(r: float) -> list[float]:
    edge = scipy.special.ndtr(-r / 2)
    return [edge, 2 * edge, edge]


PRODUCTS = ("fsq:8,5", "bits:64", "fsq:4^16", "fsq:3+prior:zipf")


@pytest.mark.parametrize(
    ("spec", "readout"),
    [(spec, readout) for spec in PRODUCTS for readout in ("map", "soft", "top", "digit", "rounding")]
    + [(spec, readout) for spec in ("onehot:50257", "psk:7") for readout in ("map", "top", "rounding")],
)
def test_both_ends_of_the_snr_axis(spec: str, readout: str) -> None:
    book = ft.codebook(spec)
    found = ft.accuracy(book, [0.0, 1e-200, 1e-30, 1e120, np.inf], readout=readout)
    for column in (found.value, found.error, found.lower, found.upper):
        assert not np.isnan(column).any()
    assert found.value[-2:] == pytest.approx(1.0, abs=0)
    assert found.error[-2:] == pytest.approx(0.0, abs=0)
    if readout == "map":
        assert found.value[:3] == pytest.approx(book.max_prior, rel=1e-12)
    if readout == "soft" and book.is_uniform:
        assert found.value[:3] == pytest.approx(1 / book.K, rel=1e-12)


def test_continuity_at_zero_snr() -> None:
    for spec, readout in (("fsq:5,3", "map"), ("fsq:5,3", "soft"), ("fsq:4+prior:zipf", "soft"), ("onehot:9", "map")):
        ends = ft.accuracy(ft.codebook(spec), [0.0, 1e-9], readout=readout)
        assert ends.value[1] == pytest.approx(ends.value[0], rel=1e-7)


@pytest.mark.parametrize(
    ("points", "prior", "r"),
    [
        ([0.0, 1e-3, 100.0], [0.1, 0.2, 0.7], 1.0),
        ([-1.0, 0.0, 1e-3, 1.0], [0.4, 0.3, 1e-6, 0.3 - 1e-6], 100.0),
        ([0.0, 1e-3, 1.0, 10.0], [0.1, 0.2, 0.3, 0.4], 20.0),
        ([0.0, 0.5, 1.0], [1 - 2e-9, 1e-9, 1e-9], 0.01),
    ],
)
def test_soft_error_of_codes_on_several_scales(points: list[float], prior: list[float], r: float) -> None:
    centres = r * np.array(points)
    x = np.unique(np.concatenate([c + np.linspace(-14, 14, 100_001) for c in centres]))
    w = np.array(prior)[:, None] * np.exp(-((x - centres[:, None]) ** 2) / 2) / np.sqrt(2 * np.pi)
    total = np.maximum(w.sum(axis=0), 1e-300)
    reference = scipy.integrate.trapezoid((w.sum(axis=0) ** 2 - (w**2).sum(axis=0)) / total, x)
    found = ft.accuracy(ft.ArrayCodebook(np.array(points)[:, None], prior), r, readout="soft")
    # w² − Σw² cancels to 1e-16 of the largest prior.
    assert found.error == pytest.approx(reference, rel=1e-9, abs=1e-16)


def test_soft_error_at_extreme_snr_is_half_pi_times_the_map_error() -> None:
    for r in (3e6, 1e9, 1e30):
        soft, best = (ft.accuracy(ft.fsq([5, 3]), r, readout=readout).log_error for readout in ("soft", "map"))
        assert soft - best == pytest.approx(np.log(np.pi / 2), abs=1e-12 * abs(best) + 1e-9)


def test_soft_error_of_several_scales_at_extreme_snr() -> None:
    book = ft.ArrayCodebook([[0.0], [1e-3], [100.0]])
    for r in (1e6, 1e8, 1e12):
        soft, best = (ft.accuracy(book, r, readout=readout).log_error for readout in ("soft", "map"))
        assert soft - best == pytest.approx(np.log(np.pi / 2), abs=1e-12 * abs(best) + 1e-5)


def test_planar_codebooks_with_hidden_tokens_or_several_scales() -> None:
    hidden = ft.codebook("random:K=100,n=2+prior:zipf,s=3")
    for r in (1e-6, 0.01, 0.5, 3.0):
        found = ft.accuracy(hidden, r)
        sampled = ft.accuracy(hidden, r, method="mc", samples=16384)
        assert abs(found.error - sampled.error) < 4 * sampled.stderr
    assert ft.accuracy(hidden, 1e-6).value == pytest.approx(hidden.max_prior, rel=1e-12)
    cloud = np.random.default_rng(0).normal(size=(35, 2))
    small, both = ft.ArrayCodebook(cloud), ft.ArrayCodebook(np.concatenate([cloud, cloud + 1e7]))
    assert ft.accuracy(both, 2.0).log_error == pytest.approx(ft.accuracy(small, 2.0).log_error, rel=1e-7)
    ring = ft.codebook("psk:300")
    assert ft.accuracy(ft.ArrayCodebook(ring.points), 90.0).log_error == pytest.approx(
        ft.accuracy(ring, 90.0).log_error, rel=1e-12
    )


def test_codes_that_only_nearly_lie_in_a_line_are_not_collapsed() -> None:
    thin = ft.ArrayCodebook([[0.0, 0.0], [1e6, 0.0], [0.0, 1e-8]])
    assert ft.accuracy(thin, 1e9).error == pytest.approx(2 / 3 * scipy.special.ndtr(-5.0), rel=1e-7)


def test_regular_arrays_are_recognised() -> None:
    rng = np.random.default_rng(0)
    for book in (OneHotCodebook(9), SimplexCodebook(9), BiorthogonalCodebook(18)):
        array = ft.ArrayCodebook(book.points @ np.linalg.qr(rng.standard_normal((book.n, book.n)))[0] + 0.1)
        found = ft.accuracy(array, 3.0)
        assert found.method == "quadrature"
        assert found.log_error == pytest.approx(ft.accuracy(book, 3.0).log_error, rel=1e-12)
    nearly = ft.ArrayCodebook(np.eye(9) * np.linspace(1, 1.001, 9))
    assert ft.accuracy(nearly, 3.0, samples=512).method == "monte-carlo"


def test_equal_coordinates_up_to_rounding_are_one_value() -> None:
    square = ft.accuracy(PskCodebook(4), 6.0, readout="rounding")
    written = ft.ArrayCodebook([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
    assert square.error == pytest.approx(ft.accuracy(written, 6.0, readout="rounding").error, rel=1e-12)


def test_very_large_r() -> None:
    for spec in ("onehot:16", "biorthogonal:16", "simplex:5"):
        found = ft.accuracy(ft.codebook(spec), [1e9, 1e16, 1e30])
        assert np.array_equal(found.value, np.ones(3))
        assert np.array_equal(found.error, np.zeros(3))
        assert not np.isnan(np.concatenate([found.lower, found.upper])).any()
        rho = np.array([1e9, 1e16, 1e30]) * (1 if spec != "simplex:5" else np.sqrt(5 / 4))
        assert found.log_error == pytest.approx(-(rho**2) / 4, rel=1e-12)
    assert ft.accuracy(ft.codebook("fsq:2+scale:1e-90"), 1e90).error == pytest.approx(
        scipy.special.ndtr(-1.0), rel=1e-12
    )


def test_error_at_zero_snr_keeps_its_digits() -> None:
    book = ft.ArrayCodebook([[0.0], [1.0]], [1 - 1e-13, 1e-13])
    assert ft.accuracy(book, 0.0).error == pytest.approx(float(book.prior[1]), rel=1e-14)


def test_enclosures_of_integrals_hold_the_truth() -> None:
    with mp.workdps(40):
        for tokens, r in ((16, 2.0), (6561, 8.0), (3, 20.0)):
            exceed = integrate(
                lambda z, k=tokens, rate=r: mp.npdf(z - rate) * -mp.expm1((k - 1) * mp.log1p(-mp.ncdf(-z))),
                [r / 2 - 14, r + 14],
                0.25,
            )
            found = ft.accuracy(OneHotCodebook(tokens), r)
            assert found.lower < float(exceed) < found.upper
            assert found.upper - found.lower < 1e-12 * found.error


def test_digits_of_a_product_of_blocks() -> None:
    found = ft.accuracy(ft.codebook("digits:3,2"), 2.0, readout="digit")
    assert found.error == pytest.approx(ft.accuracy(OneHotCodebook(3), 2.0).error, rel=1e-13)


@pytest.mark.parametrize(("r", "rel"), [(1e-5, 1e-4), (1e-9, 1e-6)])
def test_low_snr_expansion_is_the_mean_width(r: float, rel: float) -> None:
    table = ft.fsq([2, 2, 2])
    slope = (ft.accuracy(table, r).value * table.K - 1) / r
    assert slope == pytest.approx(3 * np.sqrt(2 / np.pi), rel=rel)


@pytest.mark.parametrize("r", [0.4, 8.0, 40.0])
def test_exact_gaps_have_the_sign_of_first_minus_second(r: float) -> None:
    first, second = ft.fsq([8, 5]), ft.fsq([10, 4])
    gap = ft.accuracy_gap(first, second, r)
    expected = fsq_error([10, 4], r) - fsq_error([8, 5], r)
    assert gap.value == pytest.approx(float(expected), rel=1e-11)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"r": -1.0}, "r = -1: expected an amplitude ratio of at least 0"),
        ({"r": [1.0, float("nan")]}, "r = nan: expected"),
        ({"r": 1.0, "readout": "nearest"}, "readout 'nearest': expected one of map, soft, top, digit, rounding"),
        ({"r": 1.0, "method": "guess"}, "method 'guess': expected one of auto, exact, mc, bounds"),
        ({"r": 1.0, "top": 0, "readout": "top"}, "top = 0: expected at least 1"),
        ({"r": 1.0, "samples": 0}, "samples = 0: expected at least 1"),
        ({"r": 1.0, "rtol": 0.0}, "rtol = 0: expected a number above 0"),
        ({"r": 1.0, "rtol": float("inf")}, "rtol = inf: expected a number above 0, finite"),
        ({"r": 1.0, "method": "exact", "readout": "soft"}, "method 'exact': no closed form"),
        ({"r": 1.0, "method": "bounds", "readout": "soft"}, "bounds are for the readout map"),
    ],
)
def test_bad_arguments(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ft.InputError, match=message.replace("(", r"\(")):
        ft.accuracy(PskCodebook(5), **arguments)  # type: ignore[arg-type]


def test_too_large_to_enumerate() -> None:
    with pytest.raises(ft.TooLargeError, match="too large to enumerate: 4294967296 tokens"):
        ft.accuracy(ft.codebook("fsq:4^16"), 2.0, readout="top", top=2)


@pytest.mark.parametrize("prior", [[1, 1, 1, 1, 1, 1], [1, 2, 1, 2, 2, 2], [1, 1, 1, 1, 3, 3]])
@pytest.mark.parametrize("r", [0.5, 3.0])
def test_codes_of_the_plane_that_nearly_coincide_are_as_good_as_one(r: float, prior: list[float]) -> None:
    """∫ max_k π_k φ(x − r e_k) dx is the same with the twin left out, but for the distance d of the two.

    |φ(x − rd) − φ(x)| integrates to at most 2Φ(rd/2) − 1 ≤ rd/√(2π), d = √2 gap here.
    """
    corners, weights = [[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0], [0.3, -0.2]], np.array(prior) / sum(prior)
    rest = 1 - weights[5]
    alone = rest * float(ft.accuracy(ft.ArrayCodebook(np.array(corners), weights[:5] / rest), r).value)
    for gap in (1e-6, 1e-9, 1e-12, 1e-15, 2.0**-52):
        book = ft.ArrayCodebook(np.array([*corners, [0.3 + gap, -0.2 + gap]]), weights)
        assert abs(float(ft.accuracy(book, r).value) - alone) <= r * gap * weights[5] + 1e-14
