"""Empirical priors from token ids: every format, every malformed value, smoothing, and products of marginals."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fsq_theory as ft
from fsq_theory.codebooks import token_files
from fsq_theory.codebooks.spec import split_spec

IDS = [3, 0, 0, 5, 3, 3, 1]
COUNTS = [2, 1, 0, 3, 0, 1]


def written(folder: Path, name: str, content: str | bytes) -> str:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def test_arrays_of_any_shape_and_integer_type() -> None:
    assert ft.token_histogram(IDS, 6).tolist() == COUNTS
    assert ft.token_histogram(np.array(IDS[:6], dtype=np.uint8).reshape(1, 2, 3), 6).tolist() == [2, 0, 0, 3, 0, 1]
    assert ft.token_histogram(np.int16(4), 6).tolist() == [0, 0, 0, 0, 1, 0]


def test_every_format_of_files(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array(IDS, dtype=np.int32))
    np.savez(tmp_path / "a.npz", tokens=np.array([IDS]), other=np.zeros(2))
    texts = {
        "a.txt": "3 0 0\n5 # 99 x\n# -1\n\n3\t3 1\n",
        "a.csv": "3,0,0\r\n5, 3 ,3,1",
        "a": "\ufeff3 0 0 5 3 3 1",
        "b.txt": "3\n0\n0\n5\n3\n3\n1#",
    }
    for name, text in texts.items():
        written(tmp_path, name, text)
    for name in ("a.npy", "a.npz", *texts):
        assert ft.token_histogram(tmp_path / name, 6).tolist() == COUNTS, name
        assert ft.token_histogram(str(tmp_path / name), 6).tolist() == COUNTS, name


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 64])
def test_pieces_of_any_size_give_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int) -> None:
    monkeypatch.setattr(token_files, "PIECE", piece)
    path = written(tmp_path, "ids.txt", "12 0,0 # a comment, 77 99\n123#\n 12\n# another # 5\n,7\n")
    assert np.flatnonzero(ft.token_histogram(path, 200)).tolist() == [0, 7, 12, 123]
    assert ft.token_histogram(path, 200)[[0, 7, 12, 123]].tolist() == [2, 1, 2, 1]
    with pytest.raises(ft.InputError, match=r"ids.txt: line 2: token id 123: expected 0 to 99"):
        ft.token_histogram(path, 100)
    np.save(tmp_path / "ids.npy", np.array([4, 4, 9]))
    with pytest.raises(ft.InputError, match=r"ids.npy: token id 9 at place 2: expected 0 to 8"):
        ft.token_histogram(tmp_path / "ids.npy", 9)


@settings(max_examples=30)
@given(st.lists(st.integers(0, 40), min_size=1, max_size=60), st.sampled_from([" ", ",", "\n", " , ", "\t# 7\n"]))
def test_text_says_what_the_list_says(tmp_path_factory: pytest.TempPathFactory, ids: list[int], between: str) -> None:
    path = written(tmp_path_factory.mktemp("ids"), "ids.txt", between.join(map(str, ids)))
    assert ft.token_histogram(path, 41).tolist() == [ids.count(k) for k in range(41)]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", "0 1\n2 x3", r"a.txt: line 2: 'x3' is not a token id: expected 0 to 5"),
        ("a.txt", "0\n\n1.5", r"a.txt: line 3: '1.5' is not a token id: expected 0 to 5"),
        ("a.txt", "0 6", r"a.txt: line 1: token id 6: expected 0 to 5"),
        ("a.txt", "0 -1", r"a.txt: line 1: token id -1: expected 0 to 5"),
        ("a.txt", "1" * 30, r"a.txt: line 1: token id 1{30}: expected 0 to 5"),
        ("a.txt", "1" * 5000, r"a.txt: line 1: '1{40}' is not a token id"),
        ("a.txt", "1_0", r"a.txt: line 1: '1_0' is not a token id"),
        ("a.txt", b"\xff\xfe0", r"a.txt: line 1: .* is not a token id"),
        ("a.txt", "# nothing\n , \n", r"a.txt: holds no token ids"),
        ("a.txt", "", r"a.txt is empty: expected token ids"),
        ("a.json", "[1]", r"a.json: unknown suffix '.json': expected token ids"),
        ("a.npy", "no array", r"a.npy: not a NumPy file: expected what numpy.save"),
        ("a.npz", "no array", r"a.npz: truncated or not a NumPy file .*: expected what numpy.save"),
    ],
)
def test_malformed_files(tmp_path: Path, name: str, content: str | bytes, message: str) -> None:
    with pytest.raises(ft.InputError, match=message) as caught:
        ft.token_histogram(written(tmp_path, name, content), 6)
    assert "\n" not in str(caught.value)


def test_malformed_arrays(tmp_path: Path) -> None:
    np.save(tmp_path / "real.npy", np.array([1.0, 2.0]))
    np.save(tmp_path / "flag.npy", np.array([True]))
    np.save(tmp_path / "none.npy", np.zeros((0, 3), dtype=int))
    np.savez(tmp_path / "other.npz", ids=np.array([1]))
    np.save(tmp_path / "object.npy", np.array([1, None], dtype=object))
    for name, message in (
        ("real.npy", "token ids of type float64: expected integers from 0 to 5"),
        ("flag.npy", "token ids of type bool"),
        ("none.npy", "holds no token ids"),
        ("other.npz", "no array 'tokens' in it"),
        ("object.npy", "pickled Python objects, which are never loaded"),
    ):
        with pytest.raises(ft.InputError, match=message):
            ft.token_histogram(tmp_path / name, 6)
    with pytest.raises(ft.InputError, match=r"token id -2 at place 1"):
        ft.token_histogram([0, -2], 6)
    with pytest.raises(ft.InputError, match=r"token id 18446744073709551615 at place 0"):
        ft.token_histogram(np.array([2**64 - 1], dtype=np.uint64), 6)
    with pytest.raises(ft.InputError, match=r"no file .*missing.txt: expected token ids"):
        ft.token_histogram(tmp_path / "missing.txt", 6)


def test_the_transform_and_its_smoothing(tmp_path: Path) -> None:
    path = written(tmp_path, "ids.txt", " ".join(map(str, IDS)))
    plain = ft.codebook(f"fsq:3,2+histogram:{path}")
    assert plain.prior.tolist() == [c / 7 for c in COUNTS]
    smooth = ft.codebook(f"fsq:3,2+histogram:{path},smoothing=0.5")
    assert smooth.prior == pytest.approx([(c + 0.5) / 10 for c in COUNTS], rel=1e-15)
    assert smooth.name == f"fsq:3,2+histogram:{path},smoothing=0.5"
    assert not smooth.is_product
    assert isinstance(ft.codebook(f"onehot:60000+histogram:{path},smoothing=1").prior[0], float)


def test_independent_digits_stay_a_product(tmp_path: Path) -> None:
    path = written(tmp_path, "ids.txt", " ".join(map(str, IDS)))
    joint = ft.codebook(f"fsq:3,2+histogram:{path},smoothing=2")
    product = ft.codebook(f"fsq:3,2+histogram:{path},smoothing=2,independent=true")
    assert isinstance(product, ft.ProductCodebook)
    table = joint.prior.reshape(2, 3)
    for factor, axis in zip(product.factors, (0, 1), strict=True):
        assert factor.prior == pytest.approx(table.sum(axis=axis), rel=1e-14)
    direct = float(np.sum(joint.prior * np.log(joint.prior / product.prior)))
    assert ft.total_correlation(ft.fsq([3, 2]), joint.prior) == pytest.approx(direct, rel=1e-13)


def test_digits_of_products_too_large_to_list(tmp_path: Path) -> None:
    book = ft.codebook("fsq:4^20")
    assert isinstance(book, ft.ProductCodebook)
    ids = np.array([4**20 - 1, 0, 5 * 4**10 + 2])
    want = book.digits(ids)
    for i, counts in enumerate(ft.digit_histograms(ids, book)):
        assert counts.tolist() == np.bincount(want[:, i], minlength=4).tolist()
    np.save(tmp_path / "ids.npy", ids)
    found = ft.codebook(f"fsq:4^20+histogram:{tmp_path}/ids.npy,independent=yes")
    assert found.K == 4**20
    assert found.max_prior == pytest.approx(math.prod(max(np.bincount(want[:, i])) / 3 for i in range(20)), rel=1e-14)
    with pytest.raises(ft.TooLargeError, match="too large to enumerate"):
        ft.codebook(f"fsq:4^20+histogram:{tmp_path}/ids.npy")
    with pytest.raises(ft.InputError, match=r"bits:64 has .* tokens: expected at most 2\^63"):
        ft.codebook(f"bits:64+histogram:{tmp_path}/ids.npy,independent=true")


def test_total_correlation_of_known_joints() -> None:
    square = ft.fsq([2, 2])
    assert ft.total_correlation(square, [0.5, 0, 0, 0.5]) == pytest.approx(math.log(2), rel=1e-15)
    assert ft.total_correlation(square, np.array([7, 0, 0, 7])) == pytest.approx(math.log(2), rel=1e-15)
    assert ft.total_correlation(square, np.outer([0.3, 0.7], [0.1, 0.9]).ravel()) == pytest.approx(0, abs=1e-15)
    with pytest.raises(ft.InputError, match="is no product"):
        ft.total_correlation(ft.codebook("onehot:4"), [0.25] * 4)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("fsq:3,2+histogram", "histogram: missing path: expected histogram:PATH"),
        ("fsq:3,2+histogram:ids.txt,smoothing=-1", "smoothing '-1': expected a finite number at least 0"),
        ("fsq:3,2+histogram:ids.txt,independent=maybe", "independent 'maybe': expected true or false"),
        ("fsq:3,2+histogram:ids.txt,smoothing=1,smoothing=2", "smoothing is given twice"),
        ("fsq:3,2+histogram:gone.txt", "no file gone.txt: expected token ids"),
        ("onehot:6+histogram:ids.txt,independent=true", "onehot:6 is no product"),
        ("fsq:2+histogram:ids.txt", "ids.txt: line 1: token id 3: expected 0 to 1"),
    ],
)
def test_bad_specs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spec: str, message: str) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path, "ids.txt", "3 0 0")
    with pytest.raises(ft.InputError) as caught:
        ft.codebook(spec)
    assert message in str(caught.value)


def test_paths_with_commas_equals_and_plus_signs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a,b.txt", "a=b.txt", "a+b.txt", "smoothing.txt"):
        written(tmp_path, name, "0 1 1 3")
        found = ft.codebook(f"fsq:2,2+histogram:{name},smoothing=1+scale:2")
        assert found.prior == pytest.approx(np.array([2, 3, 1, 2]) / 8, rel=1e-15)
        assert ft.codebook(f"fsq:2,2+histogram:path={name}").prior.tolist() == [0.25, 0.5, 0, 0.25]
    assert split_spec("fsq:2+histogram:a+b+center") == [("fsq", "2"), ("histogram", "a+b"), ("center", None)]


def test_unseen_tokens_cope_everywhere(tmp_path: Path) -> None:
    path = written(tmp_path, "ids.txt", "0 0 0 8 8 4")
    for spec in (f"fsq:3,3+histogram:{path}", f"fsq:3,3+histogram:{path},independent=true"):
        book = ft.codebook(spec)
        found = ft.accuracy(book, [0.0, 0.5, 2.0, 50.0, math.inf])
        assert np.all(np.isfinite(found.value))
        assert np.all(np.diff(found.value) >= 0)
        assert found.value[0] == pytest.approx(book.max_prior, rel=1e-14)
        assert ft.prior_entropy(book) > 0
