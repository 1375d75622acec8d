"""fsq_theory: which codebook geometry is best for continuous diffusion over discrete tokens, and what can be proved?

Names load on first use, so that ``import fsq_theory`` is quick, starts no JAX machinery and changes no JAX setting.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from .balls.enclosure import Enclosure as Enclosure
    from .certificates.phases import phase_table as phase_table
    from .claims.derivation import Derivation as Derivation
    from .claims.ledger import ledger as ledger
    from .claims.outcome import Outcome as Outcome
    from .claims.runner import verify as verify
    from .codebooks.array_codebook import ArrayCodebook as ArrayCodebook
    from .codebooks.codebook import Codebook as Codebook
    from .codebooks.construction_a import construction_a as construction_a
    from .codebooks.construction_a import hamming8 as hamming8
    from .codebooks.digits import digit_codebook as digit_codebook
    from .codebooks.distance_distribution import distance_distribution as distance_distribution
    from .codebooks.distances import DistanceStatistics as DistanceStatistics
    from .codebooks.distances import distance_statistics as distance_statistics
    from .codebooks.distances import nearest_distances as nearest_distances
    from .codebooks.fsq import bits as bits
    from .codebooks.fsq import fsq as fsq
    from .codebooks.geometry import Geometry as Geometry
    from .codebooks.geometry import geometry as geometry
    from .codebooks.histogram import digit_histograms as digit_histograms
    from .codebooks.histogram import token_histogram as token_histogram
    from .codebooks.histogram import total_correlation as total_correlation
    from .codebooks.histogram import with_histogram as with_histogram
    from .codebooks.lattice_families import LatticeConstants as LatticeConstants
    from .codebooks.lattices import lattice_codebook as lattice_codebook
    from .codebooks.lattices import lattice_constants as lattice_constants
    from .codebooks.mean_width import mean_width as mean_width
    from .codebooks.presets import preset_names as preset_names
    from .codebooks.prior_entropy import prior_entropy as prior_entropy
    from .codebooks.product_codebook import ProductCodebook as ProductCodebook
    from .codebooks.random_codes import random_codebook as random_codebook
    from .codebooks.recognition import as_product as as_product
    from .codebooks.spec import codebook as codebook
    from .codebooks.spec import spec_grammar as spec_grammar
    from .codebooks.spherical import spherical_codebook as spherical_codebook
    from .codebooks.vq import rvq_codebook as rvq_codebook
    from .codebooks.vq import vq_codebook as vq_codebook
    from .denoiser.accuracy.accuracy import accuracy as accuracy
    from .denoiser.accuracy.bounds import ErrorBounds as ErrorBounds
    from .denoiser.accuracy.bounds import error_bounds as error_bounds
    from .denoiser.accuracy.by_token import TokenAccuracy as TokenAccuracy
    from .denoiser.accuracy.by_token import token_accuracy as token_accuracy
    from .denoiser.accuracy.certified import certified_error as certified_error
    from .denoiser.accuracy.certified_bounds import CertifiedBounds as CertifiedBounds
    from .denoiser.accuracy.certified_bounds import certified_bounds as certified_bounds
    from .denoiser.accuracy.certified_compare import CertifiedComparison as CertifiedComparison
    from .denoiser.accuracy.certified_compare import more_accurate as more_accurate
    from .denoiser.accuracy.certified_limits import CertifiedLimits as CertifiedLimits
    from .denoiser.accuracy.certified_limits import certified_limits as certified_limits
    from .denoiser.accuracy.certified_record import CertifiedError as CertifiedError
    from .denoiser.accuracy.compare import AccuracyGap as AccuracyGap
    from .denoiser.accuracy.compare import accuracy_gap as accuracy_gap
    from .denoiser.accuracy.digit_spacing import DigitSpacing as DigitSpacing
    from .denoiser.accuracy.digit_spacing import optimal_digit_spacing as optimal_digit_spacing
    from .denoiser.accuracy.limits import AccuracyLimits as AccuracyLimits
    from .denoiser.accuracy.limits import accuracy_limits as accuracy_limits
    from .denoiser.accuracy.record import Accuracy as Accuracy
    from .denoiser.accuracy.spacing import Spacing as Spacing
    from .denoiser.accuracy.spacing import optimal_spacing as optimal_spacing
    from .denoiser.accuracy.traced import log_error as log_error
    from .denoiser.decision_table import decision_table as decision_table
    from .denoiser.information.by_token import TokenInformation as TokenInformation
    from .denoiser.information.by_token import token_information as token_information
    from .denoiser.information.capacity import ChannelCapacity as ChannelCapacity
    from .denoiser.information.capacity import channel_capacity as channel_capacity
    from .denoiser.information.certified import CertifiedInformation as CertifiedInformation
    from .denoiser.information.certified import certified_information as certified_information
    from .denoiser.information.certified_capacity import CertifiedCapacity as CertifiedCapacity
    from .denoiser.information.certified_capacity import certified_channel_capacity as certified_channel_capacity
    from .denoiser.information.information import information as information
    from .denoiser.information.record import Information as Information
    from .denoiser.posterior import decide as decide
    from .denoiser.posterior import decide_digits as decide_digits
    from .denoiser.posterior import denoise as denoise
    from .denoiser.posterior import digit_log_posteriors as digit_log_posteriors
    from .denoiser.posterior import log_density as log_density
    from .denoiser.posterior import log_posterior as log_posterior
    from .denoiser.posterior import posterior as posterior
    from .denoiser.posterior import score as score
    from .denoiser.predictor import Predictor as Predictor
    from .denoiser.predictor_spec import predictor as predictor
    from .denoiser.predictors import confusion as confusion
    from .denoiser.predictors import label_smoothing as label_smoothing
    from .denoiser.predictors import logit_noise as logit_noise
    from .denoiser.predictors import temperature as temperature
    from .denoiser.stiffness import Stiffness as Stiffness
    from .denoiser.stiffness import stiffest as stiffest
    from .denoiser.stiffness import stiffness as stiffness
    from .denoiser.temperature import denoise_with_temperature as denoise_with_temperature
    from .denoiser.window import DecisionWindow as DecisionWindow
    from .denoiser.window import decision_window as decision_window
    from .errors import InputError as InputError
    from .errors import TooLargeError as TooLargeError
    from .paths.bridge import bridge_moments as bridge_moments
    from .paths.bridge import sample_bridge as sample_bridge
    from .paths.certified_path_kl import CertifiedPathKL as CertifiedPathKL
    from .paths.certified_path_kl import certified_path_kl as certified_path_kl
    from .paths.girsanov import GirsanovEstimate as GirsanovEstimate
    from .paths.girsanov import girsanov as girsanov
    from .paths.model_comparison import ModelCost as ModelCost
    from .paths.model_comparison import compare_models as compare_models
    from .paths.model_kl import ModelPathKL as ModelPathKL
    from .paths.model_kl import model_path_kl as model_path_kl
    from .paths.path_kl import PathKL as PathKL
    from .paths.path_kl import path_kl as path_kl
    from .paths.prior_kl import PriorKL as PriorKL
    from .paths.prior_kl import prior_kl as prior_kl
    from .paths.token_girsanov import TokenGirsanov as TokenGirsanov
    from .paths.token_girsanov import token_girsanov as token_girsanov
    from .paths.token_path_kl import TokenPathKL as TokenPathKL
    from .paths.token_path_kl import token_path_kl as token_path_kl
    from .samplers.certified_grid_kl import CertifiedSamplerKL as CertifiedSamplerKL
    from .samplers.certified_grid_kl import certified_sampler_kl as certified_sampler_kl
    from .samplers.compare_grids import GridComparison as GridComparison
    from .samplers.compare_grids import compare_grids as compare_grids
    from .samplers.curve import MmseCurve as MmseCurve
    from .samplers.grid_kl import SamplerKL as SamplerKL
    from .samplers.grid_kl import sampler_kl as sampler_kl
    from .samplers.mmse_curve import mmse_curve as mmse_curve
    from .samplers.named_grids import NamedGrid as NamedGrid
    from .samplers.named_grids import named_grid as named_grid
    from .samplers.named_grids import schedule_grid as schedule_grid
    from .samplers.optimal_grid import optimal_grid as optimal_grid
    from .samplers.probability_flow import ProbabilityFlow as ProbabilityFlow
    from .samplers.probability_flow import probability_flow as probability_flow
    from .samplers.steps import StepsForKL as StepsForKL
    from .samplers.steps import steps_for_kl as steps_for_kl
    from .samplers.token_law import TokenLaw as TokenLaw
    from .samplers.tokens import sampled_tokens as sampled_tokens
    from .schedules.certified import certified_snr as certified_snr
    from .schedules.record import Schedule as Schedule
    from .schedules.spec import schedule as schedule

_HOMES = {
    "Enclosure": "balls.enclosure",
    "phase_table": "certificates.phases",
    "Derivation": "claims.derivation",
    "ledger": "claims.ledger",
    "Outcome": "claims.outcome",
    "verify": "claims.runner",
    "ArrayCodebook": "codebooks.array_codebook",
    "Codebook": "codebooks.codebook",
    "construction_a": "codebooks.construction_a",
    "hamming8": "codebooks.construction_a",
    "digit_codebook": "codebooks.digits",
    "distance_distribution": "codebooks.distance_distribution",
    "DistanceStatistics": "codebooks.distances",
    "distance_statistics": "codebooks.distances",
    "nearest_distances": "codebooks.distances",
    "bits": "codebooks.fsq",
    "fsq": "codebooks.fsq",
    "Geometry": "codebooks.geometry",
    "geometry": "codebooks.geometry",
    "digit_histograms": "codebooks.histogram",
    "token_histogram": "codebooks.histogram",
    "total_correlation": "codebooks.histogram",
    "with_histogram": "codebooks.histogram",
    "LatticeConstants": "codebooks.lattice_families",
    "lattice_codebook": "codebooks.lattices",
    "lattice_constants": "codebooks.lattices",
    "mean_width": "codebooks.mean_width",
    "preset_names": "codebooks.presets",
    "prior_entropy": "codebooks.prior_entropy",
    "ProductCodebook": "codebooks.product_codebook",
    "random_codebook": "codebooks.random_codes",
    "as_product": "codebooks.recognition",
    "codebook": "codebooks.spec",
    "spec_grammar": "codebooks.spec",
    "spherical_codebook": "codebooks.spherical",
    "rvq_codebook": "codebooks.vq",
    "vq_codebook": "codebooks.vq",
    "accuracy": "denoiser.accuracy.accuracy",
    "ErrorBounds": "denoiser.accuracy.bounds",
    "error_bounds": "denoiser.accuracy.bounds",
    "TokenAccuracy": "denoiser.accuracy.by_token",
    "token_accuracy": "denoiser.accuracy.by_token",
    "certified_error": "denoiser.accuracy.certified",
    "CertifiedBounds": "denoiser.accuracy.certified_bounds",
    "certified_bounds": "denoiser.accuracy.certified_bounds",
    "CertifiedComparison": "denoiser.accuracy.certified_compare",
    "more_accurate": "denoiser.accuracy.certified_compare",
    "CertifiedLimits": "denoiser.accuracy.certified_limits",
    "certified_limits": "denoiser.accuracy.certified_limits",
    "CertifiedError": "denoiser.accuracy.certified_record",
    "AccuracyGap": "denoiser.accuracy.compare",
    "accuracy_gap": "denoiser.accuracy.compare",
    "AccuracyLimits": "denoiser.accuracy.limits",
    "accuracy_limits": "denoiser.accuracy.limits",
    "Accuracy": "denoiser.accuracy.record",
    "DigitSpacing": "denoiser.accuracy.digit_spacing",
    "Spacing": "denoiser.accuracy.spacing",
    "optimal_digit_spacing": "denoiser.accuracy.digit_spacing",
    "optimal_spacing": "denoiser.accuracy.spacing",
    "log_error": "denoiser.accuracy.traced",
    "decision_table": "denoiser.decision_table",
    "TokenInformation": "denoiser.information.by_token",
    "token_information": "denoiser.information.by_token",
    "ChannelCapacity": "denoiser.information.capacity",
    "channel_capacity": "denoiser.information.capacity",
    "CertifiedInformation": "denoiser.information.certified",
    "certified_information": "denoiser.information.certified",
    "CertifiedCapacity": "denoiser.information.certified_capacity",
    "certified_channel_capacity": "denoiser.information.certified_capacity",
    "information": "denoiser.information.information",
    "Information": "denoiser.information.record",
    "decide": "denoiser.posterior",
    "decide_digits": "denoiser.posterior",
    "denoise": "denoiser.posterior",
    "digit_log_posteriors": "denoiser.posterior",
    "log_density": "denoiser.posterior",
    "log_posterior": "denoiser.posterior",
    "posterior": "denoiser.posterior",
    "score": "denoiser.posterior",
    "Predictor": "denoiser.predictor",
    "predictor": "denoiser.predictor_spec",
    "confusion": "denoiser.predictors",
    "label_smoothing": "denoiser.predictors",
    "logit_noise": "denoiser.predictors",
    "temperature": "denoiser.predictors",
    "Stiffness": "denoiser.stiffness",
    "stiffest": "denoiser.stiffness",
    "stiffness": "denoiser.stiffness",
    "denoise_with_temperature": "denoiser.temperature",
    "DecisionWindow": "denoiser.window",
    "decision_window": "denoiser.window",
    "InputError": "errors",
    "TooLargeError": "errors",
    "bridge_moments": "paths.bridge",
    "sample_bridge": "paths.bridge",
    "CertifiedPathKL": "paths.certified_path_kl",
    "certified_path_kl": "paths.certified_path_kl",
    "GirsanovEstimate": "paths.girsanov",
    "girsanov": "paths.girsanov",
    "ModelCost": "paths.model_comparison",
    "compare_models": "paths.model_comparison",
    "ModelPathKL": "paths.model_kl",
    "model_path_kl": "paths.model_kl",
    "PathKL": "paths.path_kl",
    "path_kl": "paths.path_kl",
    "PriorKL": "paths.prior_kl",
    "prior_kl": "paths.prior_kl",
    "TokenGirsanov": "paths.token_girsanov",
    "token_girsanov": "paths.token_girsanov",
    "TokenPathKL": "paths.token_path_kl",
    "token_path_kl": "paths.token_path_kl",
    "CertifiedSamplerKL": "samplers.certified_grid_kl",
    "certified_sampler_kl": "samplers.certified_grid_kl",
    "GridComparison": "samplers.compare_grids",
    "compare_grids": "samplers.compare_grids",
    "MmseCurve": "samplers.curve",
    "SamplerKL": "samplers.grid_kl",
    "sampler_kl": "samplers.grid_kl",
    "mmse_curve": "samplers.mmse_curve",
    "NamedGrid": "samplers.named_grids",
    "named_grid": "samplers.named_grids",
    "schedule_grid": "samplers.named_grids",
    "optimal_grid": "samplers.optimal_grid",
    "ProbabilityFlow": "samplers.probability_flow",
    "probability_flow": "samplers.probability_flow",
    "StepsForKL": "samplers.steps",
    "steps_for_kl": "samplers.steps",
    "TokenLaw": "samplers.token_law",
    "sampled_tokens": "samplers.tokens",
    "certified_snr": "schedules.certified",
    "Schedule": "schedules.record",
    "schedule": "schedules.spec",
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
