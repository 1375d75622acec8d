"""Codebooks and priors from files: every format, and a message of its own for everything that can be wrong."""

from __future__ import annotations

import os
import pickle
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsq_theory.codebooks.array_codebook import ArrayCodebook
from fsq_theory.codebooks.files import load_array, load_codebook, load_prior
from fsq_theory.codebooks.spec import codebook
from fsq_theory.errors import InputError, TooLargeError

CODES = [[0.5, -1.0, 2.0], [1e-3, 0.0, 3.25], [-7.0, 1.0, 0.125]]


def outcome(file: Path) -> ArrayCodebook | str:
    """The codebook in a file, or the message that refuses it."""
    try:
        return load_codebook(file)
    except InputError as error:
        return str(error)


def write(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16, np.int8, ">f8"])
def test_npy_of_any_real_type(tmp_path: Path, dtype: object) -> None:
    codes = np.array([[0, 1], [2, -3]], dtype=dtype)
    np.save(tmp_path / "c.npy", codes)
    loaded = load_codebook(tmp_path / "c.npy")
    assert loaded.points.dtype == np.float64
    assert loaded.points.tolist() == [[0, 1], [2, -3]]
    assert loaded.is_uniform


def test_npz_with_and_without_a_prior(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", codes=CODES, other=[1])
    np.savez_compressed(tmp_path / "b.npz", codes=CODES, prior=[0.5, 0.25, 0.25])
    assert load_codebook(tmp_path / "a.npz").is_uniform
    assert load_codebook(tmp_path / "b.npz").prior.tolist() == [0.5, 0.25, 0.25]


@pytest.mark.parametrize(
    "text",
    [
        "0.5,-1,2\n0.001,0,3.25\n-7,1,0.125\n",
        "x,y,z\n0.5,-1,2\n0.001,0,3.25\n-7,1,0.125",
        '\ufeff"x", "y", "z"\r\n0.5, -1, 2\r\n\r\n1e-3,0,3.25 # last but one\r\n-7,1,.125\r\n',
    ],
)
def test_csv(tmp_path: Path, text: str) -> None:
    assert load_codebook(write(tmp_path, "c.csv", text)).points.tolist() == CODES


@pytest.mark.parametrize("name", ["codes", "c.txt", "c.dat", "c.TSV"])
@pytest.mark.parametrize("header", ["", "3 3\n", "# n K\n\n3\t3  # a comment\n"])
def test_text(tmp_path: Path, name: str, header: str) -> None:
    text = header + "0.5 -1 2\n\t0.001 0 3.25  # second\n\n-7 1 .125"
    assert load_codebook(write(tmp_path, name, text)).points.tolist() == CODES


def test_the_header_of_a_plane_codebook_wins_over_a_code_that_looks_like_it(tmp_path: Path) -> None:
    rows = "5 6\n7 8\n9 10\n"
    assert load_codebook(write(tmp_path, "a.txt", "2 3\n" + rows)).K == 3
    assert load_codebook(write(tmp_path, "b.txt", "2.0 3\n" + rows)).K == 4
    assert load_codebook(write(tmp_path, "c.txt", "2 4\n" + rows)).points[0].tolist() == [2, 4]
    assert load_codebook(write(tmp_path, "d.txt", "1 3\n5\n6\n7\n")).points.ravel().tolist() == [5, 6, 7]


def test_specs_with_paths_full_of_punctuation(tmp_path: Path) -> None:
    file = tmp_path / "a,b=c:d+e.npy"
    np.save(file, CODES)
    prior = write(tmp_path, "p,q=r:s+t.txt", "0.5\n0.25\n0.25\n")
    built = codebook(f"file:{file}+prior:{prior}+scale:2")
    assert built.points.tolist() == (2 * np.array(CODES)).tolist()
    assert built.prior.tolist() == [0.5, 0.25, 0.25]
    assert built.name == f"file:{file}+prior:{prior}+scale:2"


BAD_TEXT = [
    ("c.txt", "", "is empty: expected .npy"),
    ("c.txt", "# only a comment\n\n", "holds no numbers"),
    ("c.txt", "0 1 2\n3 4\n5 6 7\n", "line 2 has 2 numbers: expected 3, as on line 1"),
    ("c.csv", "a,b\n0,1\n2\n", "line 3 has 1 numbers: expected 2, as on line 2"),
    ("c.txt", "0 1\n2 x3\n", "line 2: 'x3' is not a number"),
    ("c.txt", "0 1\n2 1_0\n", "line 2: '1_0' is not a number"),
    ("c.csv", "0,1\n2,\n", "line 2: '' is not a number"),
    ("c.csv", "0,b\n2,3\n", "line 1: 'b' is not a number"),
    ("c.txt", "0 1\nnan 2\n", "code 1 is NaN in coordinate 0"),
    ("c.csv", "0,1\n3,-inf\n", "code 1 is infinite in coordinate 1"),
    ("c.txt", "0 1\n2 3\n0.0 1.00\n", "codes 0 and 2 are equal: expected distinct codes"),
    ("c.txt", "0 -0\n2 3\n0 0\n", "codes 0 and 2 are equal"),
    ("c.txt", "0.5 1 2\n", "1 codes: a codebook needs at least 2"),
    ("c.txt", "3 4\n0 1 2\n3 4 5\n", "line 1: header says n=3 K=4, but 2 rows of 3 numbers follow"),
    (
        "c.txt",
        "4 3\n0 1 2\n3 4 5\n6 7 8\n9 0 1\n",
        "line 1: header 4 3 looks swapped, since 4 rows of 3 numbers follow: expected n K, here 3 4",
    ),
    (
        "c.txt",
        "3 2\n0 1\n2 3\n4 5\n",
        "header 3 2 looks swapped, since 3 rows of 2 numbers follow: expected n K, here 2 3; "
        "if it is a code, write 3.0 2",
    ),
    ("c.pkl", "0 1\n2 3\n", "unknown suffix '.pkl': expected .npy"),
    ("c.npy", "0 1\n2 3\n", "not a NumPy file: expected what numpy.save"),
    ("c.npz", "0 1\n2 3\n", "truncated or not a NumPy file"),
]


@pytest.mark.parametrize(("name", "text", "message"), BAD_TEXT)
def test_bad_text_files_say_what_and_where(tmp_path: Path, name: str, text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        codebook(f"file:{write(tmp_path, name, text)}")
    assert message in str(caught.value)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_files_directories_and_devices(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no file .*absent\.npy"):
        load_codebook(tmp_path / "absent.npy")
    with pytest.raises(InputError, match="is a directory"):
        load_codebook(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="is not a regular file"):
        load_codebook(tmp_path / "pipe")
    for path in ("x" * 5000, "a\0b", "\udcff"):
        with pytest.raises(InputError):
            load_codebook(path)
    (tmp_path / "latin.txt").write_bytes(b"0 1\n\xe9 2\n")
    with pytest.raises(InputError, match=r"not text in UTF-8 \(byte 4\)"):
        load_codebook(tmp_path / "latin.txt")


class Boom:
    """Unpickling this would leave a file behind."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.target),)


def test_nothing_is_ever_unpickled(tmp_path: Path) -> None:
    target = tmp_path / "owned"
    array = np.empty((2, 1), dtype=object)
    array[:] = Boom(target)
    np.save(tmp_path / "object.npy", array, allow_pickle=True)
    np.savez(tmp_path / "object.npz", codes=array)
    (tmp_path / "raw.npy").write_bytes(pickle.dumps(Boom(target)))
    for name in ("object.npy", "object.npz", "raw.npy"):
        with pytest.raises(InputError, match="holds pickled Python objects, which are never loaded"):
            load_codebook(tmp_path / name)
    assert not target.exists()


def test_broken_and_unsuitable_arrays(tmp_path: Path) -> None:
    np.save(tmp_path / "whole.npy", np.arange(1000.0).reshape(-1, 2))
    (tmp_path / "cut.npy").write_bytes((tmp_path / "whole.npy").read_bytes()[:-9])
    (tmp_path / "stub.npy").write_bytes((tmp_path / "whole.npy").read_bytes()[:20])
    np.savez(tmp_path / "whole.npz", codes=CODES)
    (tmp_path / "cut.npz").write_bytes((tmp_path / "whole.npz").read_bytes()[:-30])
    for name in ("cut.npy", "stub.npy", "cut.npz"):
        with pytest.raises(InputError, match="truncated or not a NumPy file"):
            load_codebook(tmp_path / name)
    np.save(tmp_path / "flat.npy", [1.0, 2.0])
    with pytest.raises(InputError, match=r"shape \(2,\): expected \(K, n\).*reshape it to \(2, 1\)"):
        load_codebook(tmp_path / "flat.npy")
    np.save(tmp_path / "deep.npy", np.zeros((2, 2, 2)))
    with pytest.raises(InputError, match=r"shape \(2, 2, 2\): expected \(K, n\)"):
        load_codebook(tmp_path / "deep.npy")
    np.save(tmp_path / "complex.npy", np.zeros((2, 2), dtype=complex))
    with pytest.raises(InputError, match="array of type complex128: expected real numbers"):
        load_codebook(tmp_path / "complex.npy")
    np.save(tmp_path / "words.npy", np.array([["a"], ["b"]]))
    with pytest.raises(InputError, match="expected real numbers"):
        load_codebook(tmp_path / "words.npy")
    np.savez(tmp_path / "key.npz", points=CODES)
    with pytest.raises(InputError, match="no array 'codes' in it"):
        load_codebook(tmp_path / "key.npz")


def npy_header(text: bytes) -> bytes:
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


@pytest.mark.parametrize("shape", [(10**9, 1000), (10**30, 1), (2**27, 2)])
def test_a_header_that_promises_terabytes_allocates_nothing(tmp_path: Path, shape: tuple[int, int]) -> None:
    content = npy_header(f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}}}\n".encode()) + b"\0" * 64
    (tmp_path / "huge.npy").write_bytes(content)
    with zipfile.ZipFile(tmp_path / "huge.npz", "w") as archive:
        archive.writestr("codes.npy", content)
    for name in ("huge.npy", "huge.npz"):
        with pytest.raises(TooLargeError, match=rf"too large to enumerate: {shape[0]} tokens \(the array in .*{name}"):
            load_codebook(tmp_path / name)


def test_an_archive_is_refused_before_it_is_inflated(tmp_path: Path) -> None:
    header = npy_header(b"{'descr': '<f8', 'fortran_order': False, 'shape': (20000000, 8)}\n")
    with (
        zipfile.ZipFile(tmp_path / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("codes.npy", "w", force_zip64=True) as stream,
    ):
        stream.write(header)
        for _ in range(128):
            stream.write(bytes(2**20))
    tracemalloc.start()
    with pytest.raises(TooLargeError, match="20000000 tokens"):
        load_codebook(tmp_path / "bomb.npz")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2**22


@pytest.mark.parametrize(
    "header",
    [
        b"(" * 5000,
        b"-" * 9000 + b"1",
        b"{'descr': '<f8', 'fortran_order': False, 'shape': (-2, 3)}",
        b"{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3.0)}",
        b"{'descr': [[[]]], 'fortran_order': False, 'shape': (2, 3)}",
        b"{'descr': '<f8', 'fortran_order': False, 'shape': (2L, 3)}x",
        b"{" + b"[" * 200 + b"]" * 200 + b": 1}",
        b"\xff\xfe",
        b"",
    ],
    ids=range(9),
)
def test_malformed_headers_are_one_line(tmp_path: Path, header: bytes) -> None:
    (tmp_path / "bad.npy").write_bytes(npy_header(header) + b"\0" * 48)
    with zipfile.ZipFile(tmp_path / "bad.npz", "w") as archive:
        archive.writestr("codes.npy", npy_header(header) + b"\0" * 48)
    for name in ("bad.npy", "bad.npz"):
        message = outcome(tmp_path / name)
        assert isinstance(message, str)
        assert name in message
        assert "expected what numpy.save" in message
        assert "\n" not in message


@pytest.mark.parametrize(
    ("prior", "message"),
    [
        ([0.5, 0.25, 0.2], "prior sums to 0.95: expected 1"),
        ([0.5, 0.5], r"prior has shape \(2,\): expected one probability for each of 3 tokens"),
        ([1.5, -0.25, -0.25], "prior of token 1 is -0.25: expected a probability of at least 0"),
        ([0.5, 0.5, np.nan], "prior of token 2 is nan: expected a finite probability"),
    ],
)
def test_bad_priors(tmp_path: Path, prior: list[float], message: str) -> None:
    np.savez(tmp_path / "c.npz", codes=CODES, prior=prior)
    with pytest.raises(InputError, match=message):
        load_codebook(tmp_path / "c.npz")
    np.save(tmp_path / "p.npy", prior)
    with pytest.raises(InputError, match=message):
        codebook(f"fsq:3+prior:{tmp_path / 'p.npy'}")
    text = write(tmp_path, "p.txt", "\n".join(map(str, prior)))
    with pytest.raises(InputError, match=message):
        load_prior(text, 3)


def test_priors_in_every_format(tmp_path: Path) -> None:
    expected = [0.5, 0.125, 0.375]
    np.save(tmp_path / "p.npy", expected)
    np.savez(tmp_path / "p.npz", prior=expected)
    write(tmp_path, "p.txt", "# unigram\n0.5\n0.125 # b\n\n0.375\n")
    write(tmp_path, "p.csv", "probability\n0.5\n0.125\n0.375\n")
    write(tmp_path, "line.txt", "0.5 0.125 0.375\n")
    for name in ("p.npy", "p.npz", "p.txt", "p.csv", "line.txt"):
        assert load_prior(tmp_path / name, 3).tolist() == expected
    with pytest.raises(InputError, match="expected one probability a line"):
        load_prior(write(tmp_path, "square.txt", "0.25 0.25\n0.25 0.25\n"), 4)


def test_training_data_may_repeat_but_must_be_finite(tmp_path: Path) -> None:
    assert load_array(write(tmp_path, "d.txt", "1 2\n1 2\n3 4\n")).shape == (3, 2)
    with pytest.raises(InputError, match="code 1 is NaN"):
        load_array(write(tmp_path, "bad.txt", "1 2\nnan 2\n"))


@given(st.binary(max_size=200))
def test_random_bytes_under_any_suffix_never_escape(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = tmp_path_factory.getbasetemp()
    for suffix in (".npy", ".npz", ".csv", ".txt"):
        file = folder / f"noise{suffix}"
        file.write_bytes(content)
        loaded = outcome(file)
        assert "\n" not in loaded if isinstance(loaded, str) else loaded.K >= 2


@given(st.lists(st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=3), min_size=2, max_size=6, unique_by=tuple))
def test_text_round_trips_every_bit(tmp_path_factory: pytest.TempPathFactory, rows: list[list[float]]) -> None:
    file = tmp_path_factory.getbasetemp() / "trip.txt"
    file.write_text("\n".join(" ".join(map(repr, row)) for row in rows))
    loaded = outcome(file)
    if isinstance(loaded, str):
        assert "are equal" in loaded  # 0 and −0 differ as text alone
    else:
        assert loaded.points.tolist() == rows
