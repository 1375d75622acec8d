"""Codebook geometries: what a codebook is, the families that have names, transforms, and the spec grammar.

The functions ``codebook`` (a spec to a codebook) and ``geometry`` share their names with modules here; they are
exported by :mod:`fsq_theory`.
"""

from .array_codebook import ArrayCodebook as ArrayCodebook
from .codebook import Codebook as Codebook
from .files import load_codebook as load_codebook
from .files import load_prior as load_prior
from .fsq import bits as bits
from .fsq import fsq as fsq
from .histogram import digit_histograms as digit_histograms
from .histogram import token_histogram as token_histogram
from .histogram import total_correlation as total_correlation
from .histogram import with_histogram as with_histogram
from .presets import preset_names as preset_names
from .product_codebook import ProductCodebook as ProductCodebook
from .regular import BiorthogonalCodebook as BiorthogonalCodebook
from .regular import OneHotCodebook as OneHotCodebook
from .regular import PskCodebook as PskCodebook
from .regular import SimplexCodebook as SimplexCodebook
from .spec import spec_grammar as spec_grammar
from .transforms import center as center
from .transforms import normalize as normalize
from .transforms import permute as permute
from .transforms import perturb as perturb
from .transforms import scale as scale
from .transforms import stagger as stagger
from .transforms import swap_origin as swap_origin
from .transforms import zipf_prior as zipf_prior
