"""The path KL of a token's path from the data path, token by token and on average."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ..arrays import Array
from ..codebooks.codebook import Codebook
from ..codebooks.spec import as_codebook
from ..denoiser.information.by_token import TokenInformation, token_information
from ..denoiser.information.information import information
from ..denoiser.information.record import Information
from ..errors import InputError
from ..gaussian import gauss_legendre
from ..schedules.record import Schedule
from ..seeds import check_seed
from .ends import Ends, path_ends
from .token_girsanov import ESTIMATORS, token_girsanov
from .work import check_work

METHODS = ("auto", "exact", "mc", "girsanov")

MOST_EXACT = 2**16
MOST_SAMPLED = 64
"""Tokens up to which all are reported where no list is given: with integrals, and with sampling."""

SHORT = 0.1
"""(γ_ε − γ_T) times the squared width of the codebook below which ½ ∫ m dγ is integrated rather than differenced."""

NODES = 8


@dataclass(frozen=True)
class TokenPathKL:
    """KL(P^k‖P_π) of tokens' reverse paths from the data path on [ε, T], nats.

    Attributes:
        codebook: its name.
        K: its number of tokens.
        n: its dimension.
        gamma_eps: SNR at which paths stop.
        gamma_T: SNR at which they start.
        pinned: whether X_T is given, drawn from p_T(·|k).
        tokens: which tokens; empty where only the average was asked for.
        kl: of each, shape (tokens,).
        stderr: standard errors, shape (tokens,); 0 without sampling.
        mean: the average over the prior: I(γ_ε), less I(γ_T) if pinned.
        stderr_mean: its standard error; 0 without sampling.
        method: of the tokens: "exact", "quadrature", "monte-carlo" or "girsanov"; that of the average without tokens.
        method_mean: of the average.
        samples: Monte Carlo samples of each token and end; 0 where none were drawn.
        paths: simulated paths of each token; 0 for other methods.
        steps: steps of a path; 0 for other methods.
        estimator: of "girsanov".
        seed: of the random numbers.
    """

    codebook: str
    K: int
    n: int
    gamma_eps: float
    gamma_T: float
    pinned: bool
    tokens: tuple[int, ...]
    kl: Array
    stderr: Array
    mean: float
    stderr_mean: float
    method: str
    method_mean: str
    samples: int
    paths: int
    steps: int
    estimator: str | None
    seed: int

    def rows(self, *, average: bool = True) -> list[dict[str, Any]]:
        """One dictionary a token, and at the end, with ``token`` None, one of the average over the prior."""
        common = {"codebook": self.codebook, "K": self.K, "n": self.n}
        common |= {"gamma_eps": self.gamma_eps, "gamma_T": self.gamma_T, "pinned": self.pinned}
        found: list[tuple[int | None, float, float, str]] = [
            (token, float(kl), float(stderr), self.method)
            for token, kl, stderr in zip(self.tokens, self.kl, self.stderr, strict=True)
        ]
        if average:
            found.append((None, self.mean, self.stderr_mean, self.method_mean))
        rows = []
        for token, kl, stderr, method in found:
            row: dict[str, Any] = {**common, "token": token, "kl": kl, "method": method}
            row["stderr"] = stderr if method in ("monte-carlo", "girsanov") else None
            if method == "monte-carlo":
                row |= {"samples": self.samples, "seed": self.seed}
            if method == "girsanov":
                row |= {"paths": self.paths, "steps": self.steps, "estimator": self.estimator, "seed": self.seed}
            rows.append(row)
        return rows


class _Values(NamedTuple):
    """D, h and m with standard errors at some SNRs, shape (R, tokens), and how they were found."""

    information: Array
    entropy: Array
    mmse: Array
    stderr_information: Array
    stderr_mmse: Array
    method: str
    samples: int


Evaluator = Callable[[Array, int], _Values]
"""Values at amplitude ratios r, with a seed."""


def token_path_kl(
    codebook: Codebook | str,
    *,
    tokens: Iterable[int] | None = None,
    gamma_eps: float | None = None,
    gamma_T: float = 0.0,
    schedule: Schedule | str | None = None,
    eps: float | None = None,
    T: float = 1.0,
    pinned: bool = False,
    method: str = "auto",
    estimator: str = "exact",
    samples: int = 65536,
    paths: int = 4096,
    steps: int = 256,
    seed: int = 0,
) -> TokenPathKL:
    """KL(P^k‖P_π) = KL(p_ε(·|k)‖p_ε) = ½ ∫_0^{γ_ε} E[‖e_k − x̂_0‖² | k] dγ, nats [P26, GSV05].

    P^k is the law of reverse paths on [ε, T] towards token k, P_π that of the data.  Given the same X_T (``pinned``,
    averaged over X_T ~ p_T(·|k)) the integral starts at γ_T: D_k(γ_ε) − D_k(γ_T).  The average over tokens is the
    mutual information I(γ_ε), less I(γ_T) if pinned; I is the prior's entropy less CDCD's loss at its optimum [D22].
    At most H(π): unlike the path KL between two tokens it stays finite as ε → 0.

    Args:
        codebook: codes and prior, or a spec of them; products are never listed for the average or for given tokens.
        tokens: which tokens, 0-based, of positive probability.  None: all, where they are few enough (65536 with
            integrals, 64 by sampling), otherwise only the average; an empty list: only the average.
        gamma_eps: SNR γ = (α/σ)² at which paths stop, noise std 1 a coordinate.
        gamma_T: SNR at which they start.
        schedule: the noising process, record or spec, instead of the SNRs.
        eps: time at which paths stop.
        T: time at which they start.
        pinned: whether both paths start from the same X_T.
        method: ``auto`` takes integrals where there are any and Monte Carlo elsewhere; ``exact`` refuses to sample;
            ``mc`` samples p(k|X) at both ends; ``girsanov`` simulates paths (:mod:`fsq_theory.paths.token_girsanov`).
        estimator: of ``girsanov``: "exact" (unbiased) or "frozen" (bias of order 1/steps).
        samples: Monte Carlo samples for each token and end.
        paths: simulated paths for each token.
        steps: steps of a path.
        seed: of all randomness.

    Raises:
        InputError: for ends as in :func:`~fsq_theory.path_kl`, an unknown token or one of probability 0, unknown names,
            settings out of range, or ``exact`` where there is no integral.
        TooLargeError: where codes have to be listed and are too many.
    """
    codebook = as_codebook(codebook)
    if method not in METHODS:
        raise InputError(f"method {method!r}: expected one of {', '.join(METHODS)}")
    if estimator not in ESTIMATORS:
        raise InputError(f"estimator {estimator!r}: expected one of {', '.join(ESTIMATORS)}")
    seed = check_seed(seed)
    ends = path_ends(gamma_eps, gamma_T, schedule, eps, T)
    paths, steps = check_work(paths, steps, codebook.n)
    chosen = None if tokens is None else tuple(codebook.check_tokens(np.array(list(tokens), dtype=object)))
    common: dict[str, Any] = {
        "codebook": codebook.name,
        "K": codebook.K,
        "n": codebook.n,
        "gamma_eps": ends.gamma_eps,
        "gamma_T": ends.gamma_T,
        "pinned": pinned,
        "seed": seed,
    }
    start = ends.gamma_T if pinned else 0.0
    if method == "girsanov":
        chosen = chosen if chosen is not None else tuple(range(codebook.K if codebook.K <= MOST_SAMPLED else 0))
        where = _said(ends)
        settings: dict[str, Any] = {"pinned": pinned, "estimator": estimator, "paths": paths, "steps": steps}
        whole = token_girsanov(codebook, None, **where, **settings, seed=seed)
        found = [token_girsanov(codebook, token, **where, **settings, seed=seed) for token in chosen]
        return TokenPathKL(
            **common,
            tokens=chosen,
            kl=np.array([one.mean for one in found]),
            stderr=np.array([one.stderr for one in found]),
            mean=whole.mean,
            stderr_mean=whole.stderr,
            method=method,
            method_mean=method,
            samples=0,
            paths=paths,
            steps=steps,
            estimator=estimator,
        )

    def average(r: Array, own_seed: int) -> _Values:
        one = information(codebook, r, method=method, samples=samples, seed=own_seed)
        return _values(one, lambda column: np.asarray(column)[:, None])

    mean, stderr_mean, method_mean, drawn = _between(average, codebook, start, ends.gamma_eps, seed)
    if chosen is None:
        most = MOST_SAMPLED if method_mean == "monte-carlo" else MOST_EXACT
        chosen = _possible(codebook) if most >= codebook.K else ()
    kl, stderr, name = np.zeros(0), np.zeros(0), method_mean
    if chosen:
        listed = chosen

        def single(r: Array, own_seed: int) -> _Values:
            one = token_information(codebook, r, listed, method=method, samples=samples, seed=own_seed)
            return _values(one, np.asarray)

        kl, stderr, name, drawn_single = _between(single, codebook, start, ends.gamma_eps, seed)
        drawn = max(drawn, drawn_single)
    return TokenPathKL(
        **common,
        tokens=chosen,
        kl=kl,
        stderr=stderr,
        mean=float(mean[0]),
        stderr_mean=float(stderr_mean[0]),
        method=name,
        method_mean=method_mean,
        samples=drawn,
        paths=0,
        steps=0,
        estimator=None,
    )


def _between(
    evaluate: Evaluator, codebook: Codebook, low: float, high: float, seed: int
) -> tuple[Array, Array, str, int]:
    """(D(high) − D(low), its standard error, method, samples) from SNR ``low`` to ``high``.

    As a difference of D or of h, whichever is smaller at the ends; or by quadrature of ½ m over a short interval.
    """
    if low == 0:
        found = evaluate(np.sqrt([high]), seed)
        return found.information[0], found.stderr_information[0], found.method, found.samples
    width = 2 * codebook.linf * math.sqrt(codebook.n)
    nodes, weights = gauss_legendre(NODES)
    if (high - low) * width**2 <= SHORT:
        half = (high - low) / 2
        found, drawn = _each(evaluate, np.sqrt(low + half * (1 + nodes)), seed)
        parts = weights[:, None] * half / 2
        return (parts * found.mmse).sum(axis=0), _root_sum(parts * found.stderr_mmse), found.method, drawn
    found, drawn = _each(evaluate, np.sqrt([low, high]), seed)
    by_entropy = found.entropy[0] < found.information[1]
    kl = np.where(by_entropy, found.entropy[0] - found.entropy[1], found.information[1] - found.information[0])
    return kl, _root_sum(found.stderr_information), found.method, drawn


def _each(evaluate: Evaluator, r: Array, seed: int) -> tuple[_Values, int]:
    """Values at several r, sampled independently of each other."""
    rows = [evaluate(r[i : i + 1], int(np.random.SeedSequence([seed, i]).generate_state(1)[0])) for i in range(len(r))]
    joined = _Values(
        information=np.concatenate([row.information for row in rows]),
        entropy=np.concatenate([row.entropy for row in rows]),
        mmse=np.concatenate([row.mmse for row in rows]),
        stderr_information=np.concatenate([row.stderr_information for row in rows]),
        stderr_mmse=np.concatenate([row.stderr_mmse for row in rows]),
        method=_name([row.method for row in rows]),
        samples=max(row.samples for row in rows),
    )
    return joined, joined.samples


def _values(found: Information | TokenInformation, shaped: Callable[[Array], Array]) -> _Values:
    return _Values(
        information=shaped(found.information),
        entropy=shaped(found.entropy),
        mmse=shaped(found.mmse),
        stderr_information=shaped(found.stderr_information),
        stderr_mmse=shaped(found.stderr_mmse),
        method=_name(found.method),
        samples=int(np.max(found.samples)),
    )


def _root_sum(errors: Array) -> Array:
    return np.asarray(np.sqrt(np.sum(errors**2, axis=0)))


def _name(methods: Any) -> str:
    """The least exact of several methods."""
    found = set(np.atleast_1d(methods).ravel().tolist())
    return next(name for name in ("monte-carlo", "quadrature", "exact") if name in found)


def _possible(codebook: Codebook) -> tuple[int, ...]:
    """All tokens of positive probability."""
    return tuple(np.flatnonzero(codebook.prior > 0).tolist())


def _said(ends: Ends) -> dict[str, Any]:
    """The ends as keyword arguments."""
    if ends.schedule is None:
        return {"gamma_eps": ends.gamma_eps, "gamma_T": ends.gamma_T}
    return {"schedule": ends.schedule, "eps": ends.eps, "T": ends.T}
