"""The variance of the codes, Σ_k π_k ‖e_k − E e‖², without listing them where that can be."""

from __future__ import annotations

from .codebook import Codebook

CANCELLED = 1e-3
"""Share of the energy below which the variance is not taken from the difference of energy and squared mean."""


def code_variance(codebook: Codebook) -> float:
    """E‖e‖² − ‖E e‖² under the prior, in units of codes squared; relative error at most 1e-12.

    Raises:
        TooLargeError: for codes far from the origin that would have to be listed and are too many.
    """
    energy = codebook.energy
    variance = energy - float(codebook.mean @ codebook.mean)
    return variance if variance > CANCELLED * energy else codebook.centred().energy
