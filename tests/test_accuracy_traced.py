"""Closed forms under JAX: the same numbers, compiled, vectorised and differentiated."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import fsq_theory as ft

SPECS = ["fsq:8,5,5,5", "bits:64", "fsq:17", "onehot:256", "simplex:16", "biorthogonal:32", "digits:8,3"]


@pytest.mark.parametrize("spec", SPECS)
def test_same_numbers_and_right_derivative(spec: str) -> None:
    book = ft.codebook(spec)
    r = np.geomspace(0.01, 100, 40)
    compiled = jax.jit(lambda rate: ft.log_error(book, rate))
    expected = ft.accuracy(book, r).log_error
    assert np.asarray(compiled(r)) == pytest.approx(expected, rel=1e-13, abs=1e-13)
    # d log(1−A)/dr by central differences, whose error is of order step² relative to the third derivative.
    step = 1e-4
    slope = ((compiled(r * (1 + step)) - compiled(r * (1 - step))) / (2 * step * r))[5::10]
    some = jnp.asarray(r[5::10])
    gradient = jax.vmap(jax.grad(lambda rate: ft.log_error(book, rate)))(some)
    assert np.asarray(gradient) == pytest.approx(np.asarray(slope), rel=1e-5)


def test_the_slope_of_a_single_gap_is_known() -> None:
    r = 2.0
    slope = jax.grad(lambda rate: jnp.exp(ft.log_error(ft.bits(1), rate)))(r)
    assert float(slope) == pytest.approx(-np.exp(-(r**2) / 2) / np.sqrt(2 * np.pi), rel=1e-13)


def test_codebooks_without_a_traced_form_are_named() -> None:
    with pytest.raises(ft.InputError, match="random:K=9,n=3: a traced closed form expects"):
        ft.log_error(ft.codebook("random:K=9,n=3"), 1.0)
