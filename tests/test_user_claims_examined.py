"""Statuses of users' claims are earned: true, false and undecidable claims, and false ones that look true."""

from __future__ import annotations

import contextlib
import io
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from fsq_theory.claims.ascent import ascend
from fsq_theory.claims.comparison import compare
from fsq_theory.claims.confirm import certify
from fsq_theory.claims.derivative_free import maximise
from fsq_theory.claims.examine import examine
from fsq_theory.claims.files import read_claim
from fsq_theory.claims.measured import Measurer, measure
from fsq_theory.claims.normal import Phi
from fsq_theory.claims.quantities import (
    accuracy,
    d_min,
    dimension,
    error,
    information,
    mmse,
    nn_distance,
    path_kl,
    tokens,
)
from fsq_theory.claims.statement import Claim
from fsq_theory.claims.variables import Codebooks, Integer, Priors, Real, Specs
from fsq_theory.content import content_folder
from fsq_theory.errors import InputError

FOLDER = content_folder("experiments") / "claims"
F = Specs("F", ["fsq:2^2"])
B = Specs("B", ["fsq:3^2"])
E = Codebooks("E", like=F)
G = Codebooks("G", tokens=3, dimension=1, constraint="rms")
H = Codebooks("H", tokens=3, dimension=2, constraint="none")
Q = Priors("Q", of=H)
r = Real("r", 0.1, 8)
x, y = Real("x", 0, 1), Real("y", 0, 1)
k = Integer("k", 1, 3)


def pasted(outcome):
    """What the pasted counterexample prints."""
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        exec(compile(outcome.counterexample, "pasted", "exec"), {})
    imports = [line for line in outcome.counterexample.splitlines() if line.startswith(("import", "from"))]
    assert imports in (
        ["import numpy as np, fsq_theory as ft"],
        ["import math", "import numpy as np, fsq_theory as ft"],
    )
    return text.getvalue()


CERTIFIED = {
    "on an interval": Claim(x * (1 - x), "<=", 0.25, where=x),
    "integers and reals": Claim(x**k, "<=", x + 0.001, where=(x, k)),
    "strict": Claim(sp.exp(x), ">", x, where=x),
    "numbers": Claim(sp.sqrt(2), "<", 1.5),
    "every case of a finite domain": Claim(d_min(F), ">=", 2, where=F),
    "reference codebooks at every r": Claim(accuracy(F, r), ">=", accuracy(B, r), where=(F, B, r)),
    "both sides the same": Claim(error(F, r), "=", 1 - accuracy(F, r), where=(F, r)),
}

REFUTED = {
    "in a corner": Claim(x + y, "<=", 1.999, where=(x, y)),
    "on a small set": Claim((x - 0.7123) ** 2 + (y - 0.3) ** 2, ">=", 1e-8, where=(x, y)),
    "at one point only": Claim(x**2 + y**2, ">", 0, where=(x, y)),
    "an equation": Claim((1 + x) ** k, "=", 1 + k * x, where=(x, k)),
    "numbers": Claim(sp.pi, "<=", sp.Rational(22, 7) - sp.Rational("0.01")),
    "of codebooks": Claim(nn_distance(E), ">=", nn_distance(F), where=(F, E)),
    "by coincident codes": Claim(d_min(E), ">", 0, where=(F, E)),
    "accuracy flipped": Claim(accuracy(E, r), ">=", accuracy(F, r), where=(F, E, r)),
    "scaled codes": Claim(error(G, r), ">=", 0.01, where=(G, r)),
    "without constraint": Claim(path_kl(H, r, 0), "<=", 10 * r, where=(H, r)),
    "reference codebooks at some r": Claim(error(B, r), "<=", error(F, 0.6 * r), where=(F, B, r)),
    "a reference at some r": Claim(accuracy(F, r), ">=", 0.295, where=(F, r)),
}

OPEN = {
    "information has no balls": Claim(information(F, r), "<=", 0.9 * r**2, where=(F, r)),
    "a prior has no balls": Claim(accuracy(H, r, Q), ">=", 0.36, where=(H, r, Q)),
}


@pytest.mark.parametrize("name", CERTIFIED)
def test_certified(name):
    outcome = examine(CERTIFIED[name], tries=50)
    assert outcome.status == "certified", outcome.evidence
    assert outcome.as_expected
    assert outcome.counterexample is None


@pytest.mark.parametrize("name", REFUTED)
def test_refuted_with_a_counterexample_that_can_be_pasted(name):
    outcome = examine(REFUTED[name], tries=300)
    assert outcome.status == "refuted", outcome.evidence
    assert not outcome.as_expected
    assert outcome.evidence[0].startswith("certified counterexample: ")
    printed = pasted(outcome)
    if REFUTED[name].relation == "=":
        assert "lhs - rhs 0.0\n" not in printed
    else:
        assert printed.splitlines()[0].endswith(": False")


@pytest.mark.parametrize("name", OPEN)
def test_a_failure_seen_in_numbers_alone_is_open(name):
    outcome = examine(OPEN[name], tries=100)
    assert outcome.status == "open", outcome.evidence
    assert outcome.evidence[0].startswith("seems to fail by")
    assert "not certified" in outcome.evidence[0]
    assert pasted(outcome).splitlines()[0].endswith(": False")


def test_strict_claims_that_hold_with_equality_somewhere_are_not_supported():
    outcome = examine(Claim(accuracy(E, r), "<", accuracy(F, r), where=(F, E, r)), tries=60)
    assert outcome.status == "open"
    assert outcome.evidence[0].startswith("both sides agree to rounding")


def bump(x):
    return 1.0 - 0.5 * np.exp(-(((x - 0.617) / 1e-3) ** 2))


def test_functions_of_the_user_s_own():
    holds = examine(Claim(bump, ">=", 0.4, where=x), tries=100)
    assert holds.status == "supported", holds.evidence
    fails = examine(Claim(bump, ">=", 0.6, where=x), tries=400)
    assert fails.status == "open", fails.evidence
    assert "def bump(x):" in fails.counterexample
    assert abs(float(fails.evidence[0].rsplit("x = ", 1)[1]) - 0.617) < 2e-3


def test_a_user_s_function_of_a_codebook():
    claim = Claim(lambda E: E.energy, "<=", 2.0, where=(F, E))
    outcome = examine(claim, tries=40)
    assert outcome.status == "supported", outcome.evidence
    assert any(line.startswith("not defined at") for line in outcome.evidence)  # where codes coincide
    with pytest.raises(InputError, match=r"left failed at F = fsq:2\^2, E = .*ZeroDivisionError"):
        examine(Claim(lambda E: 1 / 0, "<=", 2.0, where=(F, E)), tries=5)
    with pytest.raises(InputError, match=r"left is NaN at x = "):
        examine(Claim(lambda x: float("nan") if x > 0.5 else 0.0, "<=", 2.0, where=x), tries=50)


def test_rounded_levels_do_not_break_an_equation_between_exact_ones():
    four = Specs("F", ["fsq:4"])
    claim = Claim(error(four, r), "=", Phi(-r / 3) * 3 / 2, where=(four, r))
    assert examine(claim, tries=30).status == "supported"


def test_undefined_everywhere_is_open():
    assert examine(Claim(sp.log(x - 2), "<=", 2, where=x), tries=20).status == "open"


def test_shipped_true_and_false_claims():
    true = read_claim(FOLDER / "fewer_levels_are_easier.py")
    assert examine(true).status == "certified"
    false = read_claim(FOLDER / "union_bound_is_close.py")
    outcome = examine(false)
    assert outcome.status == "refuted"
    assert outcome.as_expected
    assert pasted(outcome).endswith("lhs <= rhs: False\n")


def test_true_claim_flipped_is_refuted_and_false_claim_repaired_is_not():
    true = read_claim(FOLDER / "fewer_levels_are_easier.py")
    assert examine(Claim(true.lhs, "<=", true.rhs, where=true.where)).status == "refuted"
    false = read_claim(FOLDER / "union_bound_is_close.py")
    later = Real("r", 1.32, 8)
    sides = [side.xreplace({false.where[0]: later}) for side in (false.lhs, false.rhs)]
    assert examine(Claim(sides[0], "<=", sides[1], where=later)).status == "certified"


def test_undecided_at_the_budget_is_supported_with_the_share_left():
    outcome = examine(read_claim(FOLDER / "unequal_gaps_lose.py"), tries=100, boxes=200)
    assert outcome.status == "supported"
    assert outcome.as_expected
    assert "of the domain's volume left undecided" in outcome.evidence[0]
    assert any(line.startswith("closest approach") for line in outcome.evidence)


def test_optimal_accuracy_hypothesis_is_broken_without_a_hint():
    outcome = examine(read_claim(FOLDER / "optimal_accuracy_hypothesis.py"))
    assert outcome.status == "refuted", outcome.evidence
    assert outcome.as_expected
    assert "F = fsq:2^5" in outcome.evidence[0]
    assert outcome.counterexample.count("E_points[") == 1
    assert pasted(outcome).splitlines()[0].endswith("lhs <= rhs: False")


def test_optimal_accuracy_hypothesis_is_not_refuted_in_four_dimensions():
    reference = Specs("F", ["fsq:2^4"])
    other = Codebooks("E", like=reference)
    claim = Claim(accuracy(other, r), "<=", accuracy(reference, r), where=(reference, other, r))
    assert examine(claim, tries=200).status != "refuted"


def test_gradient_ascent_breaks_the_hypothesis_by_itself():
    claim = read_claim(FOLDER / "optimal_accuracy_hypothesis.py")
    comparison = compare(claim)
    found = [
        certify(comparison, point, measure(comparison.margin, point, Measurer()))
        for point in ascend(comparison, claim.where, {"F": "fsq:2^5"}, seed=3)
    ]
    assert any(found)


def test_ascent_stays_in_the_domain_and_finds_a_maximum():
    claim = Claim(mmse(H, r, Q) - r, "<=", x, where=(H, r, Q, x))
    points = list(ascend(compare(claim), claim.where, {}, 0, starts=4, steps=20))
    assert len(points) == 4
    for point in points:
        assert Fraction(1, 10) <= point["r"] <= 8
        assert 0 <= point["x"] <= 1
        assert point["Q"].sum() == pytest.approx(1)
    peak = Claim(x * (1 - x), "<=", 1, where=x)
    ends = [float(point["x"]) for point in ascend(compare(peak), (x,), {}, 0, starts=3)]
    assert ends == pytest.approx([0.5] * 3, abs=1e-3)


def test_search_without_derivatives_finds_a_maximum():
    best = []
    maximise(lambda p: best.append(-abs(float(p["x"]) - 0.3)) or best[-1], (x,), {}, seed=0, tries=120)
    assert max(best) > -1e-4
    assert len(best) < 300


def test_the_same_seed_gives_the_same_outcome():
    claim = Claim(accuracy(E, r), ">=", 0.9 * accuracy(F, r), where=(F, E, r))
    first, second = (examine(claim, seed=5, tries=60) for _ in range(2))
    assert first.evidence == second.evidence
    assert first.counterexample == second.counterexample


def test_sizes_are_quantities():
    bound = (1 + r * sp.sqrt(2 / sp.pi)) ** dimension(E)
    claim = Claim(tokens(E) * accuracy(E, r), "<=", bound, where=(F, E, r))
    assert examine(claim, tries=60).status == "supported"
    assert examine(Claim(tokens(E) * accuracy(E, r), "<=", bound - 0.2, where=(F, E, r)), tries=300).status == "refuted"


def test_no_amplitude_ratio_below_0():
    signed = Real("r", -1, 1)
    outcome = examine(Claim(accuracy(E, signed), ">=", 0.2, where=(F, E, signed)), tries=60)
    assert outcome.status == "supported"
    assert any(line.startswith("not defined at") for line in outcome.evidence)


def test_notes_and_arguments():
    notes = []
    examine(Claim(Phi(x), "<=", Phi(y) + 1, where=(x, y)), note=notes.append)
    assert notes[0].startswith("branch and bound")
    for bad in ({"tries": 0}, {"boxes": 0}, {"seed": -1}):
        with pytest.raises(InputError):
            examine(CERTIFIED["numbers"], **bad)
