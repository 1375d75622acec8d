"""What a model of the tokens is: predicted probabilities q(k|y, r), and so the denoiser D = Σ_k q_k e_k.

A predictor is any callable ``predictor(y, r) -> q``: y of shape (S, n) are observations of the channel Y = r e_k + ε
with ε ~ N(0, I), that is X_t/σ_t of a diffusion at r = α_t/σ_t; r is a number; q of shape (S, K) are probabilities, not
logits.  NumPy and JAX callables both serve.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import jax
import numpy as np
from jax.typing import ArrayLike

from ..arrays import Array
from ..codebooks.codebook import Codebook
from ..errors import InputError


class Predictor(Protocol):
    """``predictor(y, r) -> q``: observations (S, n) of r e_k + ε and the ratio r to probabilities (S, K)."""

    def __call__(self, y: Any, r: Any, /) -> Any:
        """The predicted probabilities, shape (S, K)."""


@dataclass(frozen=True)
class BuiltinPredictor:
    """A predictor made here.

    Attributes:
        name: how tables call it, as the command line writes it.
        codebook: the codes that it predicts.
        probabilities: the callable; it lists the tokens.
        correction: (y, r) → D(y) − x̂_0(y), shape (S, n), where it needs less than all of q; None elsewhere.
        odds: (τ, s) where the log-odds of two tokens are those of the posterior over τ plus noise of variance 2s², so
            that D is as near to x̂_0 as the codes between which they are undecided; None elsewhere.
    """

    name: str
    codebook: Codebook
    probabilities: Callable[[ArrayLike, ArrayLike], jax.Array] = field(repr=False)
    correction: Callable[[ArrayLike, ArrayLike], jax.Array] | None = field(repr=False, default=None)
    odds: tuple[float, float] | None = None

    def __call__(self, y: ArrayLike, r: ArrayLike, /) -> jax.Array:
        """q(k|y, r), shape (S, K)."""
        return self.probabilities(y, r)


SUM_TOLERANCE = {"float64": 1e-9, "float32": 1e-4, "float16": 1e-2, "bfloat16": 1e-2}
"""How far a row of probabilities may be from 1, by dtype: sums of many float32 round to about 1e-5."""


def check_probabilities(q: Any, samples: int, tokens: int) -> Array:
    """Probabilities as float64 of shape (S, K), each row divided by its sum.

    Raises:
        InputError: for another shape, or naming the first row that is not finite, has a negative entry, or does not sum
            to 1.
    """
    try:
        given = np.asarray(q)
    except ValueError:
        raise InputError(f"predictor: rows of different lengths: expected shape ({samples}, {tokens})") from None
    if given.shape != (samples, tokens):
        raise InputError(f"predictor: probabilities of shape {given.shape}: expected ({samples}, {tokens})")
    if given.dtype.kind not in "biuf" and str(given.dtype) not in SUM_TOLERANCE:
        raise InputError(f"predictor: probabilities of type {given.dtype}: expected floating-point numbers")
    rows = given.astype(np.float64)
    total = rows.sum(axis=1)
    lowest = rows.min(axis=1)
    tolerance = SUM_TOLERANCE.get(str(given.dtype), 1e-9)
    wrong = np.flatnonzero(~((lowest >= 0) & (np.abs(total - 1) <= tolerance)))
    if len(wrong):
        row = int(wrong[0])
        if not np.all(np.isfinite(rows[row])):
            what = "has an entry that is not finite"
        elif lowest[row] < 0:
            what = f"has the entry {lowest[row]:g}"
        else:
            what = f"sums to {total[row]:.10g}"
        raise InputError(f"predictor: row {row} {what}: expected probabilities that sum to 1, not logits")
    return np.asarray(rows / total[:, None], dtype=np.float64)
