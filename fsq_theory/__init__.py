"""fsq_theory: which codebook geometry is best for continuous diffusion over discrete tokens, and what can be proved?

Names load on first use, so that ``import fsq_theory`` is quick, starts no JAX machinery and changes no JAX setting.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from .codebooks.codebook import ArrayCodebook as ArrayCodebook
    from .codebooks.codebook import Codebook as Codebook
    from .codebooks.codebook import ProductCodebook as ProductCodebook
    from .codebooks.fsq import bits as bits
    from .codebooks.fsq import fsq as fsq
    from .errors import InputError as InputError
    from .errors import TooLargeError as TooLargeError

_HOMES = {
    "ArrayCodebook": "codebooks.codebook",
    "Codebook": "codebooks.codebook",
    "ProductCodebook": "codebooks.codebook",
    "bits": "codebooks.fsq",
    "fsq": "codebooks.fsq",
    "InputError": "errors",
    "TooLargeError": "errors",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'fsq_theory' has no attribute {name!r}")
    value = getattr(importlib.import_module("." + _HOMES[name], __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
