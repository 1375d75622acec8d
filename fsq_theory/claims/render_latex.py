"""An account of a derivation in LaTeX, for any engine: letters and symbols beyond ASCII become commands."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from .account import HOW, TOO_LONG, Part, Written, account, formula_of, lemma_parts
from .notation import COMMANDS, maths
from .outcome import Outcome
from .prose import spans
from .step import Step

LONGEST = 900
"""Formulas with more characters of LaTeX are left out: no page is wide enough."""

WIDE = 80
"""Formulas with more symbols are set as running text, small, where lines break."""

PREAMBLE = r"""\documentclass[a4paper]{article}
\usepackage[margin=25mm]{geometry}
\usepackage{amsmath,amssymb}
\setlength{\parindent}{0pt}
\setlength{\parskip}{6pt plus 2pt}
\emergencystretch=3em
\allowdisplaybreaks
"""

_SPECIAL = dict(
    zip(
        '\\{}$&#%_^~<>|–—’‘“”…\u00a0\u202fßøØłŁæå§•"',
        (
            *(r"\textbackslash{}", r"\{", r"\}", r"\$", r"\&", r"\#", r"\%", r"\_", r"\textasciicircum{}"),
            *(
                r"\textasciitilde{}",
                r"\textless{}",
                r"\textgreater{}",
                r"\textbar{}",
                "--",
                "---",
                "'",
                "`",
                "``",
                "''",
            ),
            *(r"\dots{}", "~", "~", r"\ss{}", r"\o{}", r"\O{}", r"\l{}", r"\L{}", r"\ae{}", r"\aa{}", r"\S{}"),
            *(r"\textbullet{}", "''"),
        ),
        strict=True,
    )
)

_MARKS = {"\u0300": "`", "\u0301": "'", "\u0302": "^", "\u0303": "~", "\u0304": "=", "\u0306": "u", "\u0307": "."}
_MARKS |= {"\u0308": '"', "\u030a": "r", "\u030b": "H", "\u030c": "v", "\u0327": "c", "\u0328": "k"}


def latex(derivation: Written, steps: Sequence[Step], outcome: Outcome | None = None) -> str:
    """The account as a section of a LaTeX document, in ASCII; :func:`document` makes a document of such sections.

    Args:
        derivation: what was written.
        steps: what was decided, with their formulas where these are to be shown.
        outcome: what it came to.
    """
    written: list[str] = []
    listed = ""
    for part in account(derivation, steps, outcome):
        environment = dict.fromkeys(("item", "quoted", "check", "fact"), "itemize").get(part.kind, "")
        if environment != listed:
            written += [rf"\end{{{listed}}}"] * bool(listed) + [rf"\begin{{{environment}}}"] * bool(environment)
            listed = environment
        written.append(_part(part))
    return "\n".join([*written, *([rf"\end{{{listed}}}"] if listed else [])]) + "\n"


def document(sections: Iterable[str], title: str = "") -> str:
    """A LaTeX document of sections as :func:`latex` makes them.

    Args:
        sections: its body.
        title: of the whole; none by default.
    """
    head = rf"\title{{{running(title)}}}" + "\n\\date{}\n" if title else ""
    top = "\\maketitle\n" if title else ""
    body = "\n".join(sections)
    return f"{PREAMBLE}{head}\\begin{{document}}\n{top}{body}\\end{{document}}\n"


def _part(part: Part) -> str:
    if part.kind == "title":
        return rf"\section*{{{running(part.text)}}}"
    if part.kind == "fact":
        said = rf"\texttt{{{escaped(part.text)}}}" if part.label == "Claim" else running(part.text)
        return rf"\item[{part.label}:] {said}"
    if part.kind == "heading":
        return rf"\subsection*{{{escaped(part.text)}}}"
    if part.kind == "display":
        return "\n".join(display(maths(line)) for line in part.text.splitlines())
    if part.kind == "code":
        lines = (code(line).replace("  ", "~~") or "~" for line in part.text.splitlines())
        return "\\begin{quote}\\ttfamily\\raggedright\n" + "\\\\\n".join(lines) + "\n\\end{quote}"
    if part.kind == "formula":
        return display(part.text)
    if part.kind == "quoted":
        return rf"\item {_with_symbols(part.text)}"
    if part.kind == "item":
        return rf"\item {running(part.text)}"
    if part.kind == "reference":
        return rf"[{escaped(part.label)}] {escaped(part.text)}." + "\n"
    return _step(part.step) if part.step is not None else running(part.text) + "\n"


def _step(step: Step) -> str:
    """A step with the formula that was decided; a lemma set off as a quotation."""
    if step.role == "lemma":
        source, proof = lemma_parts(step)
        lines = [rf"\textbf{{Lemma ({running(step.name)}).}} \emph{{{running(step.statement)}}}"]
        lines += [rf"\textsc{{Reference.}} [{escaped(source)}]"] if source else []
        lines += [rf"\textsc{{Proof.}} {running(proof)}"] if proof else []
        return "\\begin{quote}\n" + "\n\n".join(lines) + "\n\\end{quote}"
    role = "." if step.role in ("step", "cross-check") else f" ({step.role})."
    head = rf"\textbf{{{running(step.name)}}}{role} {running(step.statement)}"
    found = f": {running(step.detail)}" if step.detail else ""
    mark = "Passed" if step.passed is True else r"\textbf{FAILED}"
    verdict = rf"\textit{{{mark}, {HOW[step.method]}{found}.}}"
    if step.role == "cross-check":
        return rf"\item {head} {verdict}"
    shown = formula_of(step)
    formula = display(shown) if len(shown) <= LONGEST else f"\n{TOO_LONG}\n"
    return "\n".join([head, formula if shown else "", verdict, ""])


def display(formula: str) -> str:
    """A formula that stands alone."""
    formula = letters("".join(rf"\{COMMANDS[symbol]} " if symbol in COMMANDS else symbol for symbol in formula))
    symbols = re.sub(r"\\[A-Za-z]+", "x", re.sub(r"\\(?:left|right|text|mathrm|operatorname)\b|[{}_^\s]", "", formula))
    if len(symbols) > WIDE:
        return f"\\begin{{quote}}\\small\\raggedright\n$\\displaystyle {formula}$\n\\end{{quote}}"
    return f"\\[ {formula} \\]"


def running(text: str) -> str:
    """Running text: words escaped, formulas in maths mode, names of programs in typewriter."""
    written = []
    for span in spans(text):
        if span.kind == "formula":
            written.append(rf"\ensuremath{{{letters(maths(span.text))}}}")
        else:
            written.append(rf"\texttt{{{code(span.text)}}}" if span.kind == "code" else escaped(span.text))
    return "".join(written).strip()


def code(text: str) -> str:
    """A line of code in typewriter: straight quotes, and breaks allowed where names and paths have joints."""
    written = _with_symbols(text).replace("''", r"\char34{}")
    return written.replace(r"\_", r"\_\allowbreak{}").replace("/", r"/\allowbreak{}")


def _with_symbols(text: str) -> str:
    """Words in which Greek letters and signs are those of maths mode."""
    return "".join(rf"\ensuremath{{\{COMMANDS[symbol]}}}" if symbol in COMMANDS else escaped(symbol) for symbol in text)


def escaped(text: str) -> str:
    """Words in which nothing is a command, in ASCII."""
    return letters("".join(_SPECIAL.get(symbol, symbol) for symbol in text))


def letters(text: str) -> str:
    """Text with letters under accents written as commands, and any other character beyond ASCII by its number."""
    return "".join(symbol if symbol.isascii() else _letter(symbol) for symbol in text)


def _letter(symbol: str) -> str:
    base, *marks = list(unicodedata.normalize("NFD", symbol))
    if base.isascii() and len(marks) == 1 and marks[0] in _MARKS:
        dotless = rf"\{base}" if base in "ij" else base
        return rf"\{_MARKS[marks[0]]}{{{dotless}}}"
    return _SPECIAL.get(symbol, rf"\texttt{{[U+{ord(symbol):04X}]}}")
