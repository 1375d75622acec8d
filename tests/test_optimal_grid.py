"""The grid of least sampling KL: against brute force, its asymptotics, the usual grids, and the steps for a target."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

import fsq_theory as ft
from fsq_theory.samplers.grid_kl import on_curve
from fsq_theory.samplers.grid_programming import best_path
from fsq_theory.samplers.optimal_grid import best_grid, by_density
from fsq_theory.samplers.steps import TooManyStepsError

SPECS = ("fsq:2", "fsq:5", "fsq:8,5,5,5", "fsq:6+prior:zipf,s=1.5")
SCALES = ft.ArrayCodebook(np.array([[0.0], [0.1], [10.0]]))
"""MMSE falls once for the far code and once for the near ones."""

HIGH = 200.0


@pytest.fixture(scope="module")
def curves() -> dict[str, ft.MmseCurve]:
    return {spec: ft.mmse_curve(spec, 0, HIGH) for spec in SPECS}


def spent(codebook: Any, grid: Any) -> float:
    """½ Σ mmse_i Δγ_i, from the information at the grid's points."""
    return float(ft.information(codebook, np.sqrt(grid[:-1])).mmse @ np.diff(grid) / 2)


@given(
    mmse=st.lists(st.floats(0, 1), min_size=4, max_size=9),
    gaps=st.lists(st.floats(1e-3, 1e3), min_size=9, max_size=9),
    steps=st.integers(1, 8),
)
def test_the_best_path_is_that_of_all_paths(mmse: list[float], gaps: list[float], steps: int) -> None:
    m = np.array(sorted(mmse, reverse=True))
    gamma = np.concatenate([[0.0], np.cumsum(gaps)])[: len(m)]
    steps = min(steps, len(m) - 1)

    def cost(path: Any) -> float:
        at = np.array(path)
        return float(m[at[:-1]] @ np.diff(gamma[at]))

    found = best_path(gamma, m, steps).tolist()
    assert (found[0], found[-1], len(found)) == (0, len(m) - 1, steps + 1)
    assert found == sorted(set(found))
    inner = itertools.combinations(range(1, len(m) - 1), steps - 1)
    least = min(cost([0, *chosen, len(m) - 1]) for chosen in inner)
    assert cost(found) <= least + 1e-12 * gamma[-1]


def test_one_step_has_no_choice() -> None:
    found = ft.optimal_grid("fsq:5", 1, 0.5, 20)
    assert found.grid.tolist() == [0.5, 20.0]
    assert found.kl == pytest.approx(ft.sampler_kl("fsq:5", [0.5, 20]).kl, rel=1e-14)


@pytest.mark.parametrize("codebook", ["fsq:5", "fsq:8,5,5,5", SCALES])
def test_two_steps_against_a_scan(codebook: Any) -> None:
    """All inner points of a fine scan, then the same around the best one."""
    low, high = 1e-6, HIGH
    for _ in range(3):
        scan = np.geomspace(low, high, 401)
        m = ft.information(codebook, np.sqrt(np.append(0.0, scan))).mmse
        costs = (m[0] * scan + m[1:] * (HIGH - scan)) / 2
        best = int(np.argmin(costs[:-1]))
        low, high = scan[max(best - 1, 0)], scan[best + 1]
    found = ft.optimal_grid(codebook, 2, 0, HIGH)
    assert found.grid[1] == pytest.approx(scan[best], rel=1e-5)
    assert spent(codebook, found.grid) <= costs[best] * (1 + 1e-12)


@pytest.mark.parametrize(("codebook", "steps"), [("fsq:5", 4), ("fsq:6+prior:zipf,s=1.5", 3)])
def test_few_steps_against_a_general_minimiser(codebook: str, steps: int) -> None:
    """Nelder–Mead on the logarithms of the inner points, from several starts."""

    def cost(logs: Any) -> float:
        grid = np.concatenate([[0.0], np.sort(np.exp(logs)), [HIGH]])
        return spent(codebook, grid) if grid[-2] < HIGH else math.inf

    rng = np.random.default_rng(0)
    starts = np.sort(rng.uniform(-2, math.log(HIGH), size=(2, steps - 1)), axis=1)
    options = {"xatol": 1e-8, "fatol": 1e-13, "maxiter": 2000}
    best = min((minimize(cost, start, method="Nelder-Mead", options=options) for start in starts), key=lambda f: f.fun)
    found = ft.optimal_grid(codebook, steps, 0, HIGH)
    assert spent(codebook, found.grid) <= best.fun * (1 + 1e-12)
    assert found.grid[1:-1] == pytest.approx(np.sort(np.exp(best.x)), rel=1e-4)


def test_points_are_stationary() -> None:
    """mmse'(γ_i)(γ_{i+1} − γ_i) + mmse(γ_{i−1}) − mmse(γ_i) = 0, with the derivative −E sech⁴ of codes ±1."""
    grid = ft.optimal_grid("fsq:2", 12, 0, 40).grid
    z = np.linspace(-9, 9, 4001)
    density = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi) * (z[1] - z[0])
    slope = np.array([-(density @ np.cosh(gamma + math.sqrt(gamma) * z) ** -4.0) for gamma in grid[1:-1]])
    m = ft.information("fsq:2", np.sqrt(grid)).mmse
    assert slope * np.diff(grid)[1:] + m[:-2] - m[1:-1] == pytest.approx(0, abs=1e-8)


@pytest.mark.parametrize("spec", SPECS)
def test_no_usual_grid_is_better(spec: str, curves: dict[str, ft.MmseCurve]) -> None:
    for steps in (1, 2, 3, 5, 8, 13, 32, 64):
        found = ft.compare_grids(spec, steps, 0, HIGH, curve=curves[spec])
        assert found.grids[0] == "optimal"
        assert len(found.grids) == len(found.rows()) == 5 + 11
        assert np.all(found.kl >= found.kl[0] * (1 - 1e-12)), (spec, steps)
        assert found.excess == pytest.approx(found.kl - found.kl[0])
        assert found.ratio == pytest.approx(found.kl / found.kl[0])


@given(inner=st.lists(st.floats(1e-3, HIGH - 1), min_size=1, max_size=6, unique=True), spec=st.sampled_from(SPECS[:3]))
def test_no_grid_at_all_is_better(inner: list[float], spec: str) -> None:
    curve = KEPT[spec] if spec in KEPT else KEPT.setdefault(spec, ft.mmse_curve(spec, 0, HIGH))
    grid = np.array([0.0, *sorted(inner), HIGH])
    best = BEST.setdefault((spec, len(inner)), on_curve(curve, best_grid(curve, len(inner) + 1, 0, HIGH)).kl)
    assert on_curve(curve, grid).kl >= best * (1 - 1e-12)


KEPT: dict[str, ft.MmseCurve] = {}
BEST: dict[tuple[str, int], float] = {}


@pytest.mark.parametrize("spec", SPECS[1:3])
def test_it_falls_like_one_over_the_steps(spec: str, curves: dict[str, ft.MmseCurve]) -> None:
    """N·KL → ¼(∫√(−mmse') dγ)²; the integral here by the trapezoidal rule on differences of the MMSE."""
    curve = curves[spec]
    u = np.linspace(0, math.sqrt(HIGH), 4001)
    m = ft.information(spec, u).mmse
    limit = np.sum(np.sqrt(-np.diff(m) * np.diff(u**2))) ** 2 / 4
    kl = {n: on_curve(curve, best_grid(curve, n, 0, HIGH)).kl for n in (100, 200, 400, 2000)}
    assert 2000 * kl[2000] == pytest.approx(limit, rel=5e-3)
    gaps = [n * kl[n] / limit - 1 for n in (100, 200, 400)]
    # From above, and the nearer the more steps.
    assert gaps[0] > gaps[1] > gaps[2] > 0
    assert abs(math.log2(kl[200] / kl[400]) - 1) < 0.02


def test_many_steps_are_found_both_ways(curves: dict[str, ft.MmseCurve]) -> None:
    """Above 1000 steps the density's grid is polished; at 1000 dynamic programming has looked everywhere."""
    curve = curves["fsq:8,5,5,5"]
    kl = {n: on_curve(curve, best_grid(curve, n, 0, HIGH)).kl for n in (999, 1000, 1001)}
    assert kl[999] > kl[1000] > kl[1001]
    # n·KL is S(1 + a/n + …) with a of about 2: its second difference is 2a/n³.
    assert 1000 * kl[1000] == pytest.approx((999 * kl[999] + 1001 * kl[1001]) / 2, rel=1e-8)
    start = on_curve(curve, by_density(curve, 1000, 0, HIGH)).kl
    assert kl[1000] < start < kl[1000] * 1.01


def test_scaling_codes_scales_the_grid() -> None:
    one, ten = ft.codebook("fsq:5"), ft.codebook("fsq:5").scaled(10)
    a, b = ft.optimal_grid(one, 9, 0, 50), ft.optimal_grid(ten, 9, 0, 0.5)
    assert a.kl == pytest.approx(b.kl, rel=1e-11)
    assert a.grid[1:] == pytest.approx(100 * b.grid[1:], rel=1e-5)


def test_a_wide_range_costs_little_more() -> None:
    """Beyond the SNR where tokens are known one more step is enough, however far it goes."""
    near, far = ft.optimal_grid("fsq:3^8", 33, 0, 1e3), ft.optimal_grid("fsq:3^8", 33, 0, 1e9)
    assert near.kl < far.kl < 1.25 * near.kl
    assert np.all(np.diff(far.grid) > 0)


def test_of_a_sampled_curve() -> None:
    """The grid that the samples choose costs little more than the best one, and says its own cost within its error."""
    sampled = ft.optimal_grid("fsq:3", 5, 0, 3, method="mc")
    best, paid = ft.optimal_grid("fsq:3", 5, 0, 3), ft.sampler_kl("fsq:3", sampled.grid)
    assert best.kl <= paid.kl < best.kl * 1.001
    assert 0 < sampled.stderr < 5e-3 * best.kl
    assert abs(sampled.kl - paid.kl) < 4.5 * sampled.stderr


@pytest.mark.parametrize("target", [3.0, 0.1])
def test_steps_for_a_target(target: float, curves: dict[str, ft.MmseCurve]) -> None:
    spec = "fsq:8,5,5,5"
    curve = curves[spec]
    for grid in ("optimal", "logsnr", "uniform:flow"):
        found = ft.steps_for_kl(spec, target, 0, HIGH, grid=grid, curve=curve)

        def kl(steps: int, grid: str = grid) -> float:
            if grid == "optimal":
                return on_curve(curve, best_grid(curve, steps, 0, HIGH)).kl
            return on_curve(curve, ft.named_grid(grid, spec, steps, 0, HIGH, curve=curve).snr).kl

        assert kl(found.steps) == found.kl <= target < found.kl_before == kl(found.steps - 1)
        assert (found.grid, found.target, found.gamma_N) == (grid, target, HIGH)


def test_steps_on_a_curve_of_more_than_the_range(curves: dict[str, ft.MmseCurve]) -> None:
    """By one step of length h from SNR 0 the KL of codes of variance 1/2 is h²/16: the target is above."""
    found = ft.steps_for_kl("fsq:5", 1e-6, 0, 1e-3, curve=curves["fsq:5"])
    assert (found.steps, found.kl) == (1, pytest.approx(1e-6 / 16, rel=1e-2))


def test_schedules_out_of_range_are_not_compared() -> None:
    """The SNR of logsnr ends at 20."""
    assert "uniform:logsnr" in ft.compare_grids("fsq:5", 3, 10, 30).grids
    found = ft.compare_grids("fsq:5", 3, 30, 100)
    assert "uniform:logsnr" not in found.grids
    assert "uniform:flow" in found.grids


def test_one_step_may_do() -> None:
    found = ft.steps_for_kl("fsq:2", 100, 0, 10)
    assert (found.steps, found.kl_before) == (1, math.inf)


@pytest.mark.parametrize("target", [0.0, -1.0, math.nan, math.inf])
def test_bad_targets(target: float) -> None:
    with pytest.raises(ft.InputError, match=r"target KL .*: expected a finite number above 0"):
        ft.steps_for_kl("fsq:2", target, 0, 10)


@pytest.mark.parametrize("grid", ["optimal", "uniform:logsnr"])
def test_targets_out_of_reach(grid: str, curves: dict[str, ft.MmseCurve]) -> None:
    """The first step of a clipped grid is always the same, whatever the number of steps."""
    with pytest.raises(TooManyStepsError, match="needs more than 100000 steps of the grid"):
        ft.steps_for_kl("fsq:5", 1e-6, 0, HIGH, grid=grid, curve=curves["fsq:5"])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ft.optimal_grid("fsq:3", 0, 0, 1), "0 steps: expected 1 to"),
        (lambda: ft.optimal_grid("fsq:3", 3, 2, 1), "SNR 1 after 2"),
        (lambda: ft.optimal_grid("fsq:3", 3, 0, math.inf), "its last step would have infinite KL"),
        (lambda: ft.optimal_grid("fsq:3", 3, -1, 1), "SNR -1 at the start of the grid"),
        (lambda: ft.compare_grids("fsq:3", 3, 0, 1, schedules=["nonsense"]), "unknown schedule"),
        (lambda: ft.steps_for_kl("fsq:3", 1, 0, 1, grid="nonsense"), "grid 'nonsense': expected one of"),
    ],
)
def test_bad_input(call: Any, message: str) -> None:
    with pytest.raises(ft.InputError, match=message):
        call()
