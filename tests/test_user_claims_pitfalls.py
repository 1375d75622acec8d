"""What could make a user's claim come out wrong: rounded codes and numbers, terms that cancel, sums, infinities."""

from __future__ import annotations

import contextlib
import io
import math
import re
from decimal import Decimal
from pathlib import Path

import pytest
import sympy as sp

from fsq_theory.balls.arithmetic import ends
from fsq_theory.claims.branches import affordable
from fsq_theory.claims.comparison import compare
from fsq_theory.claims.definedness import shown_defined
from fsq_theory.claims.differentiable import traceable
from fsq_theory.claims.enclosed import enclosed
from fsq_theory.claims.examine import examine
from fsq_theory.claims.formula import Formula
from fsq_theory.claims.ledger import Entry
from fsq_theory.claims.meant import listed_tokens, slack
from fsq_theory.claims.measured import Measurer, measure
from fsq_theory.claims.normal import Phi, phi
from fsq_theory.claims.quantities import accuracy, d_min, error, log_error, nn_distance, path_kl, tokens
from fsq_theory.claims.render_latex import latex, running
from fsq_theory.claims.render_markdown import markdown
from fsq_theory.claims.render_text import text
from fsq_theory.claims.statement import Claim
from fsq_theory.claims.variables import Codebooks, Integer, Priors, Real, Specs
from fsq_theory.codebooks.spec import as_codebook
from fsq_theory.errors import InputError

F = Specs("F", ["fsq:2^2"])
r = Real("r", 0, 2)
x = Real("x", -1, 1)
j = sp.Symbol("j")
k = Integer("k", 0, 10**9)


def of(spec):
    return Specs("S", [spec])


EXACT = {
    "psk:8": 2 * sp.sin(sp.pi / 8),
    "simplex:4": sp.sqrt(sp.Rational(8, 3)),
    "onehot:5": sp.sqrt(2),
    "bits:3+normalize:energy": 2 / sp.sqrt(3),
    "fsq:3^2+scale:0.1": sp.Rational(1, 10),
    "fsq:6,convention=rounded": sp.Rational(1, 3),
}


@pytest.mark.parametrize("spec", EXACT)
@pytest.mark.parametrize("relation", ["=", "<=", ">="])
def test_true_statements_on_rounded_codes_are_not_refuted(spec, relation):
    S = of(spec)
    assert examine(Claim(d_min(S), relation, EXACT[spec], where=S), tries=20).status == "supported"
    assert examine(Claim(nn_distance(S), relation, EXACT[spec], where=S), tries=20).status == "supported"


@pytest.mark.parametrize("spec", EXACT)
def test_false_statements_on_them_still_are(spec):
    S = of(spec)
    assert examine(Claim(d_min(S), "<=", EXACT[spec] * (1 - sp.Rational("1e-9")), where=S)).status == "refuted"
    assert examine(Claim(d_min(S), "<", EXACT[spec] * (1 + sp.Rational("1e-9")), where=S)).status == "certified"


def test_quantities_of_rounded_codes_contain_what_is_meant():
    at = {"S": "psk:8", "r": sp.Rational(3, 2)}
    S = of("psk:8")
    low, high = ends(enclosed(Formula(path_kl(S, 1, 0) - sp.Rational(8, 7)), at))
    assert low < 0 < high < 1e-12
    assert enclosed(Formula(error(S, r)), at).rad() > 1e-15
    assert 0 in enclosed(Formula(path_kl(of("simplex:4"), 1, 0) - sp.Rational(4, 3)), {"S": "simplex:4"})
    assert [slack(as_codebook(spec)) for spec in ("fsq:4^3", "bits:2", "onehot:100000", "hamming8")] == [0] * 4


def test_numbers_that_python_has_rounded_are_refused():
    for side in (2 / 3 * Phi(r), math.sqrt(2) * r, r + math.pi, 0.5 * Phi(r) / 3, r + sp.Float("nan")):
        with pytest.raises(InputError, match=r"has been rounded|expected a real"):
            Claim(side, "<=", 1, where=r)
    assert Claim(r + 0.1 + 0.2, "<=", 1e-9, where=r).lhs == r + sp.Rational(3, 10)


@pytest.mark.parametrize(
    ("side", "message"),
    [
        (F, "F stands as a number"),
        (tokens(F) + F, "F stands as a number"),
        (accuracy(F, 1 + F), "F stands as a number"),
        (sp.Sum(accuracy(F, k * r), (k, 1, 3)), "no Sum of quantities is evaluated"),
        (sp.diff(accuracy(F, r), r), "no Derivative of quantities"),
        (sp.Integral(accuracy(F, r), (r, 0, 1)), "no Integral of quantities"),
        (sp.Sum(r**k, (k, 1, 3)), "k is a variable of the claim"),
    ],
)
def test_what_would_be_evaluated_wrongly_is_refused(side, message):
    with pytest.raises(InputError, match=message):
        Claim(side, "<=", 1, where=(F, r, k))


@pytest.mark.parametrize(
    "claim",
    [
        Claim(sp.log(x), "<=", sp.log(x) + 1, where=x),
        Claim(1 / x, "=", 1 / x, where=x),
        Claim(accuracy(F, x), "<=", accuracy(F, x) + 1, where=(F, x)),
        Claim(tokens(F) + sp.sqrt(x), "<=", 5 + sp.sqrt(x), where=(F, x)),
    ],
)
def test_what_cancels_has_to_be_defined(claim):
    outcome = examine(claim, tries=50)
    assert outcome.status == "supported"
    assert "not shown to be defined" in outcome.evidence[0]


def test_what_is_shown_to_be_defined_is_certified():
    few = Integer("k", 0, 5)
    for claim in (
        Claim(sp.log(2 + x), "<=", sp.log(2 + x) + 1, where=x),
        Claim(1 / (few + 1) + r, "<=", 1 / (few + 1) + 2, where=(few, r)),
    ):
        assert shown_defined(claim, compare(claim))
        assert examine(claim, tries=20).status == "certified"


def test_the_normal_distribution_keeps_its_digits_far_out():
    at = {"r": 30}
    assert measure(Formula(Phi(-r)), at, Measurer()).value == pytest.approx(math.erfc(30 / math.sqrt(2)) / 2, rel=1e-13)
    assert measure(Formula(phi(r)), at, Measurer()).value == pytest.approx(math.exp(-450) / math.sqrt(2 * math.pi))
    far = Real("r", 1, 30)
    true = Claim(log_error(F, far), "<=", sp.log(2) + sp.log(Phi(-far)), where=(F, far))
    assert examine(true, tries=200, boxes=50).status == "supported"


def test_what_balls_decide_is_no_failure_whatever_floating_point_says():
    # In double precision (1 + 10⁻¹²x) − 1 is off by 10⁻⁴ of itself.
    small = sp.Rational(1, 10**12)
    many = Integer("k", 1, 20)
    claim = Claim(sp.log(1 + small * many) / small, "<=", many, where=many)
    outcome = examine(claim, tries=200, boxes=1)  # Too few boxes for each integer to be looked at.
    assert outcome.status == "supported"
    assert outcome.evidence[-1].endswith("where balls show that it holds")


def test_a_tie_of_a_strict_claim_is_refuted_where_balls_are_exact():
    outcome = examine(Claim(accuracy(F, r), ">", 0.25, where=(F, r)), tries=200, boxes=20)
    assert outcome.status == "refuted"
    assert "r = 0" in outcome.evidence[0]
    outcome = examine(Claim((x - sp.Rational(1, 3)) ** 2, ">", 0, where=x))
    assert outcome.status == "refuted"
    assert "equal, by exact algebra" in outcome.evidence[1]


def test_integers_of_a_wide_range():
    outcome = examine(Claim(k, "<=", 10**8, where=k), tries=50)
    assert outcome.status == "refuted"
    assert "k = 100000001" in outcome.evidence[0]
    with pytest.raises(InputError, match="at most 2\\^53 in size"):
        Integer("k", 0, 10**30)
    with pytest.raises(InputError, match="expected a finite rational number"):
        Integer("k", 0, "many")


def test_infinite_values_are_refused():
    with pytest.raises(InputError, match="left is infinite at x = "):
        examine(Claim(lambda x: math.inf if x > 0 else 0.0, "<=", 1, where=x), tries=50)


def test_functions_that_jax_does_not_know_are_searched_without_derivatives():
    y = Real("y", 1, 3)
    claim = Claim(sp.gamma(y), ">=", 0.8, where=y)
    assert not traceable(compare(claim).margin)
    outcome = examine(claim, tries=60, boxes=1)
    assert outcome.status == "supported"
    assert any(line.startswith("search without derivatives") for line in outcome.evidence)


def test_variables_that_do_not_occur():
    E, P = Codebooks("E", tokens=4, dimension=2), Priors("P", tokens=4)
    outcome = examine(Claim(x, "<=", 0.5, where=(E, P, x)))
    assert outcome.status == "refuted"
    assert examine(Claim(x, "<=", 1, where=(E, P, x))).status == "certified"


@pytest.mark.parametrize(
    "claim",
    [
        Claim(sp.Sum(x**j / sp.factorial(j), (j, 0, 3)), ">=", sp.exp(x), where=x),
        Claim(Phi(x), "<=", 0.8, where=x),
        Claim(phi(x), "<=", 0.3, where=x),
        Claim(sp.Max(x, -x, x**3), "<=", 0.5, where=x),
        Claim(sp.erf(x), "<=", 0.5, where=x),
    ],
)
def test_what_is_pasted_imports_what_it_uses(claim):
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(examine(claim).counterexample, "pasted", "exec"), {})
    assert printed.getvalue().splitlines()[0].endswith(": False")


def test_what_an_account_says_of_a_claim():
    far = Real("r", 10, 30)
    claim = Claim(log_error(F, far), "<", sp.log(Phi(-far)) + sp.log(2) - sp.Rational("1e-9"), where=(F, far))
    outcome = examine(claim, boxes=3)
    assert outcome.said == ["log_error(F, r) < log(Φ(-r)) - 1/1000000000 + log(2)", "F one of fsq:2^2", "r in [10, 30]"]
    low, high = re.findall(r"in \[(\S+), (\S+)\]", outcome.evidence[1])
    assert Decimal(low[0]) > Decimal(high[1])  # Digits enough to see that it fails.
    entry = Entry("my-claim", Path("my_claim.py"), "user")
    plain, marked, set_ = (write(entry, (), outcome) for write in (text, markdown, latex))
    assert f"    {outcome.said[0]}\n\n- F one of fsq:2^2\n- r in [10, 30]\n" in plain
    assert "$$\n\\log(1 - A)\\left(F, r\\right) \\lt " in marked
    assert "- certified counterexample: F = fsq:2^2, r = " in marked
    assert r"ft.codebook(\char34{}fsq:2\textasciicircum{}2\char34{})" in set_
    assert r"\ensuremath{\Phi}(-r)" in set_
    assert r"\texttt{a\_\allowbreak{}b/\allowbreak{}c}" in running("see `a_b/c`")


def test_names_that_python_keeps_for_itself():
    for name in ("lambda", 3):
        with pytest.raises(InputError, match="expected a name that Python accepts"):
            Real(name, 0, 1)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Claim(x < 0, "<=", 1, where=x), "expected a SymPy expression"),
        (lambda: Claim(x, "<=", True, where=x), "expected a SymPy expression"),
        (lambda: Claim(x, "<=", 1, where=x, expect=3), "expected strings"),
        (lambda: Codebooks("E", tokens=2.5, dimension=1), "whole numbers"),
        (lambda: Priors("P", tokens="two"), "whole number of at least 2"),
    ],
)
def test_other_types_are_refused(make, message):
    with pytest.raises(InputError, match=message):
        make()


def test_codebooks_without_structure_get_fewer_boxes():
    claims = [Claim(error(of(spec), r), "<=", 0.5, where=(of(spec), r)) for spec in ("random:K=512,n=2", "fsq:8,5,5,5")]
    assert [affordable(5000, claim, 1) for claim in claims] == [16, 5000]
    assert [listed_tokens(as_codebook(spec)) for spec in ("hamming8", "onehot:512", "fsq:4")] == [481, 0, 0]
