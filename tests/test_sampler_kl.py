"""The path KL of the ancestral sampler on a grid, the named grids, and the MMSE curve that they rest on."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fsq_theory as ft
from fsq_theory.samplers.chebyshev import PiecewiseChebyshev, chebyshev_nodes, series
from fsq_theory.samplers.grid_kl import on_curve
from fsq_theory.samplers.named_grids import NAMES

GRID = [0.0, 1.0, 3.0, 8.0, 20.0, 60.0]
CODEBOOKS = ("fsq:5", "fsq:8,5,5,5", "bits:4", "fsq:4+prior:zipf,s=1.5")


@pytest.fixture(scope="module")
def curve() -> ft.MmseCurve:
    return ft.mmse_curve("fsq:8,5,5,5", 0, 500)


def by_definition(codebook: str, grid: Any) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """½ mmse_i Δγ_i − ΔI_i from the information at the grid's own points, and a bound on its rounding."""
    gamma = np.asarray(grid, dtype=float)
    found = ft.information(codebook, np.sqrt(gamma))
    whole = found.mmse[:-1] * np.diff(gamma) / 2
    return whole - np.diff(found.information), 1e-12 * (whole + found.information[1:])


def test_the_known_value() -> None:
    """Computed independently with 60 digits of quadrature nodes to spare: 0.8833778137101056."""
    found = ft.sampler_kl("fsq:5", GRID)
    assert found.kl == pytest.approx(0.8833778137101056, rel=1e-13)
    assert (found.steps, found.K, found.n, found.stderr, found.method) == (5, 5, 1, 0.0, "quadrature")
    assert (found.gamma_0, found.gamma_N, found.kl_prior) == (0.0, 60.0, 0.0)
    assert found.kl == math.fsum(found.kl_steps)


@pytest.mark.parametrize("codebook", CODEBOOKS)
def test_every_step_is_that_of_the_definition(codebook: str) -> None:
    shares, rounding = by_definition(codebook, GRID)
    assert np.all(np.abs(ft.sampler_kl(codebook, GRID).kl_steps - shares) <= rounding)


def test_fine_grids_keep_their_relative_accuracy() -> None:
    """10^4 steps of fsq:2: ½∫(γ' − γ)(−dmmse/dγ) dγ by the mean of E‖Cov‖² = E sech⁴ over each short step.

    For codes ±1, Cov = sech²(rY), so −dmmse/dγ = E sech⁴(γ + √γ Z).  Over a step of length h from γ the share is
    h²/4·f(γ + h/3) + O(h⁴ f''), which is 1e-9 of it here.
    """
    grid = np.linspace(0.5, 3.0, 10_001)
    z = np.linspace(-9, 9, 4001)
    density = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi) * (z[1] - z[0])
    h = grid[1] - grid[0]
    at = grid[:-1] + h / 3
    slope = np.array([density @ np.cosh(gamma + math.sqrt(gamma) * z) ** -4.0 for gamma in at])
    want = h**2 / 4 * slope
    found = ft.sampler_kl("fsq:2", grid)
    assert found.kl_steps == pytest.approx(want, rel=1e-8)
    assert found.kl == pytest.approx(math.fsum(want), rel=1e-8)


@pytest.mark.parametrize("length", [1e-6, 1e-12, 1e-15])
@pytest.mark.parametrize("points", [[-1.0, 1.0], [0.0, 1e-3, 1.0]])
def test_ranges_of_any_length(points: list[float], length: float) -> None:
    """A step of length h costs ¼h²·E‖Cov‖²(1 + O(h)); at SNR 0 Cov is that of the prior."""
    codebook = ft.ArrayCodebook(np.array(points)[:, None])
    found = ft.sampler_kl(codebook, [0.0, length])
    assert found.kl == pytest.approx(np.var(points) ** 2 * length**2 / 4, rel=1e-10 + 2 * length)


def test_codes_of_three_scales() -> None:
    """The widest pair is known for long where the narrowest is decided; its rounding does not count there."""
    scales = (1.0, 1e-2, 1e-4)
    pairs = [ft.ArrayCodebook(np.array([[-scale], [scale]])) for scale in scales]
    grid = [0.0, 2.5e4, 1e9]
    found = ft.sampler_kl(ft.ProductCodebook(pairs), grid)
    assert found.kl == pytest.approx(sum(ft.sampler_kl(pair, grid).kl for pair in pairs), rel=1e-12)


def test_far_tails_keep_their_relative_accuracy() -> None:
    """At γ from 200 on, the MMSE of codes ±1 is about e^−100: shares in proportion to it are still right."""
    grid = np.array([200.0, 201.0, 204.0, 400.0])
    found = ft.sampler_kl("fsq:2", grid)
    shares, _ = by_definition("fsq:2", grid)
    logs = ft.information("fsq:2", np.sqrt(grid))
    # In entropies, which are small there: ½ mmse_i Δγ_i + H_{i+1} − H_i.
    want = logs.mmse[:-1] * np.diff(grid) / 2 + np.diff(logs.entropy)
    assert np.abs(shares).max() < 1e-14
    assert found.kl_steps == pytest.approx(want, rel=1e-9)
    assert 0 < found.kl < 1e-40


def test_steps_above_the_end_of_the_curve_cost_nothing() -> None:
    near, far = ft.sampler_kl("fsq:2", [0, 1, 1000]), ft.sampler_kl("fsq:2", [0, 1, 1000, 1e6, 1.7e308])
    assert ft.sampler_kl("fsq:2", [1e150, 1.1e150]).kl == 0
    assert far.kl == pytest.approx(near.kl, rel=1e-12)
    assert far.kl_steps[2:].tolist() == [0.0, 0.0]


def test_products_add() -> None:
    whole = ft.sampler_kl("fsq:8,5,5,5", GRID)
    want = ft.sampler_kl("fsq:8", GRID).kl_steps + 3 * ft.sampler_kl("fsq:5", GRID).kl_steps
    assert whole.kl_steps == pytest.approx(want, rel=1e-11)


@pytest.mark.parametrize("scale", [1e-3, 7.0, 1e4])
def test_scaling_codes_scales_snr(scale: float) -> None:
    codebook = ft.codebook("fsq:5").scaled(scale)
    assert ft.sampler_kl(codebook, np.array(GRID) / scale**2).kl_steps == pytest.approx(
        ft.sampler_kl("fsq:5", GRID).kl_steps, rel=1e-11
    )


def test_it_does_not_depend_on_where_the_codes_are() -> None:
    there = ft.ArrayCodebook(np.array([[9.0], [9.5], [10.0], [10.5], [11.0]]))
    assert ft.sampler_kl(there, GRID).kl == pytest.approx(0.8833778137101056, rel=1e-11)


@pytest.mark.parametrize(
    ("points", "prior"),
    [
        ([0.0, 1e-3, 100.0], None),
        ([-1.0, 1.0], [1e-6, 1 - 1e-6]),
        ([0.0, 1.0, 2.0], [0.5, 0.0, 0.5]),
        ([0.0, 1e-9], None),
    ],
)
def test_hard_codebooks(points: list[float], prior: list[float] | None) -> None:
    codebook = ft.ArrayCodebook(np.array(points)[:, None], prior=prior)
    unit = 1 / float(codebook.centred().energy)
    grid = unit * np.array([0.0, 0.1, 1.0, 3.0, 1e3, 1e5])
    found = ft.sampler_kl(codebook, grid)
    gamma = ft.information(codebook, np.sqrt(grid))
    whole = gamma.mmse[:-1] * np.diff(grid) / 2
    assert np.all(
        np.abs(found.kl_steps - whole + np.diff(gamma.information)) <= 1e-10 * (whole + gamma.information[1:])
    )


def test_simulated_frozen_denoisers_cost_as_much() -> None:
    """½ Σ ∫ E‖x̂(γ) − x̂(γ_i)‖² dγ over simulated paths Z, dZ = X_0 dγ + dB: Girsanov's integral for the two drifts."""
    rng = np.random.default_rng(0)
    codes, paths, fine = np.array([-1.0, 0.0, 1.0]), 20_000, 64
    grid = [0.0, 1.0, 4.0, 16.0]
    x = rng.choice(codes, size=paths)

    def guess(z: Any, gamma: float) -> Any:
        scores = np.multiply.outer(z, codes) - gamma * codes**2 / 2
        weights = np.exp(scores - scores.max(axis=1, keepdims=True))
        return weights @ codes / weights.sum(axis=1)

    z, total = np.zeros(paths), np.zeros(paths)
    for low, high in pairwise(grid):
        h, frozen = (high - low) / fine, guess(z, low)
        for j in range(fine):
            # Half a step to the middle, where the integrand is taken, and half a step on.
            z = z + x * h / 2 + math.sqrt(h / 2) * rng.standard_normal(paths)
            total += h / 2 * (guess(z, low + (j + 0.5) * h) - frozen) ** 2
            z = z + x * h / 2 + math.sqrt(h / 2) * rng.standard_normal(paths)
    score = (total.mean() - ft.sampler_kl("fsq:3", grid).kl) / (total.std() / math.sqrt(paths))
    assert abs(score) < 4


@given(
    inner=st.lists(st.floats(1e-6, 59.9), min_size=1, max_size=12, unique=True),
    added=st.floats(1e-6, 59.9),
    codebook=st.sampled_from(["fsq:2", "fsq:5"]),
)
@settings(max_examples=60)
def test_refinement_never_costs_more(inner: list[float], added: float, codebook: str) -> None:
    whole = CURVES[codebook] if codebook in CURVES else CURVES.setdefault(codebook, ft.mmse_curve(codebook, 0, 60))
    coarse = np.array([0.0, *sorted(inner), 60.0])
    fine = np.unique(np.append(coarse, added))
    before, after = on_curve(whole, coarse), on_curve(whole, fine)
    assert np.all(before.kl_steps >= 0)
    assert np.all(after.kl_steps >= 0)
    assert 0 <= after.kl <= before.kl * (1 + 1e-12)


CURVES: dict[str, ft.MmseCurve] = {}


def test_the_rate_is_one_over_the_steps(curve: ft.MmseCurve) -> None:
    """Halving every step of a fixed rule halves the KL, to first order."""
    for name in NAMES:
        coarse, fine = (ft.named_grid(name, "fsq:8,5,5,5", n, 1e-3, 30, curve=curve).snr for n in (1000, 2000))
        rate = math.log2(on_curve(curve, coarse).kl / on_curve(curve, fine).kl)
        assert abs(rate - 1) < 0.01, name


def test_the_prior_counts_apart() -> None:
    grid = [0.5, 2.0, 10.0]
    found = ft.sampler_kl("fsq:3^2", grid, start_std=0.8)
    assert found.kl == pytest.approx(ft.sampler_kl("fsq:3^2", grid).kl, rel=1e-15)
    assert found.kl_prior == ft.prior_kl("fsq:3^2", 0.5, 0.8).kl > ft.sampler_kl("fsq:3^2", grid).kl_prior > 0


def test_it_bounds_the_kl_of_the_tokens() -> None:
    for grid in (GRID, [0.0, 2.0, 60.0], [0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0]):
        assert 0 < ft.sampled_tokens("fsq:5", grid_snr=grid).kl < ft.sampler_kl("fsq:5", grid).kl


class TestMonteCarlo:
    """Codebooks without integrals, and others when sampling is asked for."""

    def test_agrees_with_quadrature(self) -> None:
        grid = np.array([0.0, 0.3, 1.0, 3.0])
        first = ft.mmse_curve("fsq:3", 0, 3, method="mc", seed=5)
        assert first.samples == 65536
        for fine in (grid, np.linspace(0, 3, 200)):
            found, want = ft.sampler_kl("fsq:3", fine, curve=first), ft.sampler_kl("fsq:3", fine)
            assert (found.method, found.seed) == ("monte-carlo", 5)
            assert 0 < found.stderr < 5e-3 * want.kl
            assert abs(found.kl - want.kl) < 4.5 * found.stderr

    def test_has_a_seed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("fsq_theory.samplers.mmse_curve.REPLICATES", 2)
        curves = [ft.mmse_curve("fsq:3", 0, 3, method="mc", seed=seed) for seed in (5, 5, 6)]
        kl = [ft.sampler_kl("fsq:3", [0.0, 0.3, 1.0, 3.0], curve=one).kl for one in curves]
        assert kl[0] == kl[1] != kl[2]

    def test_without_an_integral_it_samples(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("fsq_theory.samplers.mmse_curve.REPLICATES", 4)
        found = ft.sampler_kl("random:K=4,n=3", [1, 1.5], samples=2)
        assert (found.method, found.steps) == ("monte-carlo", 1)
        assert 0 < found.stderr < found.kl


class TestNamedGrids:
    """Their definitions, and their ends."""

    def test_logsnr_edm_and_uniform_snr(self) -> None:
        low, high, steps = 0.01, 400.0, 7
        i = np.arange(steps + 1) / steps
        sigma = (low ** (-1 / 14) + i * (high ** (-1 / 14) - low ** (-1 / 14))) ** 7
        for name, want in (
            ("logsnr", low * (high / low) ** i),
            ("edm", sigma**-2.0),
            ("uniform-snr", low + (high - low) * i),
        ):
            found = ft.named_grid(name, "fsq:5", steps, low, high)
            assert found.snr == pytest.approx(want, rel=1e-12)
            assert (found.snr[0], found.snr[-1], found.clipped, found.gamma_min) == (low, high, False, None)

    @pytest.mark.parametrize("name", ["logsnr", "edm"])
    def test_from_zero_the_first_step_leads_to_gamma_min(self, name: str) -> None:
        found = ft.named_grid(name, "fsq:5", 6, 0, 100)
        # ½ γ_min E‖e − ē‖² = 0.01 and the mean square of the codes is ½.
        assert found.gamma_min == pytest.approx(0.04, rel=1e-12)
        assert (found.snr[0], found.clipped, len(found.snr)) == (0.0, True, 7)
        assert found.snr[1:].tolist() == ft.named_grid(name, "fsq:5", 5, found.gamma_min, 100).snr.tolist()
        assert ft.named_grid(name, "fsq:5", 6, 0, 100, gamma_min=1.0).snr[1] == 1.0
        assert ft.named_grid(name, "fsq:5", 1, 0, 100).snr.tolist() == [0.0, 100.0]

    def test_entropic_has_equal_steps_of_information(self) -> None:
        for low, high, steps in ((0.0, 500.0, 12), (0.2, 30.0, 5)):
            grid = ft.named_grid("entropic", "fsq:8,5,5,5", steps, low, high).snr
            information = ft.information("fsq:8,5,5,5", np.sqrt(grid)).information
            assert np.diff(information) == pytest.approx((information[-1] - information[0]) / steps, rel=1e-10)
            assert (grid[0], grid[-1]) == (low, high)

    def test_uniform_in_time(self) -> None:
        flow = ft.schedule("flow")
        low, high = flow.snr(0.9), flow.snr(0.05)
        found = ft.named_grid("uniform:flow", "fsq:5", 17, low, high)
        assert found.snr == pytest.approx(flow.snr(np.linspace(0.9, 0.05, 18)), rel=1e-12)
        assert not found.clipped

    def test_schedules_that_do_not_reach_the_ends(self) -> None:
        """``logsnr`` runs from log γ = −6 to 3."""
        found = ft.named_grid("uniform:logsnr", "fsq:5", 6, 0, 100)
        assert found.snr == pytest.approx([0, *np.exp(np.linspace(-6, 3, 5)), 100], rel=1e-12)
        assert found.clipped
        assert ft.named_grid("uniform:logsnr", "fsq:5", 2, 0, 100).snr.tolist() == [0, 50, 100]

    def test_of_a_schedule(self) -> None:
        grid = ft.schedule_grid("cdcd-tts", 4, eps=0.1, T=0.9)
        t = np.linspace(0.9, 0.1, 5)
        assert grid == pytest.approx((1 - t) ** 2 / (t * (2 - t)), rel=1e-13)
        assert ft.schedule_grid("sqrt", 10**5, eps=0.5)[:3].tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("grid", "message"),
    [
        ([], "grid of 0 SNRs: expected at least 2"),
        ([1.0], "grid of 1 SNRs: expected at least 2"),
        ([[1.0, 2.0]], "expected a list of SNRs"),
        (["a", "b"], "expected a list of SNRs"),
        ([0.0, 2.0, 2.0], "SNR 2 after 2: expected SNRs that increase"),
        ([0.0, 3.0, 2.0, 5.0], "SNR 2 after 3: expected SNRs that increase"),
        ([-1.0, 2.0], "SNR -1 in the grid: expected finite numbers of at least 0"),
        ([0.0, math.nan], "SNR nan in the grid"),
        ([0.0, 1.0, math.inf], "SNR inf at the end of the grid: its last step would have infinite KL"),
    ],
)
def test_bad_grids(grid: Any, message: str) -> None:
    with pytest.raises(ft.InputError, match=message):
        ft.sampler_kl("fsq:3", grid)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ft.named_grid("best", "fsq:3", 3, 0, 1), "grid 'best': expected one of logsnr, edm, entropic"),
        (lambda: ft.named_grid("logsnr", "fsq:3", 0, 0, 1), "0 steps: expected 1 to"),
        (lambda: ft.named_grid("logsnr", "fsq:3", 2.5, 0, 1), "2.5 steps: expected a whole number"),  # type: ignore[arg-type]
        (
            lambda: ft.named_grid("logsnr", "fsq:3", 3, 0, 1, gamma_min=2.0),
            "gamma_min = 2: expected an SNR between 0 and 1",
        ),
        (lambda: ft.named_grid("logsnr", "fsq:3", 3, 2, 1), "SNR 1 after 2"),
        (lambda: ft.named_grid("uniform:logsnr", "fsq:3", 3, 50, 100), "does not overlap with 50 to 100"),
        (lambda: ft.schedule_grid("flow", 3, eps=0.0), "eps = 0: SNR of flow is infinite there"),
        (lambda: ft.schedule_grid("flow", 3, eps=0.5, T=0.2), "expected 0 <= eps < T <= 1"),
        (lambda: ft.sampler_kl("fsq:3", [0, 1], start_std=0.0), "std = 0"),
        (lambda: ft.sampler_kl("random:K=4,n=3", [0, 1], method="exact"), "no low-dimensional integral"),
        (lambda: ft.sampler_kl("random:K=4,n=3", [0, 1], samples=0), "samples = 0"),
        (
            lambda: ft.sampler_kl("fsq:3", [0, 2], curve=ft.mmse_curve("fsq:3", 0, 1)),
            "expected one that reaches from 0 to 2",
        ),
        (
            lambda: ft.sampler_kl("fsq:3", [0, 1], curve=ft.mmse_curve("fsq:5", 0, 1)),
            "curve of fsq:5: expected one of fsq:3",
        ),
        (
            lambda: ft.sampler_kl(
                ft.ArrayCodebook(np.array([[0.0], [3.0]])),
                [0, 1],
                curve=ft.mmse_curve(ft.ArrayCodebook(np.array([[0.0], [1.0]])), 0, 1),
            ),
            "curve of another array: expected one of the same codes and prior",
        ),
        (lambda: ft.mmse_curve("fsq:3", 1e307, 1e308), r"SNR 1e\+307 at the start of the grid: expected at most"),
        (lambda: ft.mmse_curve("fsq:3", 1e6, math.nextafter(1e6, 2e6)), "too close"),
        (
            lambda: ft.mmse_curve(ft.ArrayCodebook(np.array([[0.0], [1.0]]), prior=[1.0, 0.0]), 0, 1),
            "all of the prior is on one code",
        ),
    ],
)
def test_bad_input(call: Any, message: str) -> None:
    with pytest.raises(ft.InputError, match=message):
        call()


def test_chebyshev_series_of_known_functions() -> None:
    """Sin in three uneven pieces: values, two derivatives and the integral.

    Clenshaw's recurrence of degree m loses up to about m² units of rounding at the ends of a piece, and each derivative
    of a polynomial on a piece of length h magnifies by up to 2m²/h.
    """
    edges = np.array([0.0, 0.5, 2.0, 3.0])
    nodes = chebyshev_nodes(edges[:-1], edges[1:], 20)
    fitted = PiecewiseChebyshev(edges, series(np.sin(nodes)))
    x, rounding = np.linspace(0, 3, 101), 20**2 * 2.2e-16
    assert fitted(x) == pytest.approx(np.sin(x), abs=rounding)
    assert fitted.first(x) == pytest.approx(np.cos(x), abs=rounding * 2 * 20**2 / 0.5)
    assert fitted.second(x) == pytest.approx(-np.sin(x), abs=rounding * (2 * 20**2 / 0.5) ** 2)
    assert fitted.antiderivative()(x) == pytest.approx(1 - np.cos(x), abs=rounding)


def test_the_curve_is_the_mmse_and_its_integral_the_information(curve: ft.MmseCurve) -> None:
    gamma = np.concatenate([[0.0], np.geomspace(1e-6, 499, 60)])
    found = ft.information("fsq:8,5,5,5", np.sqrt(gamma))
    assert curve.mmse(gamma) == pytest.approx(found.mmse, rel=1e-12)
    assert curve.information_gain(curve.v(gamma)) == pytest.approx(found.information, rel=1e-12, abs=1e-15)
    value, first, second = curve.derivatives(gamma[35:50])
    h = 1e-2 * gamma[35:50]
    three = [ft.information("fsq:8,5,5,5", np.sqrt(gamma[35:50] + shift)).mmse for shift in (-h, 0 * h, h)]
    assert value == pytest.approx(three[1], rel=1e-12)
    assert first == pytest.approx((three[2] - three[0]) / (2 * h), rel=1e-3)
    assert second == pytest.approx((three[2] - 2 * three[1] + three[0]) / h**2, rel=1e-3)
