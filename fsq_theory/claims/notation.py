r"""Formulas as they stand in docstrings, in Unicode, as LaTeX: ``σ²_{T|t}`` is ``\sigma_{T|t}^{2}``.

The notation: ``_`` and ``^`` before ``{…}``, a run of letters or digits, or one symbol; ² ⁻¹ ₀ ′; √ before ``(…)`` or
one operand; letters under a combining hat, bar or tilde.  Nothing is evaluated, only written differently.
"""

from __future__ import annotations

import re
import unicodedata


def _pairs(table: str) -> dict[str, str]:
    """Symbols and what they become, in turn."""
    words = table.split()
    return dict(zip(words[::2], words[1::2], strict=True))


COMMANDS = _pairs(
    """
    α alpha β beta γ gamma δ delta ε varepsilon ζ zeta η eta θ theta ι iota κ kappa λ lambda μ mu ν nu ξ xi π pi ρ rho
    σ sigma τ tau υ upsilon φ varphi χ chi ψ psi ω omega Γ Gamma Δ Delta Θ Theta Λ Lambda Ξ Xi Υ Upsilon Φ Phi Ψ Psi
    Ω Omega ϕ phi ϵ epsilon ϑ vartheta ϱ varrho ℓ ell ∂ partial ∇ nabla ∞ infty ∅ varnothing ∀ forall ∃ exists ¬ neg
    ∫ int ∑ sum ∏ prod ∮ oint ⋃ bigcup ⋂ bigcap ≤ le ≥ ge ≠ ne ≈ approx ≡ equiv ≅ cong ∼ sim ≃ simeq ∝ propto ≪ ll
    ≫ gg ≲ lesssim ≳ gtrsim ≺ prec ≻ succ ⪯ preceq ⪰ succeq ≼ preceq ≽ succeq ⩽ le ⩾ ge ∈ in ∉ notin ∋ ni ⊂ subset
    ⊆ subseteq ⊃ supset ⊇ supseteq ∪ cup ∩ cap ∖ setminus → to ← leftarrow ↔ leftrightarrow ↦ mapsto ⇒ Rightarrow
    ⇐ Leftarrow ⇔ Leftrightarrow ⟺ Leftrightarrow ⟹ Rightarrow ⟶ to ↑ uparrow ↓ downarrow · cdot ⋅ cdot × times ÷ div
    ± pm ∓ mp ∘ circ ⊗ otimes ⊕ oplus ⊙ odot ⊥ perp ∥ parallel ∣ mid ∧ wedge ∨ vee ⊤ top ‖ Vert ⟨ langle ⟩ rangle
    ⌊ lfloor ⌋ rfloor ⌈ lceil ⌉ rceil … dots ⋯ cdots ⋮ vdots ∎ blacksquare ■ blacksquare □ square † dagger ∗ ast
    ★ star ⋆ star √ surd ° circ • bullet △ triangle ∠ angle ⊊ subsetneq ⊋ supsetneq ⟂ perp ≜ triangleq ⊎ uplus
    ⟼ mapsto ↪ hookrightarrow ≰ nleq ≱ ngeq ≮ nless ≯ ngtr ℵ aleph ∄ nexists ∴ therefore ≍ asymp ≐ doteq ϖ varpi
    ϰ varkappa
    """
)
"""Symbols that have a command of their own, with amsmath and amssymb."""

LITERAL = _pairs(
    r"""
    − - ∕ / ⁄ / ½ \tfrac{1}{2} ⅓ \tfrac{1}{3} ⅔ \tfrac{2}{3} ¼ \tfrac{1}{4} ¾ \tfrac{3}{4} ⅛ \tfrac{1}{8}
    ⅜ \tfrac{3}{8} ⅙ \tfrac{1}{6} ℝ \mathbb{R} ℤ \mathbb{Z} ℕ \mathbb{N} ℚ \mathbb{Q} ℂ \mathbb{C} ℙ \mathbb{P}
    𝔼 \mathbb{E} 𝟙 \mathbf{1} 𝟏 \mathbf{1} ≔ := – - ’ ^{\prime} ~ \sim{} % \% # \# & \& $ \$ \ \backslash{} } \}
    """
)
"""Symbols that are written otherwise."""

ACCENTS = {"\u0302": "hat", "\u0304": "bar", "\u0305": "bar", "\u0303": "tilde", "\u0307": "dot", "\u0308": "ddot"}
"""Combining marks over a letter."""

SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱᵏᵐᵗˢ", "0123456789+-=()nikmts", strict=True)) | {"ᵀ": r"\top "}
SUBSCRIPTS = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ᵢⱼₖₗₘₙₜₓ", "0123456789+-=()ijklmntx", strict=True))
PRIMES = {"′": 1, "″": 2, "'": 1}

NAMED = frozenset(
    re.findall(r"\w+", "log ln exp max min sup inf lim det sin cos tan sinh cosh tanh arg deg dim gcd Pr")
)
"""Operators that LaTeX knows by name."""

UPRIGHT = frozenset(
    re.findall(
        r"\w+",
        "KL TV JS Var Cov Corr mmse MMSE SNR tr rank sign sgn erf erfc diag argmax argmin ess softmax sech supp vol",
    )
)
"""Names that are set upright, as operators."""

SHORT_WORDS = frozenset(re.findall(r"\w+", "so is of if in to or as at by on we it an no be do"))
"""Words of two letters, which are no products."""


LONE_ACCENTED = re.compile("(?<![A-Za-zÀ-ž])[À-ž](?![A-Za-zÀ-ž])|[\u1f00-\u1fff]")
"""A letter under an accent that is no part of a word: ŷ and ᾱ, not the é of Rényi."""


def maths(text: str) -> str:
    """LaTeX, for maths mode, of a formula in Unicode."""
    return _Formula(decomposed(text)).latex().strip()


def decomposed(text: str) -> str:
    """The text with variables under an accent as a letter and a combining mark."""
    return LONE_ACCENTED.sub(lambda found: unicodedata.normalize("NFD", found[0]), text)


def closing(text: str, start: int, brackets: str = "{}") -> int:
    """Where the bracket that opens at ``start`` is closed; −1 if nowhere."""
    depth = 0
    for place in range(start, len(text)):
        depth += (text[place] == brackets[0]) - (text[place] == brackets[1])
        if depth == 0:
            return place
    return -1


class _Formula:
    """A formula that is read from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def latex(self) -> str:
        written: list[str] = []
        while self.at < len(self.text):
            written.append(self._space() or self._scripted(self._atom()))
        return "".join(written)

    def _match(self, pattern: str) -> str:
        found = re.compile(pattern).match(self.text, self.at)
        if found is None:
            return ""
        self.at = found.end()
        return found.group()

    def _space(self) -> str:
        gap = self._match(r"\s+")
        return "" if not gap else " " if len(gap) < 2 or "\n" in gap else r"\quad "

    def _atom(self) -> str:
        """One symbol, number, word or group, with the accent over it."""
        if word := self._match(r"[A-Za-zÀ-ÖØ-öø-ž]+(?![\u0302-\u0308])"):
            return self._word(word)
        if number := self._match(r"\d+(?:\.\d+)?e[+-]?\d+"):
            digits, power = number.split("e")
            return rf"{digits}\cdot 10^{{{int(power)}}}"
        if number := self._match(r"\d+(?:\.\d+)?"):
            return number
        symbol = self.text[self.at]
        if symbol in "_^" or symbol in SUPERSCRIPTS or symbol in SUBSCRIPTS:
            return "{}"
        self.at += 1
        if symbol in "√∛":
            return self._root("" if symbol == "√" else "[3]")
        if symbol == "{":
            return rf"\{{{self._inside('{}')}\}}" if closing(self.text, self.at - 1) > 0 else r"\{"
        written = self._symbol(symbol)
        while self.at < len(self.text) and self.text[self.at] in ACCENTS:
            written = rf"\{ACCENTS[self.text[self.at]]}{{{written.strip()}}}"
            self.at += 1
        return written

    def _word(self, word: str) -> str:
        """Letters side by side: an operator, a product of variables, or words, up to the next that are none."""
        if word in NAMED:
            return rf"\{word} "
        if word in UPRIGHT:
            return rf"\operatorname{{{word}}}"
        if len(word) < 3 and word not in SHORT_WORDS:
            return word
        if self.text[self.at : self.at + 1] in ("_", "^", "("):
            return rf"\mathrm{{{word}}}" if word.isascii() else rf"\text{{{word}}}"
        before = self.text[: self.at - len(word)]
        while more := self._match(r" (?:[A-Za-zÀ-ž]{3,}|of|is|as|at|by|in|on|to)(?=[ ,.;]|$)"):
            if more.strip() in NAMED | UPRIGHT:
                self.at -= len(more)
                break
            word += more
        left = r"\ " if before[-1:].isspace() else ""
        right = r"\ " if self.text[self.at : self.at + 1].isspace() else ""
        return rf"{left}\text{{{word}}}{right}"

    def _symbol(self, symbol: str) -> str:
        if symbol in "ΣΠ":
            sums = self.text[self.at :].strip()[:1] not in ("", *"=≤≥<>+−,.;:)")
            return {"Σ": (r"\Sigma ", r"\sum "), "Π": (r"\Pi ", r"\prod ")}[symbol][sums]
        if symbol in PRIMES:
            return r"{}^{\prime}" * PRIMES[symbol]
        if symbol in COMMANDS:
            return rf"\{COMMANDS[symbol]} "
        if symbol in LITERAL:
            return LITERAL[symbol]
        return symbol if symbol.isascii() else rf"\text{{[U+{ord(symbol):04X}]}}"

    def _root(self, degree: str) -> str:
        if self.text[self.at : self.at + 1] in ("(", "{") and self.text[self.at : self.at + 1]:
            brackets = "()" if self.text[self.at] == "(" else "{}"
            if closing(self.text, self.at, brackets) > 0:
                self.at += 1
                return rf"\sqrt{degree}{{{self._inside(brackets)}}}"
        operand = self._scripted(self._atom()) if self.at < len(self.text) else ""
        return rf"\sqrt{degree}{{{operand.strip()}}}"

    def _inside(self, brackets: str) -> str:
        """The rest of a group that has just been opened, which is left behind."""
        end = closing(self.text, self.at - 1, brackets)
        inner = self.text[self.at : end]
        self.at = end + 1
        return _Formula(inner).latex().strip()

    def _scripted(self, base: str) -> str:
        """An atom with all subscripts and superscripts that follow it."""
        below: list[str] = []
        above: list[str] = []
        while self.at < len(self.text):
            symbol = self.text[self.at]
            if symbol in "_^":
                self.at += 1
                (below if symbol == "_" else above).append(self._script())
            elif symbol in SUPERSCRIPTS:
                self.at += 1
                above.append(SUPERSCRIPTS[symbol])
            elif symbol in SUBSCRIPTS:
                self.at += 1
                below.append(SUBSCRIPTS[symbol])
            elif symbol in PRIMES and base.strip():
                self.at += 1
                above.append(r"\prime " * PRIMES[symbol])
            else:
                break
        under = f"_{{{''.join(below).strip()}}}" if below else ""
        over = f"^{{{''.join(above).strip()}}}" if above else ""
        return (base.rstrip() + under + over) if under or over else base

    def _script(self) -> str:
        """What stands after ``_`` or ``^``."""
        opening = self.text[self.at : self.at + 1]
        if opening == "{" and closing(self.text, self.at) > 0:
            self.at += 1
            return self._inside("{}")
        if opening == "(" and closing(self.text, self.at, "()") > 0:
            self.at += 1
            return f"({self._inside('()')})"
        if run := self._match(r"[A-Za-z]{3,}"):
            return rf"\mathrm{{{run}}}"
        if run := self._match(r"[A-Za-z0-9]+"):
            return run
        sign = self._match("[-−+]")
        return sign.replace("−", "-") + (self._atom() if self.at < len(self.text) else "")
