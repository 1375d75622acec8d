"""Numbers written in base m, each digit one-hot on a sphere: the geometry of Riemannian diffusion language models."""

from __future__ import annotations

from ..errors import InputError
from .product_codebook import ProductCodebook
from .regular import OneHotCodebook


def digit_codebook(base: int, digits: int, name: str | None = None) -> ProductCodebook:
    """e_k = (u_{d_1}, …, u_{d_D}), d the digits of k in base m: K = m^D tokens in n = mD dimensions, lazy.

    Every digit is one-hot in R^m, a point of its own unit sphere, so the codebook is a product of D equal factors.  The
    first digit is the least significant.  Uniform prior.

    Args:
        base: m, at least 2.
        digits: D, at least 1.
        name: how tables call it.

    Raises:
        InputError: for a base below 2 or no digits.
    """
    if base < 2:
        raise InputError(f"base {base}: expected at least 2")
    if digits < 1:
        raise InputError(f"{digits} digits: expected at least 1")
    digit = OneHotCodebook(base)
    return ProductCodebook([digit] * digits, name or f"digits:{base},{digits}")
