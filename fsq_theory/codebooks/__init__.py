"""Codebook geometries: what a codebook is, the families that have names, transforms, and the spec grammar."""

from .codebook import ArrayCodebook as ArrayCodebook
from .codebook import Codebook as Codebook
from .codebook import ProductCodebook as ProductCodebook
from .fsq import bits as bits
from .fsq import fsq as fsq
from .regular import BiorthogonalCodebook as BiorthogonalCodebook
from .regular import OneHotCodebook as OneHotCodebook
from .regular import PskCodebook as PskCodebook
from .regular import SimplexCodebook as SimplexCodebook
