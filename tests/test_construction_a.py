"""Construction A against brute force over all small integer vectors, and digit codebooks."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fsq_theory.codebooks.construction_a import codewords, construction_a, hamming8
from fsq_theory.codebooks.digits import digit_codebook
from fsq_theory.errors import InputError, TooLargeError


def test_hamming8_is_the_set_of_vectors_with_even_parity_checks():
    """The extended Hamming code is its own dual, so its words are those that its four generators check."""
    checks = np.array([[1, 1, 1, 1, 0, 0, 0, 0], [1, 1, 0, 0, 1, 1, 0, 0], [1, 0, 1, 0, 1, 0, 1, 0], [1] * 8])
    grid = np.array(list(itertools.product((-1, 0, 1), repeat=8)))
    sizes = []
    for order in itertools.islice(itertools.permutations(range(8)), 0, None, 7):
        inside = grid[np.all(grid[:, order] @ checks.T % 2 == 0, axis=1)]
        sizes.append(len(inside))
        if {tuple(p) for p in inside} == {tuple(p) for p in hamming8().points}:
            break
    else:
        pytest.fail("no relabelling of coordinates makes the two codes equal")
    assert set(sizes) == {481}


def test_hamming8_geometry():
    codebook = hamming8()
    assert (codebook.K, codebook.n, codebook.name, codebook.linf) == (481, 8, "hamming8", 1.0)
    norms, counts = np.unique(np.square(codebook.points).sum(axis=1), return_counts=True)
    assert dict(zip(norms.tolist(), counts.tolist(), strict=True)) == {0: 1, 4: 14 * 16, 8: 256}
    distances = np.square(codebook.points[:, None] - codebook.points[None]).sum(axis=2)
    assert distances[distances > 0].min() == 4


@pytest.mark.parametrize(("box", "modulus"), [(1, 2), (2, 2), (3, 2), (1, 3), (2, 3), (4, 3)])
def test_any_code_against_brute_force(box, modulus):
    generator = [[1, 0, 1, 1], [0, 1, 1, 2]]
    words = {tuple(w) for w in codewords(generator, modulus).tolist()}
    expected = [x for x in itertools.product(range(-box, box + 1), repeat=4) if tuple(v % modulus for v in x) in words]
    codebook = construction_a(generator, box=box, modulus=modulus, scale=0.5)
    np.testing.assert_array_equal(codebook.points, np.array(expected) / 2)


def test_dependent_generators_span_the_same_code():
    assert len(codewords([[1, 1, 0], [0, 1, 1], [1, 0, 1]])) == 4
    assert len(codewords([[1, 1, 0], [0, 1, 1], [1, 0, 1]], modulus=3)) == 27


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"generator_matrix": [1, 0, 1]}, "expected \\(k, n\\)"),
        ({"generator_matrix": [[0.5, 1.0]]}, "expected integers"),
        ({"generator_matrix": [[1, 1]], "box": 0}, "box 0"),
        ({"generator_matrix": [[1, 1]], "modulus": 1}, "modulus 1"),
        ({"generator_matrix": [[1, 1]], "scale": 0.0}, "scale 0"),
        ({"generator_matrix": [[0, 0]]}, "at least 2"),
    ],
)
def test_bad_input(arguments, message):
    with pytest.raises(InputError, match=message):
        construction_a(**arguments)


def test_too_large():
    with pytest.raises(TooLargeError, match=f"{5**20} tokens"):
        construction_a(np.eye(20, dtype=int)[:1] * 0, box=5, modulus=2)
    with pytest.raises(TooLargeError, match=f"too large to enumerate: {2**40} tokens"):
        construction_a(np.eye(40, dtype=int))
    # Rows of rank 2 modulo 2 and of 4·2 words modulo 4: the number of words is known without listing them.
    dependent = np.array([[1, 1, 0], [0, 2, 0], [1, 3, 0], [2, 2, 0]])
    assert (len(codewords(dependent, 2)), len(codewords(dependent, 4))) == (2, 8)
    with pytest.raises(TooLargeError, match=f"too large to enumerate: {6**30 * 3**10} tokens"):
        codewords(np.diag([1] * 30 + [2] * 10), 6)


@given(
    st.integers(2, 12), arrays(np.int64, st.tuples(st.integers(1, 3), st.integers(1, 3)), elements=st.integers(-9, 9))
)
def test_words_are_all_sums_of_multiples(modulus, rows):
    choices = np.array(list(itertools.product(range(modulus), repeat=len(rows))))
    np.testing.assert_array_equal(codewords(rows, modulus), np.unique(choices @ rows % modulus, axis=0))


def test_digits_are_one_hot():
    codebook = digit_codebook(3, 4)
    assert (codebook.K, codebook.n, codebook.is_product) == (81, 12, True)
    assert len(codebook.groups) == 1
    for token in (0, 5, 80):
        digits = [token // 3**place % 3 for place in range(4)]
        np.testing.assert_array_equal(codebook.codes(token)[0], np.eye(3)[digits].ravel())
    assert codebook.energy == pytest.approx(4)


def test_digits_stay_lazy():
    codebook = digit_codebook(10, 50)
    assert codebook.K == 10**50
    with pytest.raises(TooLargeError):
        _ = codebook.points


@pytest.mark.parametrize(("base", "digits", "message"), [(1, 3, "base 1"), (2, 0, "0 digits")])
def test_bad_digits(base, digits, message):
    with pytest.raises(InputError, match=message):
        digit_codebook(base, digits)
