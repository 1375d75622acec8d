"""Diffusion on FSQ tokens generates a toy distribution better than on perturbed FSQ (an experiment of [P26]).

Statement.  As we understand it: trained on a toy distribution of tokens, diffusion generates with a log-KL of −9.55
on base-2 FSQ against −8.68 on the same codebook perturbed, and of −7.16 against −6.72 in base 3.

Assumptions.  The settings are not known to us: the toy distribution, the number of tokens and dimensions, the size of
the perturbation, the network and its training, the sampler and its steps, and how the KL was estimated.

Remarks.  The perturbed codebook is a transform here, ``+perturb:STD``: noise on each code, clipped to the box.
"""

from __future__ import annotations

CLAIM = "toy-generation"
SOURCE = "P26, experiment on generation of a toy distribution, as we understand it"
CONCLUDES = "open"
NEEDS = (
    "The settings of the experiment, from the paper or its code; then training of a denoiser on FSQ and on perturbed "
    "FSQ with several seeds, and the KL of what each samples, with its standard error."
)
