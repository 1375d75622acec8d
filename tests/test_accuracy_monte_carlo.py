"""Monte Carlo estimators: unbiased, honest about their spread, reproducible."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.special

import fsq_theory as ft
from fsq_theory.denoiser.accuracy.monte_carlo import error_samples, estimate, sound_estimators
from fsq_theory.denoiser.accuracy.sampling import mean_estimate

Z_LIMIT = 4.0
"""Fixed seeds: |z| above 4 has probability 6e-5 a comparison if the estimator is right."""


def z_score(found: ft.Accuracy, exact: ft.Accuracy) -> float:
    return float((found.error - exact.error) / found.stderr)


@pytest.mark.parametrize("estimator", ["naive", "posterior", "mean-width", "karp-luby"])
@pytest.mark.parametrize(
    ("spec", "r"),
    [("fsq:8,5,5", 0.6), ("fsq:8,5,5", 7.0), ("psk:8", 1.0), ("biorthogonal:16", 4.0), ("fsq:9+prior:zipf", 1.4)],
)
def test_estimators_agree_with_closed_forms(spec: str, r: float, estimator: str) -> None:
    book = ft.codebook(spec)
    if estimator == "mean-width" and r * np.linalg.norm(book.points - book.mean, axis=1).max() > 1.5:
        with pytest.raises(ft.InputError, match="too skewed"):
            ft.accuracy(book, r, method="mc", estimator=estimator)
        return
    found = ft.accuracy(book, r, method="mc", estimator=estimator, samples=16384)
    assert found.method == "monte-carlo"
    assert found.estimator == estimator
    assert abs(z_score(found, ft.accuracy(book, r))) < Z_LIMIT


@pytest.mark.parametrize("readout", ["soft", "digit"])
def test_other_readouts_agree_with_closed_forms(readout: str) -> None:
    for spec, r in (("fsq:5,3", 3.0), ("fsq:4+prior:zipf", 2.0)):
        book = ft.codebook(spec)
        found = ft.accuracy(book, r, method="mc", readout=readout, samples=16384)
        assert abs(z_score(found, ft.accuracy(book, r, readout=readout))) < Z_LIMIT


@pytest.mark.parametrize(("spec", "top"), [("fsq:17", 3), ("onehot:64", 5), ("fsq:6+prior:zipf", 2)])
def test_top_m_agrees_with_closed_forms(spec: str, top: int) -> None:
    book = ft.codebook(spec)
    options = {"readout": "top", "top": top}
    found = ft.accuracy(book, 2.5, method="mc", samples=16384, **options)  # type: ignore[arg-type]
    assert abs(z_score(found, ft.accuracy(book, 2.5, **options))) < Z_LIMIT  # type: ignore[arg-type]


def test_huge_products_and_one_hot_codes_are_sampled_without_listing() -> None:
    for spec, r in (("bits:64", 1.5), ("fsq:4^16", 6.0), ("onehot:50257", 4.0)):
        book = ft.codebook(spec)
        found = ft.accuracy(book, r, method="mc", samples=16384)
        assert abs(z_score(found, ft.accuracy(book, r))) < Z_LIMIT


@pytest.mark.parametrize(("readout", "top"), [("map", 1), ("soft", 1), ("top", 2), ("digit", 1)])
def test_one_hot_codes_agree_with_their_list_under_a_prior(readout: str, top: int) -> None:
    prior = np.random.default_rng(0).dirichlet(np.ones(9))
    lazy, listed = ft.codebook("onehot:9,low=-1,high=1").with_prior(prior), ft.ArrayCodebook(2 * np.eye(9) - 1, prior)
    options = {"readout": readout, "top": top, "samples": 16384}
    a = ft.accuracy(lazy, 1.2, method="mc", seed=1, **options)  # type: ignore[arg-type]
    b = ft.accuracy(listed, 1.2, method="mc", seed=2, **options)  # type: ignore[arg-type]
    assert abs(a.error - b.error) < Z_LIMIT * np.hypot(a.stderr, b.stderr)


def test_one_hot_codes_under_a_prior_are_never_listed() -> None:
    book = ft.codebook("onehot:50257+prior:zipf")
    found = ft.accuracy(book, 6.0, samples=512, method="mc")
    assert found.method == "monte-carlo"
    assert abs(z_score(found, ft.accuracy(book, 6.0))) < Z_LIMIT


@pytest.mark.parametrize("spec", ["fsq:5,3", "random:K=20,n=3", "onehot:7", "fsq:3+prior:zipf", "digits:3,2", "psk:6"])
@pytest.mark.parametrize("readout", ["map", "soft", "top", "digit", "rounding"])
def test_every_readout_by_both_methods(spec: str, readout: str) -> None:
    book = ft.codebook(spec)
    if readout == "top" and book.is_product:
        book = ft.ArrayCodebook(book.points, None if book.is_uniform else book.prior)
    options = {"readout": readout, "top": 2 if readout == "top" else 1, "samples": 8192}
    a = ft.accuracy(book, 2.5, **options)  # type: ignore[arg-type]
    b = ft.accuracy(book, 2.5, method="mc", seed=11, **options)  # type: ignore[arg-type]
    assert 0 < a.error < 1
    assert abs(a.error - b.error) < Z_LIMIT * np.hypot(a.stderr, b.stderr)


@pytest.mark.parametrize(
    ("spec", "r", "estimator"),
    [
        ("fsq:5,4", 2.0, "naive"),
        ("fsq:5,4", 3.0, "posterior"),
        ("fsq:8,8", 9.0, "karp-luby"),
        ("fsq:4", 0.5, "mean-width"),
    ],
)
def test_intervals_cover_the_truth_as_often_as_they_say(spec: str, r: float, estimator: str) -> None:
    book, tries = ft.codebook(spec), 150
    exact = ft.accuracy(book, r).error
    runs = [ft.accuracy(book, r, method="mc", estimator=estimator, samples=4096, seed=seed) for seed in range(tries)]
    covered = np.mean([run.lower <= exact <= run.upper for run in runs])
    scores = np.array([(run.error - exact) / run.stderr for run in runs])
    # 95 % of 150 is known to 1.8 %, the spread of 150 scores to 6 %: four of each.  Clopper–Pearson may cover more.
    assert 0.95 - 0.072 <= covered <= 1.0
    assert 0.76 <= scores.std() <= 1.24
    assert covered < 1.0


def test_rare_gaps_are_seen() -> None:
    first, second = ft.codebook("random:K=81,n=4"), ft.codebook("random:K=81,n=4+scale:1.1")
    gap = ft.accuracy_gap(second, first, 30.0, samples=8192)
    expected = [ft.accuracy(book, 30.0, samples=8192, seed=5) for book in (first, second)]
    reference = expected[0].error - expected[1].error
    assert abs(gap.value - reference) < Z_LIMIT * np.hypot(gap.stderr, np.hypot(*[e.stderr for e in expected]))
    assert gap.stderr < 0.01 * gap.value


def test_truncation_is_in_the_interval_and_codes_of_all_scales_are_resolved() -> None:
    from fsq_theory.denoiser.accuracy.neighbours import half_spaces

    book = ft.codebook("random:K=200,n=3")
    complete, few = half_spaces(book, 12.0, 199), half_spaces(book, 12.0, 5)
    missing = np.exp(complete.log_union) - np.exp(few.log_union)
    assert 0 < missing <= np.exp(few.log_truncated)
    far = ft.ArrayCodebook([[0.0, 0.0, 0.0], [1e-9, 0.0, 0.0], [1e9, 1.0, 0.0], [5.0, 7.0, 1.0]])
    found = ft.accuracy(far, 2e9)
    assert found.error == pytest.approx(0.5 * scipy.special.ndtr(-1.0), rel=1e-3)


def test_karp_luby_at_known_values() -> None:
    table = ft.codebook("fsq:8,5,5,5")
    near = ft.accuracy(table, 20.0, method="mc", estimator="karp-luby", samples=20_000)
    assert near.error == pytest.approx(3.74176e-3, rel=1e-4)
    far = ft.accuracy(table, 60.0, method="mc", estimator="karp-luby", samples=20_000)
    assert far.error == pytest.approx(8.9433e-18, rel=1e-4)
    for r in (20.0, 60.0, 200.0):
        found = ft.accuracy(table, r, method="mc", samples=20_000)
        exact = ft.accuracy(table, r)
        assert found.estimator == "karp-luby"
        assert abs(found.log_error - exact.log_error) < 1e-3
        assert found.lower <= exact.error <= found.upper


def test_karp_luby_with_competitors_left_out_and_by_scan_or_look_up() -> None:
    book = ft.codebook("fsq:12,12,12")
    exact = ft.accuracy(book, 40.0)
    found = estimate(book, 40.0, estimator="karp-luby", samples=16384)
    assert abs(np.expm1(found.log_error - exact.log_error)) < 4 * found.relative_stderr + 1e-3
    few = ft.codebook("fsq:3,3")
    assert estimate(few, 6.0, estimator="karp-luby", samples=16384).log_error == pytest.approx(
        float(ft.accuracy(few, 6.0).log_error), abs=0.03
    )


def test_error_falls_as_one_over_the_square_root_of_samples() -> None:
    book = ft.codebook("fsq:5,5")
    counts = np.array([4096, 8192, 32768])
    exact = ft.accuracy(book, 4.0).error
    deviation = [
        np.sqrt(
            np.mean([(ft.accuracy(book, 4.0, method="mc", samples=n, seed=s).error - exact) ** 2 for s in range(12)])
        )
        for n in counts
    ]
    stderr = [ft.accuracy(book, 4.0, method="mc", samples=int(n)).stderr for n in counts]
    assert np.polyfit(np.log(counts), np.log(stderr), 1)[0] == pytest.approx(-0.5, abs=0.02)
    # The spread of 12 deviations is known to about 20 %: a slope over a factor of 8 to about 0.1.
    assert np.polyfit(np.log(counts), np.log(deviation), 1)[0] == pytest.approx(-0.5, abs=0.3)
    assert np.array(deviation) / stderr == pytest.approx(1.0, abs=0.7)


def test_equal_seeds_give_equal_bits_and_other_seeds_other_numbers() -> None:
    book = ft.codebook("random:K=100,n=4")
    first, again, other = (ft.accuracy(book, [2.0, 20.0], samples=4096, seed=seed) for seed in (7, 7, 8))
    assert first.log_error.tobytes() == again.log_error.tobytes()
    assert not np.any(first.log_error == other.log_error)
    # Neither depends on which other values of r are asked for.
    assert ft.accuracy(book, 20.0, samples=4096, seed=7).log_error == first.log_error[1]


def test_no_errors_seen_is_not_certainty() -> None:
    book = ft.codebook("random:K=16,n=6")
    found = ft.accuracy(book, 12.0, method="mc", estimator="naive", samples=4096)
    assert found.error == 0.0
    assert found.stderr > 1e-5
    assert found.upper > 5e-4
    soft = ft.accuracy(book, 40.0, method="mc", estimator="posterior", samples=4096)
    honest = ft.accuracy(book, 40.0, method="mc")
    assert honest.estimator == "karp-luby"
    assert soft.lower <= honest.error <= soft.upper


def test_only_sound_estimators_are_chosen() -> None:
    book = ft.codebook("random:K=64,n=6")
    assert sound_estimators(book, 0.1) == ("posterior", "mean-width")
    assert "mean-width" not in sound_estimators(book, 3.0)
    assert sound_estimators(book, 20.0) == ("karp-luby",)
    assert sound_estimators(ft.codebook("fsq:4^16"), 20.0) == ("posterior",)


def test_relative_tolerance_stops_early_or_reports_what_it_reached() -> None:
    book = ft.codebook("random:K=64,n=4")
    loose = ft.accuracy(book, 2.0, rtol=0.05, samples=1 << 20)
    assert loose.samples < 1 << 16
    assert loose.stderr <= 0.05 * loose.error
    tight = ft.accuracy(book, 2.0, rtol=1e-6, samples=8192)
    assert tight.samples == 8192
    assert tight.stderr > 1e-6 * tight.error


def test_paired_gaps_are_sharper_than_separate_estimates() -> None:
    book = ft.codebook("random:K=64,n=5")
    nudged = ft.codebook("random:K=64,n=5+perturb:0.01,seed=1")
    gap = ft.accuracy_gap(book, nudged, 2.0, samples=16384)
    alone = ft.accuracy(book, 2.0, method="mc", samples=16384, estimator="posterior")
    assert gap.method == "monte-carlo"
    assert gap.stderr < alone.stderr / 3
    exact = ft.accuracy_gap(ft.fsq([8, 5]), ft.fsq([10, 4]), 8.0)
    assert exact.method == "exact"
    assert exact.stderr == 0.0
    sampled = ft.accuracy_gap(ft.fsq([8, 5]), ft.fsq([10, 4]), 8.0, method="mc", samples=16384)
    assert abs(sampled.value - exact.value) < Z_LIMIT * sampled.stderr
    with pytest.raises(ft.InputError, match="r = 0: expected a positive finite"):
        ft.accuracy_gap(book, nudged, 0.0)


def test_paired_samples_share_tokens_and_noise() -> None:
    first, second = (error_samples(ft.codebook(spec), 3.0, 4096) for spec in ("fsq:4,4", "fsq:4,4+scale:1.001"))
    assert np.corrcoef(first, second)[0, 1] > 0.999


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"estimator": "gibbs"}, "estimator 'gibbs': expected one of auto, naive"),
        ({"estimator": "karp-luby", "r": 0.05}, "too many competitors"),
        ({"estimator": "karp-luby", "readout": "soft"}, "the soft readout has only 'naive'"),
    ],
)
def test_bad_arguments(options: dict[str, object], message: str) -> None:
    r = options.pop("r", 3.0)
    with pytest.raises(ft.InputError, match=message):
        ft.accuracy(ft.codebook("random:K=2000,n=5"), r, method="mc", **options)  # type: ignore[arg-type]


def test_accuracy_given_each_token_by_sampling() -> None:
    """A rotated grid is a product that the program does not recognise."""
    cube = ft.fsq([3, 3, 2])
    rotated = ft.ArrayCodebook(cube.points @ np.linalg.qr(np.random.default_rng(3).standard_normal((3, 3)))[0])
    expected = ft.token_accuracy(cube, [1.5, 4.0])
    found = ft.token_accuracy(rotated, [1.5, 4.0], samples=8192)
    assert expected.method == "exact"
    assert found.method == "monte-carlo"
    assert found.value.shape == (2, 18)
    assert np.max(np.abs(found.error - expected.error) / found.stderr) < Z_LIMIT
    some = ft.token_accuracy(rotated, 4.0, tokens=[17, 2], samples=8192)
    assert np.array_equal(some.error[0], found.error[1, [17, 2]])
    odd = ft.token_accuracy(rotated, 4.0, tokens=[5], samples=5000)
    assert odd.samples == 5000
    assert odd.error * 5000 == pytest.approx(np.round(odd.error * 5000))
    with pytest.raises(ft.InputError, match="r = 0: accuracy by token expects"):
        ft.token_accuracy(rotated, 0.0)


def test_what_is_left_out_widens_the_interval_upwards() -> None:
    values = np.array([0.5, 1.0, 1.0, 0.25] * 100)
    plain, wider = (mean_estimate(values, "karp-luby", -20.0, truncated) for truncated in (0.0, 0.125))
    assert wider.log_lower == plain.log_lower
    assert np.exp(wider.log_upper + 20) - np.exp(plain.log_upper + 20) == pytest.approx(0.125)
    assert np.exp(plain.log_error + 20) == pytest.approx(0.6875)
