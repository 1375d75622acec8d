"""Schedules: ends, accuracy against mpmath, the SDE identities, inverses, JAX, and custom schedules."""

from __future__ import annotations

import itertools
import math
import subprocess
import sys
from fractions import Fraction

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
import sympy
from effort import at_most_calls
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fsq_theory.errors import InputError
from fsq_theory.schedules import Schedule, schedule
from fsq_theory.schedules.definitions import FAMILIES

NAMED = [
    *FAMILIES,
    "cosine:s=1e-4",
    "cosine:s=0",
    "sqrt:s=0",
    "vp:beta_min=0.5,beta_max=0.5",
    "logsnr:start=10,stop=-10",
    "edm:rho=3",
]
CUSTOM = [
    "custom:alpha=cos(pi*t/2);sigma=sin(pi*t/2)",
    "custom:alpha=1-t;sigma=sqrt(t*(2-t))",
    "custom:alpha=exp(-3*t);sigma=sqrt(1-exp(-6*t))",
    "custom:alpha=1;sigma=0.1+max(t/2,t**2,min(t,sin(t),0.9))",
    "custom:alpha=1;sigma=0.1+max(t,t**2)",
]
ALL = NAMED + CUSTOM
QUANTITIES = ("alpha", "sigma", "f", "g2", "r", "snr", "log_snr")


def oracle(made: Schedule, what: str, t: float) -> mpmath.mpf:
    """A quantity at an interior t with 50 digits, from α and σ² = σ·σ alone, by mpmath's own derivative."""
    with mpmath.workdps(80):
        alpha = sympy.lambdify(made.symbol, made.alpha_expr, "mpmath")
        sigma = sympy.lambdify(made.symbol, made.sigma_expr, "mpmath")
        at = mpmath.mpf(t)
        # Differences over a millionth of the distance to the nearest end, to 80 digits: an error of 1e-24 or so.
        step = min(at, 1 - at) * mpmath.mpf(10) ** -12

        def slope(function):
            ahead, behind = function(at + step), function(at - step)
            return (ahead - behind) / (2 * step)

        f = slope(lambda u: mpmath.log(alpha(u))) if alpha(at) else mpmath.mpf("-inf")
        match what:
            case "alpha":
                return alpha(at)
            case "sigma":
                return sigma(at)
            case "f":
                return f
            case "g2":
                return slope(lambda u: sigma(u) ** 2) - 2 * f * sigma(at) ** 2
            case "r":
                return alpha(at) / sigma(at)
            case "snr":
                return (alpha(at) / sigma(at)) ** 2
        return 2 * mpmath.log(alpha(at) / sigma(at)) if alpha(at) else mpmath.mpf("-inf")


@pytest.mark.parametrize("spec", NAMED)
@pytest.mark.parametrize("t", [1e-12, 1e-3, 0.3, 0.77, 1 - 1e-12])
def test_matches_fifty_digits(spec, t):
    made = schedule(spec)
    for what in QUANTITIES:
        want, got = oracle(made, what, t), getattr(made, what)(t)
        if mpmath.isinf(want):
            assert got == float(want), what
        else:
            # Ten roundings; log γ is a difference of two logarithms, so its error is absolute near γ = 1.
            scale = max(abs(want), 1) if what == "log_snr" else abs(want)
            assert abs(got - want) <= 4e-15 * scale, (what, got, want)


# (snr(0), snr(1), f(0), f(1), g²(0), g²(1)), worked out by hand from the formulas.
INF = math.inf
U_COS, U_AB = math.pi / 2 / 1.008, math.pi / 2 / 1.00025
ENDS = {
    "cdcd-tts": (INF, 0, -1, -INF, 2, INF),
    "flow": (INF, 0, -1, -INF, 0, INF),
    "vp": (INF, math.exp(-10.05) / -math.expm1(-10.05), -0.05, -10, 0.1, 20),
    "cosine": (INF, 0, -U_COS * math.tan(U_COS * 0.008), -INF, 2 * U_COS * math.tan(U_COS * 0.008), INF),
    "sqrt": (99, 0, -25 / 0.99, -INF, 50 + 2 * 25 / 0.99 * 0.01, INF),
    "sub-vp": (INF, math.exp(-10.05) / math.expm1(-10.05) ** 2, -0.05, -10, 0, 20 * -math.expm1(-20.1)),
    "ve": (1e4, 1 / 2500, 0, 0, 2e-4 * math.log(5000), 5000 * math.log(5000)),
    "cdcd": (1, 1 / 9e4, 0, 0, 2 * 299, 2 * 300 * 299),
    "edm": (
        250000,
        1 / 6400,
        0,
        0,
        14 * 0.002 ** (13 / 7) * (80 ** (1 / 7) - 0.002 ** (1 / 7)),
        14 * 80 ** (13 / 7) * (80 ** (1 / 7) - 0.002 ** (1 / 7)),
    ),
    "logsnr": (math.exp(3), math.exp(-6), -4.5 / (1 + math.exp(3)), -4.5 / (1 + math.exp(-6)), None, None),
    "analog-bits": (
        1 / math.tan(U_AB * 2e-4) ** 2,
        math.tan(U_AB * 5e-5) ** 2,
        -U_AB * math.tan(U_AB * 2e-4),
        -U_AB / math.tan(U_AB * 5e-5),
        2 * U_AB * math.tan(U_AB * 2e-4),
        2 * U_AB / math.tan(U_AB * 5e-5),
    ),
}


def test_ends_cover_every_named_schedule():
    assert set(ENDS) == set(FAMILIES)


@pytest.mark.parametrize("spec", ENDS)
def test_ends(spec):
    made, (snr0, snr1, f0, f1, g0, g1) = schedule(spec), ENDS[spec]
    for got, want in (
        (made.snr(0), snr0),
        (made.snr(1), snr1),
        (made.r(0), math.sqrt(snr0)),
        (made.r(1), math.sqrt(snr1)),
        (made.log_snr(0), math.log(snr0)),
        (made.log_snr(1), math.log(snr1) if snr1 else -INF),
        (made.f(0), f0),
        (made.f(1), f1),
        (made.g2(0), g0),
        (made.g2(1), g1),
    ):
        if want is not None:
            assert got == pytest.approx(want, rel=1e-13, abs=0)


@pytest.mark.parametrize("spec", ALL)
def test_nothing_is_nan_and_signs_hold(spec):
    made = schedule(spec)
    t = np.concatenate([[0, 5e-324, 1e-300, 1e-12], np.linspace(0, 1, 301), [1 - 1e-12, np.nextafter(1, 0)]])
    values = {what: getattr(made, what)(t) for what in QUANTITIES}
    for what, value in values.items():
        assert value.shape == t.shape
        assert not np.isnan(value).any(), what
    assert (values["alpha"] >= 0).all()
    assert (values["sigma"] >= 0).all()
    assert (values["g2"] >= 0).all()
    assert (values["f"] <= 0).all()
    assert np.isfinite(values["alpha"]).all()
    assert np.isfinite(values["sigma"]).all()


@pytest.mark.parametrize(
    "spec", [name for name in NAMED if name.startswith(("vp", "cosine", "sqrt", "logsnr", "analog"))]
)
def test_variance_preserving(spec):
    t = np.linspace(0, 1, 101)
    made = schedule(spec)
    assert made.alpha(t) ** 2 + made.sigma(t) ** 2 == pytest.approx(1, rel=1e-14)


@pytest.mark.parametrize("spec", [name for name in ALL if not name.startswith("sqrt")])
def test_diffusion_is_minus_variance_times_slope_of_log_snr(spec):
    made = schedule(spec)
    for t in ("0.07", "0.4", "0.93"):
        at = {made.symbol: sympy.Rational(t)}
        slope = sympy.diff(made.log_snr_expr, made.symbol)
        want = sympy.N((-(made.sigma_expr**2) * slope).subs(at), 30)
        assert abs(sympy.N(made.g2_expr.subs(at), 30) - want) < 1e-25 * abs(want)
        assert made.g2(float(t)) == pytest.approx(float(want), rel=1e-13)


@pytest.mark.parametrize("spec", ALL)
def test_drift_by_finite_differences(spec):
    made, h = schedule(spec), 1e-5
    t = np.array([0.1, 0.35, 0.6, 0.85])
    f = (np.log(made.alpha(t + h)) - np.log(made.alpha(t - h))) / (2 * h)
    # Central differences: rounding 1e-16/h = 1e-11, truncation h²·f''/6 with f'' up to 1e4 here.
    assert made.f(t) == pytest.approx(f, rel=1e-5, abs=1e-9)


@given(st.sampled_from(ALL), st.floats(0, 1), st.floats(0, 1))
def test_snr_never_rises(spec, s, t):
    made = cached(spec)
    early, late = min(s, t), max(s, t)
    rounding = 4e-15 * max(1, abs(made.log_snr(early))) if math.isfinite(made.log_snr(early)) else 0
    assert made.log_snr(late) <= made.log_snr(early) + rounding


@given(st.sampled_from(NAMED), st.floats(1e-9, 1 - 1e-9))
def test_inverse_of_snr(spec, t):
    made = cached(spec)
    log_gamma = made.log_snr(t)
    if log_gamma == -INF:
        return
    for found in (made.t_of_gamma(made.snr(t)), made.t_of_r(made.r(t))):
        # Compared in log γ, for t itself is ill-conditioned where SNR is flat.
        slope = abs(made.g2(found) / made.sigma(found) ** 2) if 0 < found < 1 else 0
        assert abs(made.log_snr(found) - log_gamma) <= 1e-13 * max(1, abs(log_gamma)) + 1e-14 * slope * max(found, 1e-9)


_CACHE: dict[str, Schedule] = {}


def cached(spec: str) -> Schedule:
    if spec not in _CACHE:
        _CACHE[spec] = schedule(spec)
    return _CACHE[spec]


@pytest.mark.parametrize("spec", NAMED)
def test_inverse_is_exact_at_the_ends(spec):
    made = cached(spec)
    last = {"sqrt": 1 - 1e-4}.get(spec, 1.0)
    assert made.t_of_gamma(made.snr(0)) == 0
    assert made.t_of_r(made.r(0)) == 0
    assert made.t_of_gamma(made.snr(1)) == pytest.approx(last, abs=2e-16)
    assert made.t_of_r(made.r(1)) == pytest.approx(last, abs=2e-16)


def test_inverse_keeps_relative_accuracy_near_zero():
    made = schedule("flow")  # γ = ((1−t)/t)², so t = 1/(1 + √γ)
    gamma = np.array([[1e24, 1e10], [1.0, 1e-6]])
    assert made.t_of_gamma(gamma) == pytest.approx(1 / (1 + np.sqrt(gamma)), rel=1e-13)
    assert made.t_of_r(1e200) == pytest.approx(1e-200, rel=1e-12)


@pytest.mark.parametrize("gamma", [math.nan, -1.0, 1e9, 1e-9])
def test_inverse_refuses_an_snr_that_is_not_reached(gamma):
    with pytest.raises(InputError, match=r"gamma = .* is not reached by ve: expected 0\.000399\d* to 10000"):
        schedule("ve").t_of_gamma(gamma)


@pytest.mark.parametrize("spec", ALL)
def test_jax_is_numpy(spec):
    made = schedule(spec)
    t = np.concatenate([[0.0, 1e-12], np.linspace(0.01, 0.99, 15), [1 - 1e-12, 1.0]])
    for what in QUANTITIES:
        got = getattr(made, what)(jnp.asarray(t))
        assert isinstance(got, jax.Array)
        want = getattr(made, what)(t)
        assert not np.isnan(np.asarray(got)).any()
        # The two libraries' sin, exp and log differ in the last place.
        assert np.asarray(got) == pytest.approx(want, rel=2e-14, abs=1e-14 if what == "log_snr" else 0), what


@pytest.mark.parametrize("spec", [*FAMILIES, CUSTOM[-1]])
def test_jax_transforms(spec):
    made = schedule(spec)
    t = jnp.array([0.2, 0.5, 0.8])
    assert np.asarray(jax.jit(made.snr)(t)) == pytest.approx(made.snr(np.asarray(t)), rel=1e-13)
    slope = jax.jit(jax.vmap(jax.grad(made.log_snr)))(t)
    variance = made.sigma(np.asarray(t)) ** 2
    assert np.asarray(-slope) * variance == pytest.approx(made.g2(np.asarray(t)), rel=1e-12)


def test_traced_times_outside_the_range_give_nan():
    made = schedule("vp")
    assert np.isnan(jax.jit(made.alpha)(jnp.array([-0.1, 0.5, 1.5]))).tolist() == [True, False, True]
    with pytest.raises(InputError, match=r"t = 1\.5"):
        made.alpha(jnp.array(1.5))


@pytest.mark.parametrize("t", [-1e-300, 1 + 1e-15, math.nan, math.inf, [0.5, 2.0]])
@pytest.mark.parametrize("what", QUANTITIES)
def test_times_outside_the_range(t, what):
    with pytest.raises(InputError, match=r"t = .*: expected a time in \[0, 1\]"):
        getattr(schedule("flow"), what)(t)


def test_shapes_and_types():
    made = schedule("edm")
    assert type(made.alpha(0.3)) is float
    assert type(made.snr(1)) is float
    assert made.f(np.zeros((2, 3))).shape == (2, 3)
    assert type(made.t_of_gamma(1.0)) is float
    assert made.t_of_gamma([1.0, 2.0]).shape == (2,)
    assert schedule(made) is made


def test_cdcd_tts_snr_in_closed_form():
    t = np.array([1e-9, 0.1, 0.5, 0.999])
    assert schedule("cdcd-tts").snr(t) == pytest.approx((1 - t) ** 2 / (t * (2 - t)), rel=1e-15)


def test_sqrt_schedule_is_clipped():
    made = schedule("sqrt")
    t = np.array([0.9999, 0.99995, 1.0])
    assert made.alpha(t).tolist() == [0, 0, 0]
    assert made.sigma(t).tolist() == [1, 1, 1]
    assert made.alpha(0.9998) > 0


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("linear", "unknown schedule 'linear': expected one of cdcd-tts, flow"),
        ("", "unknown schedule ''"),
        ("x" * 500, "…': expected one of"),
        ("vp:beta_min=2,beta_max=1", "expected 0 <= beta_min <= beta_max"),
        ("vp:beta=1", "'beta=1' is not a parameter: expected beta_min, beta_max"),
        ("vp:beta_min", "'beta_min' is not a parameter"),
        ("flow:s=1", "'s=1' is not a parameter: expected no parameters"),
        ("cosine:s=abc", "s='abc': expected a decimal number"),
        ("cosine:s=nan", "expected a decimal number"),
        ("cosine:s=1e999999999", "expected a decimal number"),
        ("cosine:s=-1", "expected 0 <= s <= 1"),
        ("cosine:s=0.1,s=0.2", "s is given twice"),
        ("ve:sigma_min=0", "expected 1e-50 <= sigma_min < sigma_max"),
        ("edm:rho=0", "expected 1 <= rho"),
        ("logsnr:start=-7", "expected 600 >= start > stop"),
        ("analog-bits:ns=1e-3", "expected 0 <= ns <= ds"),
        ("sqrt:s=1", "expected 0 <= s < 1"),
        ("custom:alpha=1-t", "sigma is missing"),
        ("custom:alpha=1;alpha=1;sigma=t", "alpha is given twice"),
        ("custom:beta=1;sigma=t", "'beta=1': expected custom:alpha=EXPR;sigma=EXPR"),
        ("custom:", "expected custom:alpha=EXPR;sigma=EXPR"),
        ("custom:alpha=t;sigma=1", "SNR rises between t = 0 "),
        ("custom:alpha=0.5-t;sigma=1", "alpha is negative at t = 0.500244"),
        ("custom:alpha=1;sigma=t-0.5", "sigma is negative at t = 0"),
        ("custom:alpha=1/t;sigma=1", "alpha is not finite at t = 0"),
        ("custom:alpha=t*log(t)+1;sigma=t", "alpha is not finite at t = 0"),
        ("custom:alpha=max(0,0.5-t);sigma=max(0,0.25-t)", "alpha and sigma are both 0 at t = 0.5"),
        ("custom:alpha=1;sigma=t+sqrt(t)", "g2 has no value"),
        ("custom:alpha=1+sin(60*t)/100;sigma=1", "SNR rises between"),
        ("custom:alpha=0;sigma=t", "alpha is 0 at every t"),
        ("custom:alpha=t-t;sigma=1", "alpha is 0 at every t"),
        ("custom:alpha=min(0,t);sigma=1", "alpha is 0 at every t"),
        ("custom:alpha=1-t;sigma=0", "sigma is 0 at every t"),
        ("custom:alpha=1-t;sigma=0*t", "sigma is 0 at every t"),
        ("custom:alpha=1-t;sigma=1e200*t", "sigma exceeds 1e+150 at t = 1e-06"),
        ("custom:alpha=1-t;sigma=1e155*t", "sigma exceeds 1e+150 at t = "),
        ("custom:alpha=1-0x1*t;sigma=t", "'0x1' is not accepted"),
    ],
)
def test_bad_schedules(spec, message):
    with pytest.raises(InputError) as caught:
        schedule(spec)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


@st.composite
def parameters(draw):
    """Specs of named schedules over the whole ranges of their parameters, limits included, as decimal text."""

    def number(low, high):
        return draw(st.one_of(st.sampled_from([low, high]), st.floats(low, high)))

    def ordered(low, high):
        """Two different decimals, the lower one first, also of different orders of magnitude."""
        first, second = (draw(st.integers(low, high)) for _ in range(2))
        digits, more = sorted(draw(st.lists(st.integers(100, 999), min_size=2, max_size=2, unique=True)))
        least, most = sorted((first, second))
        return (f"{digits}e{least - 3}", f"{more}e{most - 3}")

    name = draw(st.sampled_from(sorted(FAMILIES)))
    match name:
        case "vp" | "sub-vp":
            high = number(1e-12, 1000.0)
            return f"{name}:beta_min={draw(st.sampled_from([0.0, high])):.12f},beta_max={high:.12f}"
        case "cosine":
            return f"cosine:s={number(0.0, 1.0):.30f}"
        case "sqrt":
            return f"sqrt:s={number(0.0, 0.999):.25f}"
        case "ve" | "cdcd" | "edm":
            low, high = ("1e-50", "1e50") if draw(st.booleans()) else ordered(-47, 50)
            rho = f",rho={number(1.0, 100.0):.20f}" if name == "edm" else ""
            return f"{name}:sigma_min={low},sigma_max={high}{rho}"
        case "logsnr":
            start, stop = draw(st.one_of(st.just((600, -600)), st.tuples(st.integers(1, 600), st.integers(-600, 0))))
            return f"logsnr:start={start},stop={stop}"
        case "analog-bits":
            ns, ds = sorted((number(0.0, 1.0), number(0.0, 1.0)))
            return f"analog-bits:ns={ns:.20f},ds={ds:.20f}"
    return name


@settings(max_examples=40)
@given(parameters())
@example("ve:sigma_min=1e-50,sigma_max=1e50")
@example("ve:sigma_min=1,sigma_max=1e20")
@example("cdcd:sigma_min=1e-50,sigma_max=1e50")
@example("edm:sigma_min=1e-50,sigma_max=1e50,rho=99.999")
def test_every_accepted_parameter_can_be_computed(spec):
    made = schedule(spec)
    t = np.array([0.0, 1e-9, 0.3, 0.8, 1.0])
    for what in QUANTITIES:
        values, in_jax = getattr(made, what)(t), np.asarray(getattr(made, what)(jnp.asarray(t)))
        assert not np.isnan(values).any(), what
        assert not np.isnan(in_jax).any(), what
    log_snr = made.log_snr(t).tolist()
    for early, late in itertools.pairwise(log_snr):
        assert late <= early or late - early <= 1e-12 * (1 + abs(early))
    with mpmath.workdps(150):
        for at in t[1:-1]:
            sigma = sympy.lambdify(made.symbol, made.sigma_expr, "mpmath")(mpmath.mpf(at))
            # The exponent of ve's exp and of edm's power is up to 231; its rounding is the relative error of σ.
            assert abs(made.sigma(at) / sigma - 1) < 231 * 4 * 2.3e-16


@pytest.mark.parametrize(
    "size", ["1e17", "1e25", "1e100", "1e-100", "123456789012345678901", "1/3e60", "0.1234567890123456789"]
)
def test_constants_of_any_size(size):
    made = schedule(f"custom:alpha=1-t;sigma={size}*t")
    number = float(Fraction(size) if "/" not in size else 1 / Fraction(size[2:]))
    t = np.array([0.0, 1e-9, 0.25, 1.0])
    assert made.sigma(t) == pytest.approx(number * t, rel=5e-16, abs=0)
    assert made.g2(t[:-1]) == pytest.approx(2 * number**2 * t[:-1] / (1 - t[:-1]), rel=5e-15, abs=0)
    assert np.asarray(jax.jit(made.sigma)(jnp.asarray(t))) == pytest.approx(number * t, rel=5e-16, abs=0)


def test_what_sympy_cannot_do_is_a_refusal(monkeypatch):
    def fail(*_):
        raise OverflowError("int too large to convert to float")

    monkeypatch.setattr("fsq_theory.schedules.spec.check_schedule", fail)
    with pytest.raises(InputError, match=r"'alpha=1-t;sigma=t' cannot be computed in float64 \(OverflowError\)"):
        schedule("custom:alpha=1-t;sigma=t")


HOSTILE = [
    "cos((((1-t)**64)**64)**64)",
    "max(exp(exp(exp(1e-20/(1+1e-30-t)))),1)",
    "exp(-exp(exp(1e-20/(t+1e-30))))",
    "min(1,exp(-exp(1e-9/t)))",
    "*".join(["cos(cos(cos(1-t)))"] * 20),
    "sin(" * 38 + "1-t" + ")" * 38,
    "**".join(["1.01"] * 30),
    "min(max(sin(1-t),sin(2-t),sin(3-t),sin(4-t)),1-t,2-t**2,exp(-t))",
    "abs(" * 20 + "tan(1-t)" + "**0.3)" * 20,
]

MOST_CALLS = 20_000_000
"""Of Python functions, for one schedule."""


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_expressions_end_soon(text):
    """As a schedule or as a refusal, after bounded work."""
    with at_most_calls(MOST_CALLS):
        try:
            made = schedule(f"custom:alpha={text};sigma=1")
        except InputError as caught:
            assert "\n" not in str(caught)  # noqa: PT017
        else:
            assert math.isfinite(made.alpha(0.5))


def test_integer_times():
    made = schedule("flow")
    assert made.alpha(jnp.array(1)) == 0
    assert made.snr(jnp.array([0, 1])).tolist() == [math.inf, 0]
    assert made.sigma(np.array([0, 1])).tolist() == [0, 1]


def test_something_else_than_text():
    with pytest.raises(InputError, match="schedule 3"):
        schedule(3)


def test_custom_agrees_with_the_named_one():
    t = np.array([0.0, 1e-9, 0.3, 0.9, 1.0])
    for name, custom in (
        ("flow", "custom:alpha=1-t;sigma=t"),
        ("cdcd-tts", "custom:alpha=1-t;sigma=sqrt(t*(2-t))"),
        ("vp", "custom:alpha=exp(-4.975*t**2-0.05*t);sigma=sqrt(1-exp(-9.95*t**2-0.1*t))"),
        ("cosine:s=0", "custom:alpha=cos(pi/2*t);sigma=sin(t*pi/2)"),
    ):
        for what in QUANTITIES:
            got, want = getattr(schedule(custom), what)(t), getattr(schedule(name), what)(t)
            assert got == pytest.approx(want, rel=1e-14, abs=1e-14 if what == "log_snr" else 0), (name, what)


def test_importing_schedules_loads_neither_sympy_nor_jax():
    code = "import sys, fsq_theory.schedules, fsq_theory.paths; print({'jax', 'sympy', 'scipy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
