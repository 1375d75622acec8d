"""Random codebooks in the box never exceed FSQ's accuracy (an experiment of [P26]).

Statement.  As we understand it: of 10 000 codebooks drawn at random with ‖e‖_∞ ≤ 1, as many tokens as FSQ has, none
has a larger accuracy A than FSQ, in dimensions 2 to 4.  In base 2, n = 2, FSQ has 38.18 % and the best random
codebook 37.39 %.

Assumptions.  ‖e‖_∞ ≤ 1, equal priors.  38.18 % is Φ(0.3)², so the noise is r = 0.3 there.  With each vector scaled to
‖e‖_∞ = 1 the best of 10 000 comes to 37.39 %; that this was the paper's law is our inference.

Remarks.  Random draws do not look for better codebooks.  Where there are some is the subject of the claims on
accuracy beside this one.
"""

from __future__ import annotations

CLAIM = "accuracy-random"
SOURCE = "P26, experiment on A of random codebooks, as we understand it"
CONCLUDES = "open"
NEEDS = (
    "The experiment: 10 000 codebooks of law linf for each base in dimensions 2, 3 and 4, at r = 0.3 and, the paper's "
    "r elsewhere being unknown, at others; the best accuracy of each beside FSQ's, and 38.18 % and 37.39 % beside the "
    "numbers found."
)
