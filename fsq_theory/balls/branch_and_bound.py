"""Whether an inequality holds on a whole box: by ever smaller boxes, each bounded in interval arithmetic."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import count
from typing import Any, Literal

import sympy as sp
from flint import arb

from ..errors import InputError
from .arithmetic import START_BITS, Ball, precision
from .bounding import Bound, Claim, Ends, near_middle

SMALLEST = Fraction(1, 2**60)
"""Share of a symbol's range below which a box is not split further."""

SHOWN = 5
"""Undecided boxes that a verdict lists."""

RELATIONS = ("<=", "<", ">=", ">", "=")


@dataclass(frozen=True)
class Verdict:
    """What branch and bound found of ``expression relation 0`` on a box.

    Attributes:
        verdict: ``certified`` (it holds at every point), ``counterexample`` (it fails at ``point``), or ``undecided``.
        point: the counterexample, an exact value of each symbol; None otherwise.
        enclosure: ball of the expression: at ``point`` for a counterexample, over the whole box otherwise; None where
            nothing finite was found.
        boxes: boxes looked at.
        undecided_share: share of the volume of the box that is left undecided.
        undecided_boxes: a few of the boxes left undecided, (low, high) of each symbol, the most doubtful first.
        reason: a few words on what decided.
    """

    verdict: Literal["certified", "counterexample", "undecided"]
    point: Mapping[Any, Fraction] | None
    enclosure: Ball | None
    boxes: int
    undecided_share: float = 0.0
    undecided_boxes: tuple[Mapping[Any, tuple[Fraction, Fraction]], ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class _Box:
    """A box in the queue: the region that it answers for, the face of it that is looked at, its share and depth."""

    region: Ends
    face: Ends
    share: Fraction
    depth: int


def decide(
    expression: Any,
    domain: Mapping[Any, tuple[Any, Any]],
    relation: str = "<=",
    *,
    boxes: int = 20000,
    bits: int = START_BITS,
) -> Verdict:
    """Whether ``expression relation 0`` holds at every point of a closed box.

    A box is bounded by the natural enclosure, by slopes (a symbol in which the expression is monotone there is put at
    the end that matters) and by the mean-value form; one that touches zero at a face, as x − sinh x does at x = 0, by
    Taylor's theorem from that face, its first terms brought to 0 by algebra.  What is left is split, the most violating
    boxes first; symbols that are integers are split between integers.  An equation is certified only if algebra brings
    the expression to 0.

    Args:
        expression: as for :func:`.expressions.enclose`.
        domain: for each symbol its closed range (low, high), exact finite numbers.
        relation: one of <=, <, >=, >, =.
        boxes: boxes to look at before giving up.
        bits: mantissa to begin with; deeper boxes and points get more.

    Returns:
        A verdict.  Where the expression may be undefined or unbounded it is undecided.

    Raises:
        InputError: for an unknown relation, an empty or infinite range, a range that contradicts its symbol's
            assumptions, a symbol without range, or a function without enclosure.
    """
    if relation not in RELATIONS:
        raise InputError(f"relation {relation!r}: expected one of {', '.join(RELATIONS)}")
    if boxes < 1:
        raise InputError(f"boxes = {boxes}: expected at least 1")
    expression = sp.sympify(expression, strict=True)
    if relation == "=":
        return _equation(Claim(expression, domain, strict=True), boxes, bits)
    upwards = relation.startswith("<")
    claim = Claim(expression if upwards else -expression, domain, strict=len(relation) == 1)
    found = _search(claim, boxes, bits)
    if upwards or found.enclosure is None:
        return found
    turned = -found.enclosure
    return Verdict(**{**vars(found), "enclosure": turned})


def _search(claim: Claim, most: int, bits: int) -> Verdict:
    signed = claim.signed_by_algebra(bits)
    if signed is not None:
        return Verdict("certified", None, signed[0].union(signed[1]), 1, reason="algebra sees the sign")
    ranked: list[tuple[float, int, _Box]] = []
    undefined: deque[_Box] = deque([_Box(claim.box, claim.box, Fraction(1), 0)])
    undecided: list[_Box] = []
    order, looked, low, high, unbounded = count(), 0, None, None, False
    while (ranked or undefined) and looked < most:
        # Boxes where nothing is known take turns with the others, so that neither kind waits for ever.
        box = undefined.popleft() if undefined and (not ranked or looked % 2 == 0) else heapq.heappop(ranked)[2]
        looked += 1
        found = claim.bound(box.face, _bits(bits, box.depth))
        if found.settled is False:
            assert found.point is not None
            return _counterexample(claim, found.point, bits, looked)
        if found.settled is None:
            parts = [] if found.final else _split(claim, box, found)
            if not parts:
                undecided.append(box)
            for part in parts:
                if found.high is None:
                    undefined.append(part)
                else:
                    heapq.heappush(ranked, (-float(found.high), next(order), part))
            if parts:
                continue
        # The face tells how large the expression gets in the region, not how small.
        least = found.low if box.face == box.region else claim.lowest(box.region, _bits(bits, box.depth))
        if least is None or found.high is None:
            unbounded = True
        else:
            low = least if low is None or least < low else low
            high = found.high if high is None or found.high > high else high
    left = [*undecided, *(box for _, _, box in sorted(ranked, key=lambda entry: entry[:2])), *undefined]
    if not left:
        return Verdict("certified", None, _hull(low, high, unbounded), looked, reason="every box is decided")
    shown = tuple(dict(zip(claim.symbols, box.region, strict=True)) for box in left[:SHOWN])
    share = float(sum((box.share for box in left), Fraction(0)))
    why = f"{most} boxes were not enough" if ranked or undefined else "boxes remain that cannot be decided"
    return Verdict("undecided", None, None, looked, share, shown, why)


def _hull(low: Ball | None, high: Ball | None, unbounded: bool) -> Ball | None:
    return None if unbounded or low is None or high is None else low.union(high)


def _bits(bits: int, depth: int) -> int:
    """Bits for a box, in steps of 32 so that constants are computed few times."""
    return bits + 32 * (depth // 16)


def _counterexample(claim: Claim, point: tuple[Fraction, ...], bits: int, looked: int) -> Verdict:
    value, used = claim.value(point, bits), bits
    while used < 2**12 and value is not None and value[0] <= 0 and value[0] != value[1]:
        used *= 2
        value = claim.value(point, used)
    with precision(used):
        enclosure = None if value is None else value[0] if value[0] == value[1] else value[0].union(value[1])
    return Verdict(
        "counterexample",
        dict(zip(claim.symbols, point, strict=True)),
        enclosure,
        looked,
        reason="it fails at an exact point",
    )


def _split(claim: Claim, box: _Box, found: Bound) -> list[_Box]:
    """Two halves of the face that mattered, across the symbol that matters most; none if it is too small."""
    weights = []
    for i, (first, last) in enumerate(found.face):
        whole = claim.box[i][1] - claim.box[i][0]
        if first == last or (not claim.integer[i] and last - first <= SMALLEST * whole):
            continue
        slope = found.slopes[i] if i < len(found.slopes) else None
        relative = float((last - first) / whole)
        # Now and then the longest side is halved whatever the slopes, so that none stays long.
        steep = 1.0 if slope is None or box.depth % 4 == 3 else float(max(abs(slope[0]), abs(slope[1]))) * float(whole)
        weights.append((relative * steep if steep == steep else relative, relative, i))
    if not weights:
        return []
    i = max(weights)[2]
    first, last = found.face[i]
    if claim.integer[i]:
        middle = near_middle(found.face[i], Fraction(0), whole=True)
        sides = [(first, middle), (middle + 1, last)]
        shares = [(b - a + 1) / (last - first + 1) for a, b in sides]
    else:
        middle = near_middle(found.face[i], Fraction(1, 4))
        sides = [(first, middle), (middle, last)]
        shares = [(b - a) / (last - first) for a, b in sides]
    return [
        _Box(_with(box.region, i, side), _with(found.face, i, side), box.share * share, box.depth + 1)
        for side, share in zip(sides, shares, strict=True)
    ]


def _with(box: Ends, i: int, side: tuple[Fraction, Fraction]) -> Ends:
    return (*box[:i], side, *box[i + 1 :])


def _equation(claim: Claim, most: int, bits: int) -> Verdict:
    """An equation: by algebra, or refuted at one of the middles of a few hundred boxes."""
    if claim.vanishes(bits):
        return Verdict("certified", None, arb(0), 0, reason="algebra brings the difference to 0")
    queue = deque([_Box(claim.box, claim.box, Fraction(1), 0)])
    looked = 0
    while queue and looked < min(most, 256):
        box = queue.popleft()
        looked += 1
        point = claim.middle(box.face)
        if claim.sign_at(point, bits) in (1, -1):
            return _counterexample(claim, point, bits, looked)
        queue.extend(_split(claim, box, Bound(None, None, box.face, [])))
    whole = dict(zip(claim.symbols, claim.box, strict=True))
    why = "algebra does not bring the difference to 0, and no point was found where it is not"
    return Verdict("undecided", None, None, looked, 1.0, (whole,), why)
