"""Where confusions happen: noise drawn around the point at which two tokens are equally probable.

At high SNR the entropy H(X_0|Y) and the MMSE come from rare observations between two codes, that plain samples never
show.  Both split over ordered pairs of tokens.  With t_kj = log p(j|y)/p(k|y), T_k = Σ_{j≠k} e^{t_kj} and φ_k the
density of Y given k,

    H(X_0|Y) = Σ_k π_k ∫ φ_k log(1 + T_k)             = Σ_{k≠j} ∫ π_k φ_k e^{t_kj} L(T_k),   L(T) = log(1 + T)/T,
    MMSE     = ½ Σ_{k≠j} ‖e_k − e_j‖² ∫ π_k φ_k p(j|y) = ½ Σ_{k≠j} ‖e_k − e_j‖² ∫ π_k φ_k e^{t_kj}/(1 + T_k).

A pair's part is sampled from the density proportional to f_kj = √(π_kφ_k π_jφ_j) e^{−|t_kj|/4}, whose mass w_kj has a
closed form.  Relative to f_kj the integrands are e^{t/2+|t|/4} L(T) and e^{t/2+|t|/4}/(1 + T), and T ≥ e^t, so they
are bounded whatever the SNR: as in the estimator of [KL83] for error probabilities, the relative error is too.

Along the unit vector u from e_k to e_j, y = r(e_k + e_j)/2 + z u + noise at right angles, and
t = a z + c with a = r‖e_k − e_j‖ and c = log π_j/π_k.  All functions take a and c.
"""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import scipy.special

from ...arrays import Array
from ...gaussian import log_ndtr

TILT = 0.25
"""How fast the sampling density falls in |t|: slower than both integrands, which fall like e^{−|t|/2}, times |t|."""

GROUP = 32
"""Samples of a run that are stratified together; batches are whole runs."""

BELOW_ONE = float(np.nextafter(1.0, 0.0))

ENTROPY_BOUND = 0.8048
"""Just above sup_t e^{−t/2} log(1 + e^t): bounds a pair's part of H by this times its Bhattacharyya mass."""

LARGEST_ENTROPY_VALUE = 1.49
LARGEST_MMSE_VALUE = 0.2851
"""Just above sup_t of e^{t/2+|t|/4} L(e^t), and of ½ e^{t/2+|t|/4}/(1 + e^t)."""


def log_overlap(a: Array, log_priors: Array) -> Array:
    """log ∫ √(π_kφ_k π_jφ_j) = ½ log π_kπ_j − a²/8: the Bhattacharyya mass of a pair.  Exact.

    Args:
        a: r times the distance of the two codes.
        log_priors: log π_k + log π_j.
    """
    return np.asarray(log_priors / 2 - a**2 / 8)


def log_mass(a: Array, c: Array, log_priors: Array) -> Array:
    """Log w_kj = log ∫ √(π_kφ_k π_jφ_j) e^{−|t|/4}: the mass of the sampling density.  Exact.

    Args:
        a: r times the distance of the two codes, positive.
        c: log π_j/π_k, finite.
        log_priors: log π_k + log π_j.
    """
    side = _log_side(a, c)
    other = _log_side(a, -c) if np.any(c) else side
    return log_overlap(a, log_priors) + np.logaddexp(side, other)


def _log_side(a: Array, c: Array) -> Array:
    """Log ∫_{az+c>0} φ(z) e^{−(az+c)/4} dz."""
    x = TILT * a - c / a
    with np.errstate(over="ignore", divide="ignore"):
        far = np.log(scipy.special.erfcx(np.maximum(x, 0.0) / np.sqrt(2)) / 2) - (c / a) ** 2 / 2
        if np.all(x > 0):
            return np.asarray(far)
        # (x² − c²/a²)/2 is taken as a product of sums, and erfcx keeps the two exponentials from cancelling.
        near = scipy.special.log_ndtr(-np.minimum(x, 0.0)) + TILT * (TILT * a**2 / 2 - c)
    return np.where(x > 0, far, near)


def draw(a: Array, c: Array, uniform: Array) -> tuple[Array, Array]:
    """(t, z) from the density proportional to φ(z) e^{−|az + c|/4}, t = az + c; both keep their relative accuracy.

    Args:
        a: r times the distance, shape (S,).
        c: log π_j/π_k, shape (S,).
        uniform: on [0, 1), shape (S,); t falls with it on either side of 0, so that strata of it are strata of t.
    """
    plus = _log_side(a, c)
    share = np.exp(plus - np.logaddexp(plus, _log_side(a, -c)))
    positive = uniform < share
    sign = np.where(positive, 1.0, -1.0)
    # What is left of the uniform on its side is uniform again.
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        tail = np.where(positive, uniform / share, (uniform - share) / (1 - share))
    excess = truncated_excess(TILT * a - sign * c / a, -np.log1p(-np.minimum(tail, BELOW_ONE)))
    return sign * a * excess, sign * excess - c / a


def truncated_excess(x: Array, exponential: Array) -> Array:
    """Z − x for a normal Z conditioned on Z > x: the e with Φ(−x − e)/Φ(−x) = exp(−exponential).

    The excess itself keeps its relative accuracy for x as large as 1e150, where Z would round to x.  Newton's method
    on a convex function, from the right: it converges monotonically.
    """
    far = np.maximum(x, 1.0)
    scale = np.log(scipy.special.erfcx(far / np.sqrt(2)))

    def hazard(at: Array) -> Array:
        return np.asarray(np.sqrt(2 / np.pi) / scipy.special.erfcx(at / np.sqrt(2)))

    excess = exponential / hazard(far)
    for _ in range(8):
        missing = far * excess + excess**2 / 2 - np.log(scipy.special.erfcx((far + excess) / np.sqrt(2))) + scale
        excess = np.maximum(excess - (missing - exponential) / hazard(far + excess), 0.0)
    near = np.minimum(x, 1.0)
    direct = -scipy.special.ndtri_exp(log_ndtr(-near) - exponential) - near
    return np.where(x > 1, excess, np.maximum(direct, 0.0))


def latin_uniforms(key: jax.Array, columns: int, size: int) -> Array:
    """Uniforms on [0, 1), shape (columns, size): in each column and run of GROUP every 1/GROUP of the range has one.

    Runs are independent of each other.  Most of the values' variance comes from t and the choice of the pair, and
    strata remove most of that.
    """
    return np.minimum(np.asarray(_latin(key, columns, size)), BELOW_ONE)


@partial(jax.jit, static_argnums=(1, 2))
def _latin(key: jax.Array, columns: int, size: int) -> jax.Array:
    order_key, place_key = jax.random.split(key)
    runs = jax.random.uniform(order_key, (columns, size // GROUP, GROUP))
    rank = jnp.argsort(jnp.argsort(runs, axis=2), axis=2).astype(runs.dtype)
    inside = jax.random.uniform(place_key, runs.shape)
    return ((rank + inside) / GROUP).reshape(columns, size)


def log_share(t: Array, log_total: Array) -> tuple[Array, Array]:
    """(log of e^{t/2+|t|/4} L(T), log of e^{t/2+|t|/4}/(1 + T)): both integrands relative to the sampling density.

    Args:
        t: log p(j|y)/p(k|y), shape (S,).
        log_total: log T_k, at least t, shape (S,).
    """
    lift = t / 2 + TILT * np.abs(t)
    log_sum = np.logaddexp(0.0, log_total)
    tiny = log_total < -40
    with np.errstate(divide="ignore"):
        log_ratio = np.where(tiny, 0.0, np.log(np.where(tiny, 1.0, log_sum)) - log_total)
    return lift + log_ratio, lift - log_sum
