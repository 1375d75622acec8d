"""Information, entropy and MMSE without sampling, against arbitrary precision and identities."""

from __future__ import annotations

import math

import mpmath as mp
import numpy as np
import pytest
from reference import information_1d

import fsq_theory as ft
from fsq_theory.denoiser.information import monte_carlo
from fsq_theory.denoiser.information.estimate import MonteCarloEstimate
from fsq_theory.gaussian import gauss_legendre

RTOL = 1e-13
"""The integrals are good to a few 1e-15; logarithms as large as 1e4 and sums over factors cost the rest."""

TERNARY = ([-1.0, 0.0, 1.0], [1 / 3] * 3)
UNEVEN = ([-1.0, -0.3, 0.2, 1.0], [0.55, 0.02, 0.23, 0.2])
SCALES = ([0.0, 1e-3, 100.0], [0.1, 0.2, 0.7])
SKEWED = ([0.0, 0.5, 1.0], [1 - 2e-6, 1e-6, 1e-6])
COIN = ([0.0, 1.0], [0.5, 0.5])

# I, H(X_0|Y), MMSE: mp.nstr(v, 17) for v in reference.information_1d(points, prior, r), mp.dps = 30
REFERENCE = [
    (TERNARY, 1e-4, 3.3333333222222226e-9, 1.0986122853347764, 0.66666666222222225),
    (TERNARY, 0.5, 0.077054880113253573, 1.0215574085548561, 0.57085541556544228),
    (TERNARY, 2.0, 0.61914448510813503, 0.47946780355997466, 0.15807780117341176),
    (TERNARY, 8.0, 1.0984875752320759, 0.00012471343603384076, 3.2739561339399506e-5),
    (TERNARY, 30.0, 1.0986122886681097, 1.5294438704165757e-50, 3.84027639865014e-51),
    (UNEVEN, 1e-4, 3.3244999889477001e-9, 1.0669638628000308, 0.66489999557907993),
    (UNEVEN, 0.1, 0.0033134890489291524, 1.0636503770756017, 0.66050385549492102),
    (UNEVEN, 1.0, 0.25114668330779608, 0.81581718281673474, 0.38142390978392611),
    (UNEVEN, 5.0, 0.994087791182562, 0.072876074941968821, 0.0093592672912859779),
    (UNEVEN, 20.0, 1.0669637519991247, 1.1412540607803459e-7, 7.3652477375499863e-9),
    (SCALES, 1e-3, 0.0010488844855760083, 0.80076966805776134, 2095.5678555709417),
    (SCALES, 0.05, 0.59523832967357921, 0.20658022286975814, 42.954338133261303),
    (SCALES, 1.0, 0.61086433538822311, 0.19095421715511423, 6.6666651851854329e-8),
    (SKEWED, 0.01, 6.2499887496093655e-11, 2.9630956616039716e-5, 1.2499977498437441e-6),
    (SKEWED, 1.0, 6.2499835012961365e-7, 2.9006020765797598e-5, 1.2499953120209257e-6),
    (SKEWED, 6.0, 1.8031120896395989e-5, 1.1599898219531223e-5, 4.9609652773426719e-7),
    (SKEWED, 20.0, 2.963025490019556e-5, 7.6421573165262496e-10, 4.6722633915029823e-11),
    (COIN, 3.0, 0.5267773065213735, 0.16636987403857181, 0.049310625549860435),
    (COIN, 60.0, 0.69314718055994531, 1.5393884413105525e-197, 3.8527261241403211e-198),
]


def line(case: tuple[list[float], list[float]]) -> ft.ArrayCodebook:
    points, prior = case
    return ft.ArrayCodebook(np.array(points)[:, None], prior)


@pytest.mark.parametrize(("case", "r", "information", "entropy", "mmse"), REFERENCE)
def test_codes_on_a_line_to_thirteen_digits_within_the_spread(
    case: tuple[list[float], list[float]], r: float, information: float, entropy: float, mmse: float
) -> None:
    found = ft.information(line(case), r)
    assert found.method == "quadrature"
    for got, log, want in (
        (found.information, found.log_information, information),
        (found.entropy, found.log_entropy, entropy),
        (found.mmse, found.log_mmse, mmse),
    ):
        rounding = 4 * np.finfo(float).eps * (1 + abs(math.log(want)))  # of the logarithm and of its exponential
        assert got == pytest.approx(want, rel=RTOL + rounding)
        assert abs(log - math.log(want)) <= found.spread + rounding
    assert found.spread < 1e-11


@pytest.mark.parametrize(("case", "r"), [(COIN, 3.0), (TERNARY, 0.01), (SCALES, 1e-3)])
def test_the_reference_itself(case: tuple[list[float], list[float]], r: float) -> None:
    with mp.workdps(30):
        reference = [float(value) for value in information_1d(*case, r)]
    found = ft.information(line(case), r)
    assert [found.information, found.entropy, found.mmse] == pytest.approx(reference, rel=RTOL)


def between(codebook: ft.Codebook | str, low: float, high: float) -> float:
    """½ ∫ MMSE dγ = ∫ MMSE r dr from r = low to high, by Gauss–Legendre over log r."""
    edges = np.linspace(math.log(low), math.log(high), 1 + math.ceil(4 * math.log(high / low)))
    nodes, weights = gauss_legendre(20)
    half = np.diff(edges)[:, None] / 2
    r = np.exp(edges[:-1, None] + half * (nodes + 1))
    mmse = ft.information(codebook, r).mmse
    return float(np.sum(mmse * r**2 * half * weights))


@pytest.mark.parametrize("case", [TERNARY, UNEVEN, SCALES, SKEWED])
@pytest.mark.parametrize(("low", "high"), [(1e-4, 1e-2), (0.05, 2.0), (2.0, 9.0)])
def test_information_is_half_the_integral_of_the_mmse(
    case: tuple[list[float], list[float]], low: float, high: float
) -> None:
    book = line(case)
    first, second = ft.information(book, [low, high]).information
    # From high SNR to high SNR almost nothing is gained: the difference is good to rounding of H(π).
    assert second - first == pytest.approx(between(book, low, high), rel=1e-10, abs=4e-16 * max(second, 1e-6))


def test_derivative_of_information_by_central_differences() -> None:
    gamma = np.geomspace(1e-6, 1e3, 40)
    for spec in ("fsq:3^8", "fsq:8,5,5,5", "fsq:5,convention=rounded"):
        step = 1e-3
        # Fourth order: the error is h⁴/30 of a fifth derivative.
        levels = gamma[:, None] * (1 + step * np.array([-2.0, -1.0, 1.0, 2.0]))
        values = ft.information(spec, np.sqrt(levels)).information
        slope = values @ np.array([1.0, -8.0, 8.0, -1.0]) / (12 * step * gamma)
        mmse = ft.information(spec, np.sqrt(gamma)).mmse
        rounding = 1e-15 * values[:, 0] / (step * gamma)
        assert np.all(np.abs(slope - mmse / 2) <= 1e-8 * mmse / 2 + rounding)


@pytest.mark.parametrize("case", [TERNARY, UNEVEN, SCALES, SKEWED])
def test_information_tends_to_the_entropy_of_the_prior(case: tuple[list[float], list[float]]) -> None:
    points, prior = case
    whole = float(-mp.fsum(mp.mpf(p) * mp.log(p) for p in prior))
    found = ft.information(line(case), [1e6 / np.diff(points).min(), math.inf])
    # 1 − 2e-6 has lost what lies below 1e-16.
    assert found.information == pytest.approx(whole, rel=1e-10)
    assert found.prior_entropy == pytest.approx(whole, rel=1e-10)
    assert found.entropy[1] == found.mmse[1] == 0
    assert ft.information("fsq:3^8", 1e3).information == pytest.approx(math.log(6561), rel=1e-15)


def test_sampler_kl_of_five_codes() -> None:
    """½ Σ mmse(γ_i)(γ_{i+1} − γ_i) − [I(γ_N) − I(γ_0)] for a known grid."""
    gamma = np.array([0, 1, 3, 8, 20, 60.0])
    found = ft.information("fsq:5", np.sqrt(gamma))
    kl = found.mmse[:-1] @ np.diff(gamma) / 2 - (found.information[-1] - found.information[0])
    assert kl == pytest.approx(0.88338, abs=5e-6)
    # By scipy.integrate.quad of both terms, epsabs = 1e-13.
    assert kl == pytest.approx(0.8833778137101056, rel=1e-12)


def test_products_add_and_are_never_listed() -> None:
    r = np.array([1e-3, 0.7, 5.0, 40.0])
    one, two = ft.information("fsq:8", r), ft.information("fsq:5", r)
    both = ft.information("fsq:8,5,5,5", r)
    for name in ("information", "entropy", "mmse"):
        assert getattr(both, name) == pytest.approx(getattr(one, name) + 3 * getattr(two, name), rel=RTOL)
    huge = ft.information("fsq:3^64", 1.0)
    assert huge.mmse == pytest.approx(64 * ft.information("fsq:3", 1.0).mmse, rel=RTOL)
    assert huge.K == 3**64


def test_an_array_that_is_a_product_is_recognised() -> None:
    book = ft.codebook("fsq:4,3")
    array = ft.ArrayCodebook(book.points[np.random.default_rng(0).permutation(12)])
    found, want = ft.information(array, [0.3, 3.0]), ft.information(book, [0.3, 3.0])
    assert set(found.method) == {"quadrature"}
    assert found.log_information == pytest.approx(want.log_information, rel=RTOL)
    assert found.log_mmse == pytest.approx(want.log_mmse, rel=RTOL)


@pytest.mark.parametrize("r", [0.0, 5e-324, 1e-200, 1e-18, 1e-9, 1e-4, 1.0, 1e3, 1e7, 1e30, 1e150, 1e308, math.inf])
@pytest.mark.parametrize(
    "case", [TERNARY, UNEVEN, SCALES, ([1e-160, 3e-160], [0.3, 0.7]), ([-1e130, 1e130], [0.5, 0.5])]
)
def test_nothing_is_nan_at_any_snr(case: tuple[list[float], list[float]], r: float) -> None:
    found = ft.information(line(case), r)
    logs = np.array([found.log_information, found.log_entropy, found.log_mmse])
    assert not np.any(np.isnan(logs))
    assert not math.isnan(found.spread)
    assert found.information + found.entropy == pytest.approx(found.prior_entropy, rel=1e-14)
    points, prior = (np.array(values) for values in case)
    if 0 < r < 1e-8 / np.ptp(points):
        unit = points / np.ptp(points)
        variance = prior @ (unit - prior @ unit) ** 2
        log_snr = 2 * (math.log(r) + math.log(np.ptp(points)))
        assert found.log_information == pytest.approx(log_snr + math.log(variance / 2), rel=1e-14)
        assert found.log_mmse == pytest.approx(math.log(variance) + 2 * math.log(np.ptp(points)), rel=1e-14)


def test_closed_forms_take_over_without_a_seam() -> None:
    width = 2.0
    r = 1e-10 / width * np.array([0.999, 1.001])
    found = ft.information(line(UNEVEN), r)
    assert np.diff(found.log_information)[0] == pytest.approx(2 * math.log(1.001 / 0.999), rel=1e-10)
    assert np.diff(found.log_mmse)[0] == pytest.approx(0, abs=1e-15)


def test_far_codes_are_confused_with_their_neighbours_alone() -> None:
    """At a crossing of equal weights w, ρ apart: H ≈ 4π w/ρ and MMSE ≈ π Δ² w/ρ, each (1 + O(1/ρ²))."""
    for r in (3e4, 1e6, 1e9):
        found = ft.information("fsq:3", r)
        log_weight = -math.log(3) - r**2 / 8 - 0.5 * math.log(2 * math.pi)
        assert found.log_entropy - log_weight == pytest.approx(math.log(8 * math.pi / r), abs=40 / r**2 + 4e-16 * r**2)
        assert found.log_mmse - log_weight == pytest.approx(math.log(2 * math.pi / r), abs=40 / r**2 + 4e-16 * r**2)


def test_no_crossing_is_lost_beside_another_snr() -> None:
    """Where errors are made may be narrower than the rounding of the distance to it: each r as if it were alone."""
    rates = np.array([1.0, 1e17, 1e30, 2.0, 1e100])
    found = ft.information("fsq:3", rates)
    alone = [ft.information("fsq:3", r) for r in rates.tolist()]
    assert found.log_entropy == pytest.approx([one.log_entropy for one in alone], rel=RTOL)
    assert found.log_entropy[[1, 2, 4]] == pytest.approx(-(rates[[1, 2, 4]] ** 2) / 8, rel=RTOL)


def test_many_codes_on_a_line() -> None:
    """1000 codes: windows of the tokens that matter; against the trapezoidal rule, which converges geometrically."""
    points = np.sort(np.random.default_rng(1).uniform(-1, 1, 1000))
    prior = np.random.default_rng(2).uniform(0.1, 1, 1000)
    prior /= prior.sum()
    for r in (0.5, 30.0, 400.0):
        found = ft.information(ft.ArrayCodebook(points[:, None], prior), r)
        x = np.arange(r * points[0] - 12, r * points[-1] + 12, 0.02)
        information = mmse = 0.0
        for block in np.array_split(x, 20):
            w = prior * np.exp(-((block[:, None] - r * points) ** 2) / 2) / math.sqrt(2 * math.pi)
            total = w.sum(axis=1, keepdims=True)
            q = w / total
            mean = q @ points
            information += 0.02 * np.sum(w * np.log(np.maximum(q, 1e-300) / prior))
            mmse += 0.02 * np.sum(w * (points - mean[:, None]) ** 2)
        assert found.information == pytest.approx(information, rel=1e-10)
        assert found.mmse == pytest.approx(mmse, rel=1e-10)


def test_a_certain_token_leaves_nothing_to_know() -> None:
    book = ft.ArrayCodebook([[0.0], [1.0]], [1.0, 0.0])
    found = ft.information(book, [0.0, 1e-3, 1.0, math.inf])
    assert np.all(found.information == 0)
    assert np.all(found.entropy == 0)
    assert np.all(found.mmse == 0)
    assert np.all(found.entropic_time == 0)


def test_rows_are_plain_values_in_nats_or_bits() -> None:
    found = ft.information("fsq:3^8", [0.0, 2.0])
    nats, bits = found.rows()[1], found.rows(bits=True)[1]
    assert list(nats)[:10] == [
        *("codebook", "K", "n", "r", "information", "entropy", "mmse"),
        *("stderr_information", "stderr_mmse", "method"),
    ]
    assert type(nats["information"]) is float
    assert nats["stderr_information"] is nats["stderr_mmse"] is None
    for name in ("information", "entropy", "prior_entropy"):
        assert bits[name] == pytest.approx(nats[name] / math.log(2), rel=1e-15)
    assert bits["mmse"] == nats["mmse"]
    assert bits["log_entropy"] == pytest.approx(math.log(bits["entropy"]), rel=1e-13)
    assert nats["entropic_time"] == bits["entropic_time"] == pytest.approx(nats["entropy"] / math.log(6561), rel=1e-14)
    assert (nats["unit"], bits["unit"]) == ("nats", "bits")


def test_shapes_follow_r() -> None:
    assert ft.information("fsq:3", 1.0).information.shape == ()
    found = ft.information("fsq:3", [[0.0, 1.0, 2.0], [3.0, 4.0, math.inf]])
    assert found.information.shape == found.method.shape == found.r.shape == (2, 3)
    assert found.method.tolist() == [["exact", "quadrature", "quadrature"], ["quadrature", "quadrature", "exact"]]
    assert ft.information("fsq:3", []).information.shape == (0,)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"r": -1.0}, "r = -1: expected an amplitude ratio of at least 0"),
        ({"r": [1.0, math.nan]}, "r = nan: expected an amplitude ratio of at least 0"),
        ({"r": 1.0, "method": "bounds"}, "method 'bounds': expected one of auto, exact, mc"),
        ({"r": 1.0, "samples": 0}, "samples = 0: expected at least 1"),
        ({"r": 1.0, "rtol": 0.0}, "rtol = 0: expected a number above 0"),
        ({"r": 1.0, "rtol": float("inf")}, "rtol = inf: expected a number above 0, finite"),
        ({"r": 1.0, "seed": -1}, "seed -1: expected an integer of at least 0"),
        ({"r": 1.0, "method": "exact"}, "method 'exact': no low-dimensional integral for random:K=9,n=3"),
    ],
)
def test_bad_input_is_named(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ft.InputError) as caught:
        ft.information("random:K=9,n=3", **settings)
    assert message in str(caught.value)


def test_codebooks_without_an_integral_are_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    """What Monte Carlo is asked, and where its answers go; tests of its own say whether they are right."""
    asked = []

    def estimate(book: ft.Codebook, r: float, **settings: object) -> MonteCarloEstimate:
        asked.append((book.name, r, settings))
        return MonteCarloEstimate(2.0, math.log(2), 0.5, math.log(0.5), 0.1, math.log(0.1), 0.01, 0.002, -4.6, -6.2, 77)

    monkeypatch.setattr(monte_carlo, "estimate", estimate)
    settings = {"samples": 70, "rtol": 0.1, "seed": 5}
    found = ft.information("random:K=12,n=3", [0.0, 1.5, math.inf], **settings)
    assert asked == [("random:K=12,n=3", 1.5, settings)]
    assert found.method.tolist() == ["exact", "monte-carlo", "exact"]
    assert found.samples.tolist() == [0, 77, 0]
    assert found.seed == 5
    row = found.rows(bits=True)[1]
    assert row["information"] == pytest.approx(2 / math.log(2))
    assert (row["stderr_information"], row["stderr_mmse"]) == (0.01 / math.log(2), 0.002)
    assert found.rows()[0]["stderr_mmse"] is None
    ft.information("fsq:4,3", 2.5, method="mc", **settings)
    assert asked[1:] == [("fsq:4,3", 2.5, settings)]
    assert ft.information("fsq:4,3", 2.5, **settings).samples == 0
    assert len(asked) == 2
