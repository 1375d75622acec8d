"""Derivations are set for readers: formulas of docstrings in LaTeX, accounts in text, Markdown and LaTeX."""

from __future__ import annotations

import ast
import dataclasses
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from fsq_theory.claims.account import TOO_LONG, formula_of, lemma_parts, status_in_words
from fsq_theory.claims.ledger import Entry, ledger_entries
from fsq_theory.claims.notation import decomposed, maths
from fsq_theory.claims.outcome import Outcome
from fsq_theory.claims.prose import blocks, spans
from fsq_theory.claims.render_latex import document, latex, running
from fsq_theory.claims.render_markdown import markdown
from fsq_theory.claims.render_markdown import running as running_markdown
from fsq_theory.claims.render_text import WIDTH, text
from fsq_theory.claims.step import Step
from fsq_theory.content import content_folder

ENTRIES = ledger_entries()


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("α_t", r"\alpha_{t}"),
        ("σ²_{T|t}", r"\sigma_{T|t}^{2}"),
        ("X_0", "X_{0}"),
        ("x⁻¹", "x^{-1}"),
        ("√(r² + √(2π)) + √n", r"\sqrt{r^{2} + \sqrt{2\pi}} + \sqrt{n}"),
        ("‖e_i − e_j‖²/2", r"\Vert e_{i} - e_{j}\Vert^{2}/2"),
        ("Σ_{i≠j} Φ(−r d_kj/2)", r"\sum_{i\ne j} \Phi (-r d_{kj}/2)"),
        ("½ ∫_ε^T g_t² dt", r"\tfrac{1}{2} \int_{\varepsilon}^{T} g_{t}^{2} dt"),
        ("{−1, …, K}^n ∪ {0}", r"\{-1, \dots , K\}^{n} \cup  \{0\}"),
        ("x̂_0 ∈ ⟨a, b⟩", r"\hat{x}_{0} \in  \langle a, b\rangle"),
        ("e^{−x²/2} e'² e′", r"e^{-x^{2}/2} e^{\prime 2} e^{\prime}"),
        ("2^n × 3 · 10", r"2^{n} \times  3 \cdot  10"),
        ("max_k d_min → ∞", r"\max_{k} d_{\mathrm{min}} \to  \infty"),
        ("mean_1 ~ N(0, 1)", r"\mathrm{mean}_{1} \sim{} N(0, 1)"),
        ("n > 0 for all k", r"n > 0 \ \text{for all}\  k"),
        ("4.67e-7", r"4.67\cdot 10^{-7}"),
        ("Rényi_a", r"\text{Rényi}_{a}"),
        ("∛x ᾱ_t ŷ", r"\sqrt[3]{x} \bar{\alpha}_{t} \hat{y}"),
        ("{ open", r"\{ \ \text{open}"),
        ("Σ = A ⊤, Σ a", r"\Sigma  = A \top , \sum  a"),
        ("", ""),
    ],
)
def test_formulas(formula: str, expected: str) -> None:
    assert maths(formula) == expected


@pytest.mark.parametrize(
    ("prose", "formulas"),
    [
        ("Let X_t be a path (α_T = 0 by a limit), a thing.", ["X_t", "α_T = 0"]),
        ("on [ε, T] and {−1, 0, 1}^n, with d² > 0", ["[ε, T]", "{−1, 0, 1}^n", "d² > 0"]),
        ("by (1–3) and in 2-D, see derivations/path_kl.py and `x_y`", []),
        ("the sum is a + b, and L = log dP/dQ", ["a + b", "L = log dP/dQ"]),
        ("it is N(m, v) where K A ≤ 1", ["N(m, v)", "K A ≤ 1"]),
        ("where ᾱ is a mean, and Itô's too", ["ᾱ"]),
        ("Doob's h-transform: ‖e‖_∞ ≤ 1.", ["‖e‖_∞ ≤ 1"]),
    ],
)
def test_formulas_are_found_in_running_text(prose: str, formulas: list[str]) -> None:
    found = spans(prose)
    assert [span.text for span in found if span.kind == "formula"] == [decomposed(formula) for formula in formulas]
    kept = "".join(span.text for span in found)
    assert kept.replace("`", "") == decomposed(prose).replace("`", "")


def test_blocks_of_a_section() -> None:
    section = "One two\nthree.\n\n    a = b\n    c = d\n\n- first\n  more\n- second\n\nAgain:\n    x ≤ y\nand on."
    assert [(block.kind, block.text) for block in blocks(section)] == [
        ("paragraph", "One two three."), ("display", "a = b\nc = d"), ("item", "first more"), ("item", "second"),
        ("paragraph", "Again:"), ("display", "x ≤ y"), ("paragraph", "and on."),
    ]  # fmt: skip


LEMMA = Step("A lemma", "h > 0", True, "lemma", "reference", "[KS91, Theorem 3.5.1]; it is clear, 50 % of x_1.")
STEPS = [
    Step("1. first", "α_t² ≤ 1 & so on", True, formula=lambda: r"\alpha{\left(t \right)}^{2} \le 1"),
    LEMMA,
    Step("2. found", "x* < y|z", True, "counterexample", "balls", "x = 1 ± 2e-3"),
    Step("3. undecided", "0 = 1", False, formula=lambda: "0 = 1"),
    Step("4. check", "1 = 1", True, "cross-check", "numbers", "1 and 1"),
]
ENTRY = Entry("made-up", Path("made_up.py"), title="A title with α", source="P26", sections={"Statement": "x_1 ≤ 2."})
OUTCOME = Outcome("made-up", "A title", "open", frozenset(("proved",)), ["not decided: 3."], 1.0, STEPS)


def test_an_account_in_text() -> None:
    shown = text(ENTRY, STEPS, OUTCOME)
    assert max(map(len, shown.splitlines())) <= WIDTH
    for line in (
        "Status:   open", "Expected: proved", "  [passed] 1. first: α_t² ≤ 1 & so on", "  [FAILED] 3. undecided: 0 = 1",
        "  [lemma]  A lemma: h > 0", "           Reference: [KS91, Theorem 3.5.1]",
        "           Proof: it is clear, 50 % of x_1.", "- not decided: 3.",
        "           (counterexample; by enclosure in ball arithmetic: x = 1 ± 2e-3)",
    ):  # fmt: skip
        assert line in shown.splitlines()
    assert shown.index("[KS91]") > shown.index("References")
    assert shown.index("4. check") > shown.index("Numerical cross-checks") > shown.index("3. undecided")


def test_an_account_in_markdown() -> None:
    shown = markdown(ENTRY, STEPS, OUTCOME)
    assert shown.startswith("# A title with $\\alpha$\n")
    assert "\n$$\n\\alpha(t)^{2} \\le 1\n$$\n" in shown
    assert "> **Lemma (A lemma).** $h \\gt  0$\n>\n> *Reference:* \\[KS91, Theorem 3.5.1\\]\n>\n> *Proof.*" in shown
    assert "***FAILED**, by exact algebra.*" in shown
    assert "- **4. check**. $1 = 1$ — *Passed, by floating-point numbers: 1 and 1.*" in shown
    assert markdown(ENTRY, [], None, level=3).startswith("### A title")


def test_markdown_keeps_what_its_readers_would_take_for_marks() -> None:
    assert running_markdown("*any* <word> snake_case [see]") == r"\*any\* \<word\> `snake_case` \[see\]"
    assert running_markdown("{0, 1}^n") == r"$\lbrace 0, 1\rbrace ^{n}$"


def balanced(source: str) -> bool:
    """Whether braces, dollars and environments of LaTeX are closed in order."""
    open_: list[str] = []
    for found in re.finditer(r"\\(begin|end)\{(\w+\*?)\}|\\[^a-z]|[{}]|\$", source):
        token = found.group()
        if token == "$" and open_[-1:] == ["$"]:
            open_.pop()
        elif token in "{$":
            open_.append(token)
        elif token == "}":
            if not open_ or open_.pop() != "{":
                return False
        elif found[1] == "begin":
            open_.append(found[2])
        elif found[1] == "end" and (not open_ or open_.pop() != found[2]):
            return False
    return not open_


def test_a_counterexample_is_part_of_the_account() -> None:
    found = Outcome("mine", "x ≤ y", "refuted", frozenset(("proved",)), ["found"], 1.0, (), "x = 1\nprint(x_1)  # Φ\n")
    entry = Entry("mine", Path("mine.py"), "user")
    assert "    x = 1\n    print(x_1)  # Φ\n" in text(entry, [], found)
    assert "# $x \\le  y$" in markdown(entry, [], found)
    assert "```python\nx = 1\nprint(x_1)  # Φ\n```" in markdown(entry, [], found)
    assert "x = 1\\\\\nprint(x\\_\\allowbreak{}1)~~\\# \\ensuremath{\\Phi}\n" in latex(entry, [], found)


def test_what_balanced_means() -> None:
    assert balanced(r"\begin{quote}$a_{1}\{$\end{quote}")
    for wrong in (r"\begin{quote}", "a}", "{", "$a", r"\begin{a}\begin{b}\end{a}\end{b}", "{$}$"):
        assert not balanced(wrong), wrong


def test_an_account_in_latex() -> None:
    shown = document([latex(ENTRY, STEPS, OUTCOME)], "A ledger & more")
    assert shown.isascii()
    assert balanced(shown)
    assert r"\[ \alpha(t)^{2} \le 1 \]" in shown
    assert r"\textbf{Lemma (A lemma).} \emph{\ensuremath{h > 0}}" in shown
    assert r"\textit{\textbf{FAILED}, by exact algebra.}" in shown
    assert r"\title{A ledger \& more}" in shown
    assert r"50 \% of \ensuremath{x_{1}}" in shown


def strings_of(path: Path) -> list[str]:
    """All texts of a Python file: docstrings, names, statements, proofs in words, and the names of symbols."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.claim)
def test_every_derivation_is_set_in_ascii_without_unknown_symbols(entry: Entry) -> None:
    said = strings_of(entry.path)
    steps = [Step(line, line, True, "lemma", "reference", f"[P26]; {line}") for line in said]
    steps += [Step(line, line, True, "step", "algebra", line, line.__str__) for line in said if line.isidentifier()]
    for source in (latex(entry, []), latex(dataclasses.replace(entry, sections={}), steps)):
        assert source.isascii()
        assert re.findall(r"\[U\+[0-9A-F]+\]", source) == []
        assert balanced(source)


def test_helpers_of_derivations_too() -> None:
    for path in content_folder("derivations").glob("_*.py"):
        assert all("[U+" not in running(line) for line in strings_of(path))


def test_symbols_without_a_command_are_shown_by_number() -> None:
    assert running("x ≤ ☃") == r"\ensuremath{x \le} \texttt{[U+2603]}"
    assert maths("☃") == r"\text{[U+2603]}"


def test_formulas_of_steps_are_left_out_where_they_say_nothing() -> None:
    assert formula_of(dataclasses.replace(STEPS[0], formula=lambda: "0 = 0")) == ""
    long = dataclasses.replace(STEPS[0], formula=lambda: "x" * 2000)
    for write in (latex, markdown):
        assert TOO_LONG in write(ENTRY, [long])
        assert "xxx" not in write(ENTRY, [long])
    assert formula_of(STEPS[1]) == ""
    assert formula_of(STEPS[0]) == r"\alpha(t)^{2} \le 1"


def test_lemmas_and_statuses_in_words() -> None:
    assert lemma_parts(LEMMA) == ("KS91, Theorem 3.5.1", "it is clear, 50 % of x_1.")
    assert lemma_parts(dataclasses.replace(LEMMA, detail="[P26]")) == ("P26", "")
    assert lemma_parts(dataclasses.replace(LEMMA, detail="As E[X] = 0.")) == ("", "As E[X] = 0.")
    assert status_in_words("proved", STEPS) == "proved, given 1 lemma"
    assert status_in_words("proved", [LEMMA, LEMMA]) == "proved, given 2 lemmas"
    assert status_in_words("proved", STEPS[:1]) == "proved"
    assert status_in_words("open", STEPS) == "open"


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="there is no pdflatex")
def test_pdflatex_sets_the_whole_ledger(tmp_path: Path) -> None:
    said = [Step("text", line, True) for entry in ENTRIES for line in strings_of(entry.path)]
    sections = [latex(entry, []) for entry in ENTRIES]
    (tmp_path / "ledger.tex").write_text(document([*sections, latex(ENTRY, STEPS, OUTCOME), latex(ENTRY, said)]))
    command = ["pdflatex", "-draftmode", "-interaction=nonstopmode", "-halt-on-error", "ledger.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace", timeout=120)
    assert done.returncode == 0, done.stdout[-2000:]
