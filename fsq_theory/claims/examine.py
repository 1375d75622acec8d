"""Trying to break a user's claim, and what that came to."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from ..errors import InputError, TooLargeError
from ..seeds import check_seed
from .branches import BOXES, Branches, whole_domain
from .comparison import Comparison, compare
from .confirm import (
    SUSPICION,
    Finding,
    certify,
    closeness,
    decided,
    look_again,
    seems_to_fail,
    sides_text,
    ties,
    unit,
)
from .measured import Measurer, measure
from .moves import Point
from .outcome import Outcome
from .paste import pasted
from .point_text import point_text
from .search import Trail, hypothesis_search
from .shrink import shrunk
from .statement import Claim
from .status import Status, earned
from .step import Step
from .variables import Codebooks, Priors, Real

TRIES = 4000

LOOKED_AT_AGAIN = 3
"""Points that seem to fail without being certified that are measured again, the worst first."""

CAREFUL_LOOKS = 15
"""Steps of shrinking where each look costs many samples."""


def examine(
    claim: Claim,
    seed: int = 0,
    tries: int | None = None,
    boxes: int | None = None,
    note: Callable[[str], None] | None = None,
) -> Outcome:
    """Search for a counterexample, confirm what was found, and shrink it; certify where balls can.

    A claim that balls can decide on its whole domain is given to them first (branch and bound).  What they leave open
    is searched by Hypothesis, then by gradient ascent from many starts, or without derivatives where a user's function
    has none.  ``refuted`` is earned only by a counterexample in ball arithmetic, ``certified`` only by balls that cover
    the domain; a failure seen in numbers alone leaves the claim ``open``.

    Args:
        claim: the claim.
        seed: of all searches; equal seeds and counts give equal outcomes.
        tries: most points that Hypothesis looks at; starts of the ascents go with it.
        boxes: most boxes of branch and bound.
        note: is told what is being done.

    Raises:
        InputError: for a bad argument, or if a user's function fails or is NaN somewhere, naming the point.
    """
    check_seed(seed)
    for name, count in (("tries", tries), ("boxes", boxes)):
        if count is not None and count < 1:
            raise InputError(f"{name} = {count}: expected at least 1")
    started = time.monotonic()
    work = _Examination(claim, compare(claim), seed, tries or TRIES, boxes or BOXES, note or (lambda text: None))
    status, evidence, counterexample = work.run()
    seconds = time.monotonic() - started
    said = [claim.formula(), *(variable.described() for variable in claim.where)]
    return Outcome(
        claim.name,
        claim.title,
        status,
        claim.expected,
        evidence,
        seconds,
        counterexample=counterexample,
        said=said,
        formula=claim.latex(),
    )


@dataclass
class _Examination:
    """One examination while it goes on."""

    claim: Claim
    comparison: Comparison
    seed: int
    tries: int
    boxes: int
    note: Callable[[str], None]
    trail: Trail = field(default_factory=Trail)
    done: list[str] = field(default_factory=list)
    by: str = ""

    def run(self) -> tuple[Status, list[str], str | None]:
        """Status, evidence, and the counterexample's text."""
        whole = whole_domain(self.claim, self.comparison, self.boxes, self.note)
        if whole is not None and whole.certified:
            step = Step("domain", self.claim.title, True, "step", "balls")
            return earned("certified", [step]), [whole.evidence], None
        found = self._from_branches(whole) or self._search() or self._exact_tie()
        if found is not None:
            found = self._smaller(found)
            return self._broken(found)
        lines = self._summary()
        if self.trail.touching is not None:
            where = point_text(self.trail.touching, self.claim.where)
            lines.insert(0, f"both sides agree to rounding, which a strict claim does not allow: {where}")
        if not self.trail.tried or self.trail.touching is not None:
            return "open", lines, None
        step = Step("search", self.claim.title, True, "search", "numbers")
        return earned("supported", [step]), lines, None

    def _from_branches(self, whole: Branches | None) -> Finding | None:
        if whole is None:
            return None
        self.done.append(whole.evidence)
        if whole.point is None:
            return None
        margin = measure(self.comparison.margin, whole.point, Measurer(self.seed))
        sides = sides_text(self.comparison, whole.point)
        if decided(self.comparison, whole.point) is None:
            sides += "; the two are equal, by exact algebra"
        return Finding(whole.point, True, margin, whole.evidence, sides)

    def _search(self) -> Finding | None:
        """The first certain failure, or else the worst that careful numbers confirm."""
        if not self.claim.where:
            self.trail.see(self.comparison, {}, measure(self.comparison.margin, {}, Measurer(self.seed)))
            return None
        for search in (self._by_hypothesis, self._by_ascent):
            search()
            if self.trail.failing is not None:
                point, margin, ball = self.trail.failing
                return Finding(point, True, margin, self.by, ball)
        self.note("looking again at the closest points")
        confirmed: list[Finding] = []
        for _, point in self.trail.suspects[:LOOKED_AT_AGAIN]:
            finding = look_again(self.comparison, point, "search", self.seed)
            if finding is not None:
                confirmed.append(finding)
            if finding is not None and finding.certified:
                return finding
        return max(confirmed, key=lambda f: f.deviations, default=None)

    def _exact_tie(self) -> Finding | None:
        """Where both sides of a strict claim touch, if balls say that they are the same number."""
        point = self.trail.touching
        if point is None or not ties(self.comparison, point):
            return None
        margin = measure(self.comparison.margin, point, Measurer(self.seed))
        return Finding(point, True, margin, "a tie, which balls confirm", sides_text(self.comparison, point))

    def _by_hypothesis(self) -> None:
        self.note(f"Hypothesis: up to {self.tries} points")
        found = hypothesis_search(self.comparison, self.claim.where, self.seed, self.tries)
        self._join(found)
        self.by = f"Hypothesis among {found.tried} points"
        self.done.append(f"Hypothesis: {found.tried} points")

    def _by_ascent(self) -> None:
        from .ascent import can_ascend, discrete_choices

        if not any(isinstance(v, Real | Codebooks | Priors) for v in self.claim.where):
            return
        choices = discrete_choices(self.claim.where, self.seed)
        if can_ascend(self.comparison, self.claim.where):
            self._by_gradient(choices)
        else:
            self._without_derivatives(choices)

    def _by_gradient(self, choices: list[Point]) -> None:
        from .ascent import STARTS, ascend
        from .differentiable import NotTraced

        starts = max(2, min(STARTS, self.tries // 100))
        count, reasons = 0, set()
        for choice in choices:
            self.note(f"gradient ascent {point_text(choice) if choice else ''}".rstrip())
            try:
                for point in ascend(self.comparison, self.claim.where, choice, self.seed, starts):
                    count += 1
                    if self._see(point):
                        self.by = f"gradient ascent from start {count}"
                        return
            except (NotTraced, TooLargeError) as reason:
                reasons.add(str(reason))
        self.done.append(f"gradient ascent: {count} starts" + (f" ({'; '.join(sorted(reasons))})" if reasons else ""))

    def _without_derivatives(self, choices: list[Point]) -> None:
        from .derivative_free import Enough, maximise

        count = 0

        def near(point: Point) -> float:
            nonlocal count
            count += 1
            margin = measure(self.comparison.margin, point, Measurer(self.seed))
            if self.trail.see(self.comparison, point, margin):
                raise Enough
            return closeness(self.comparison, margin)

        for choice in choices:
            self.note(f"search without derivatives {point_text(choice) if choice else ''}".rstrip())
            maximise(near, self.claim.where, choice, self.seed, max(20, self.tries // len(choices)))
            if self.trail.failing is not None:
                self.by = f"search without derivatives after {count} points"
                return
        self.done.append(f"search without derivatives: {count} points")

    def _see(self, point: Point) -> bool:
        return self.trail.see(self.comparison, point, measure(self.comparison.margin, point, Measurer(self.seed)))

    def _join(self, other: Trail) -> None:
        self.trail.tried += other.tried
        self.trail.undefined += other.undefined
        self.trail.failing, self.trail.touching = other.failing, other.touching
        self.trail.suspects += other.suspects
        if other.closest > self.trail.closest:
            self.trail.closest, self.trail.closest_at = other.closest, other.closest_at

    def _smaller(self, found: Finding) -> Finding:
        """The finding after shrinking, of the same kind: certified stays certified."""
        self.note("shrinking the counterexample")

        def still(point: Point) -> bool:
            if found.certified:
                margin = measure(self.comparison.margin, point, Measurer(self.seed))
                return certify(self.comparison, point, margin) is not None
            return look_again(self.comparison, point, found.found_by, self.seed) is not None

        if found.certified:
            point = shrunk(found.point, self.claim.where, still)
        else:
            point = shrunk(found.point, self.claim.where, still, CAREFUL_LOOKS)
        again = look_again(self.comparison, point, found.found_by, self.seed)
        return found if again is None or again.certified != found.certified else again

    def _broken(self, found: Finding) -> tuple[Status, list[str], str | None]:
        text = pasted(self.claim, found.point)
        where = point_text(found.point, self.claim.where)
        if not found.certified:
            error = f"{found.margin.error:.2g}"
            by = (
                f"{found.deviations:.1f} standard errors, fresh samples" if found.deviations < 1e6 else "floating point"
            )
            line = f"seems to fail by {found.margin.value:.3g} ± {error} ({by}), not certified: {where}"
            return "open", [line, *self._summary()], text
        lines = [
            f"certified counterexample: {where}",
            f"in ball arithmetic there: {found.enclosure}",
            f"found by {found.found_by}, then shrunk",
        ]
        step = Step("counterexample", self.claim.title, True, "counterexample", "balls")
        return earned("refuted", [step]), lines, text

    def _summary(self) -> list[str]:
        lines = list(self.done)
        if self.trail.undefined:
            lines.append(f"not defined at {self.trail.undefined} points, which were passed over")
        if self.trail.closest_at is not None:
            point, margin = self.trail.closest_at
            scale = unit(self.comparison, margin)
            what = "logarithms of the errors differ by" if self.comparison.logarithmic else "relative to the terms"
            near = f"{margin.value / scale:.3g} ± {margin.error / scale:.1g}"
            held = decided(self.comparison, point) if seems_to_fail(self.comparison, margin, SUSPICION) else None
            where = point_text(point, self.claim.where) + (", where balls show that it holds" if held else "")
            lines.append(f"closest approach to failure, {what} {near} at {where}")
        return lines
