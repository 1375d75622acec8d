"""A codebook as independent parts of a sampler: the factors of a product, each in as few dimensions as it spans."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..arrays import Array
from ..codebooks.array_codebook import ArrayCodebook
from ..codebooks.codebook import Codebook
from ..codebooks.product_codebook import ProductCodebook
from ..codebooks.recognition import as_product, product_tokens
from ..codebooks.span import affine_coordinates

LISTED = 2**20
"""Laws of more tokens are left as laws of digits."""

SPANNED = 4096
"""Codes of more tokens are taken as they are: few have so small a span, and one-hot codes need not be listed."""


@dataclass(frozen=True)
class Parts:
    """Independent parts.

    Attributes:
        groups: the distinct parts.
        members: which of them each digit is, in order.
        is_product: whether there are digits.
        tokens: the token in grid order of each of the codebook's tokens; None where they are the same.
    """

    groups: tuple[Codebook, ...]
    members: tuple[int, ...]
    is_product: bool
    tokens: NDArray[np.int64] | None = None

    def counts(self) -> list[int]:
        """How many digits have the law of each distinct part."""
        return [self.members.count(i) for i in range(len(self.groups))]

    def listed(self, laws: list[Array]) -> Array:
        """The law of the tokens, shape (K,), of independent digits with these laws, one a distinct part."""
        law = np.ones(1)
        for member in self.members:
            law = np.multiply.outer(laws[member], law).ravel()
        return law if self.tokens is None else law[self.tokens]


def sampler_parts(codebook: Codebook, together: bool) -> Parts:
    """The parts of a codebook; ``together`` keeps it whole, in the coordinates that it has."""
    if together:
        return Parts((codebook,), (0,), False)
    product = as_product(codebook)
    if product is None:
        whole = codebook
        while isinstance(whole, ProductCodebook):
            whole = whole.factors[0]
        return Parts((_spanned(whole),), (0,), False)
    groups = [group for group, _ in product.groups]
    places = {id(group): i for i, group in enumerate(groups)}
    members = [places.get(id(f), -1) for f in product.factors]
    members = [m if m >= 0 else _alike(f, groups) for m, f in zip(members, product.factors, strict=True)]
    tokens = None if isinstance(codebook, ProductCodebook) else product_tokens(codebook, product)
    return Parts(tuple(_spanned(group) for group in groups), tuple(members), True, tokens)


def _alike(factor: Codebook, groups: list[Codebook]) -> int:
    """The group of a factor that is equal to its first member without being the same object."""
    return next(i for i, group in enumerate(groups) if ProductCodebook([factor, group]).groups[0][1] == 2)


def _spanned(codebook: Codebook) -> Codebook:
    """The codes projected on a line or plane that they lie in: the state at right angles to it changes no posterior."""
    if codebook.n <= 2 or codebook.K > SPANNED:
        return codebook
    points = codebook.points
    along = affine_coordinates(points)
    if along is None:
        return codebook
    # Coordinates relative to the origin, from which paths start, and not to the first code.
    axes = np.linalg.lstsq(along, points - points[0], rcond=None)[0]
    prior = None if codebook.is_uniform else codebook.prior
    return ArrayCodebook(along + axes @ points[0], prior, codebook.name)
