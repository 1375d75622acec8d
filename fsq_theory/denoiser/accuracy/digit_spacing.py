"""Product codebooks with the levels of every digit where they are best for that digit's prior."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ...codebooks.array_codebook import ArrayCodebook
from ...codebooks.codebook import Codebook
from ...codebooks.product_codebook import ProductCodebook
from ...codebooks.spec import as_codebook
from ...errors import InputError
from .spacing import Spacing, optimal_spacing


@dataclass(frozen=True)
class DigitSpacing:
    """A product codebook with every digit's levels at their best for its prior.

    Attributes:
        codebook: the new product.
        digits: the spacing of each factor.
        accuracy: its MAP accuracy.
        log_error: log(1 − A).
        accuracy_before: that of the product as it was given.
        log_error_before: log(1 − A) of that.
    """

    codebook: ProductCodebook
    digits: tuple[Spacing, ...]
    accuracy: float
    log_error: float
    accuracy_before: float
    log_error_before: float

    @property
    def gain(self) -> float:
        """A after minus A before, subtracted in whichever of A and 1 − A is less."""
        if self.log_error_before > -1:
            return self.accuracy - self.accuracy_before
        return math.exp(self.log_error_before) - math.exp(self.log_error)


def optimal_digit_spacing(codebook: Codebook | str, r: float) -> DigitSpacing:
    """The product of one-dimensional codes with each digit's levels moved, within their span, to their best places.

    Digits are decided independently under a product prior and A is the product of theirs, so that this is the best
    product in the box of the given levels with its tokens in the given order.

    Args:
        codebook: a product of one-dimensional codebooks, or its spec, as
            ``fsq:8,5,5,5+histogram:tokens.npy,independent=true``.
        r: amplitude ratio α/σ, ≥ 0.

    Raises:
        InputError: for another codebook or a bad r.
    """
    from .accuracy import accuracy

    book = as_codebook(codebook)
    if isinstance(book, ArrayCodebook) and book.n == 1:
        book = ProductCodebook([book], book.name)
    if not isinstance(book, ProductCodebook) or any(factor.n != 1 for factor, _ in book.groups):
        raise InputError(
            f"{book.name} is no product of one-dimensional codes: expected one, as fsq:8,5,5,5 (a histogram keeps it"
            " one with independent=true)"
        )
    found = {}
    for factor in dict.fromkeys(book.factors):
        column = factor.points[:, 0]
        ascending = np.argsort(column)
        spacing = optimal_spacing(factor.prior[ascending], r, box=(float(column.min()), float(column.max())))
        moved = np.empty(len(column))
        moved[ascending] = spacing.levels
        prior = None if factor.is_uniform else factor.prior
        found[factor] = spacing, ArrayCodebook(moved[:, None], prior, f"{factor.name} spaced")
    made = ProductCodebook([found[factor][1] for factor in book.factors], f"{book.name}, spaced for r = {r:g}")
    after, before = accuracy(made, r), accuracy(book, r)
    return DigitSpacing(
        codebook=made,
        digits=tuple(found[factor][0] for factor in book.factors),
        accuracy=float(after.value),
        log_error=float(after.log_error),
        accuracy_before=float(before.value),
        log_error_before=float(before.log_error),
    )
