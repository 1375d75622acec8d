"""Random codebooks in the box never exceed FSQ's mean nearest-neighbour distance (an experiment of [P26]).

Statement.  As we understand it: of 10 000 codebooks drawn at random with ‖e‖_∞ ≤ 1, as many tokens as FSQ has, none
has a larger D(E) = (1/K) Σ_k min_{j≠k} ‖e_k − e_j‖ than FSQ: in base 2 for n = 2, 3, 4 and 8, and in base 3.

Assumptions.  ‖e‖_∞ ≤ 1.  The law of the draws is not known to us for certain; vectors scaled to ‖e‖_∞ = 1 reproduce
another number of the paper's (derivations/accuracy_random.py).

Remarks.  An experiment can agree with this without FSQ being a maximiser: for n ≥ 5 it is none, by a codebook that
differs from it in one token (derivations/nn_distance_global_fails.py), which random draws practically never come
near.
"""

from __future__ import annotations

CLAIM = "nn-distance-random"
SOURCE = "P26, experiment on D(E) of random codebooks, as we understand it"
CONCLUDES = "open"
NEEDS = (
    "The experiment: 10 000 codebooks of law linf for each base and dimension, the largest D(E) of each beside FSQ's, "
    "the seed, and the number of draws above FSQ."
)
