"""Codebooks and priors from files: .npy, .npz, .csv and whitespace text.  Nothing is ever unpickled."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path

import numpy as np

from ..arrays import Array
from ..errors import InputError, TooLargeError
from .array_codebook import ArrayCodebook
from .checks import check_finite, check_prior, listable
from .numpy_files import MAX_BYTES, read_npy, read_npz, reason

TEXT_SUFFIXES = ("", ".txt", ".text", ".dat", ".data", ".tsv", ".asc")
"""Suffixes read as whitespace text."""

ACCEPTED = ".npy, .npz (key 'codes', optional key 'prior'), .csv, or whitespace text (.txt, .dat, .tsv, no suffix)"

PRIOR_ACCEPTED = ".npy, .npz (key 'prior'), .csv, or whitespace text (.txt, .dat, .tsv, no suffix)"


def load_codebook(path: str | os.PathLike[str]) -> ArrayCodebook:
    """A codebook from a file of codes, one row a token; its prior is uniform unless an .npz brings one.

    Formats, told apart by suffix:
        .npy: an array of real numbers, shape (K, n).
        .npz: key ``codes``, shape (K, n), and optionally ``prior``, shape (K,).
        .csv: commas between numbers; a first line in which no cell is a number is a header.
        .txt, .text, .dat, .data, .tsv, .asc or no suffix: white space between numbers.

    In .csv and text, blank lines and what follows ``#`` are skipped.  The first line of text is a header ``n K`` if it
    is two integers and exactly K rows of n numbers follow.  A codebook in the plane whose first code happens to be
    (2, K − 1) in integers reads the same: it is taken for a header (write 2.0 for 2 to say that it is a code).  Two
    integers above rows of another width than 2 are a header too, and an error if they do not match what follows; so is
    ``K n`` above K rows of n numbers, even in the plane.

    Raises:
        InputError: for a file that is missing, not regular, of another format, empty or broken; for pickled objects,
            ragged rows, cells that are not numbers, NaN, infinities, duplicate codes, fewer than 2 codes, or a prior
            that is none.
        TooLargeError: for more coordinates than are ever listed.
    """
    file = regular_file(path)
    prior: Array | None = None
    try:
        if file.suffix.lower() == ".npz":
            arrays = read_npz(file, ("codes", "prior"))
            if "codes" not in arrays:
                raise InputError("no array 'codes' in it: expected the key 'codes' and optionally 'prior'")
            codes, prior = arrays["codes"], arrays.get("prior")
        else:
            codes = _read(file)
        return ArrayCodebook(_matrix(codes), prior, name=f"file:{path}")
    except InputError as error:
        raise naming(path, error) from None


def load_array(path: str | os.PathLike[str]) -> Array:
    """Vectors from a file in any format of :func:`load_codebook`, shape (N, n), finite; rows may repeat.

    Args:
        path: the file; of an .npz, the array ``data`` is read, or ``codes`` where there is none.

    Raises:
        InputError: for a file that is missing, not regular, of another format, empty or broken; for pickled objects,
            ragged rows, cells that are not numbers, NaN or infinities.
        TooLargeError: for more numbers than are ever listed.
    """
    file = regular_file(path)
    try:
        if file.suffix.lower() == ".npz":
            arrays = read_npz(file, ("data", "codes"))
            if not arrays:
                raise InputError("no array 'data' in it: expected the key 'data' or 'codes'")
            rows = _matrix(next(iter(arrays.values())))
        else:
            rows = _matrix(_read(file))
        check_finite(rows)
        return rows
    except InputError as error:
        raise naming(path, error) from None


def load_prior(path: str | os.PathLike[str], tokens: int | None = None) -> Array:
    """A prior π from a file, shape (K,): one probability a line (.csv, text), an array (.npy) or key ``prior`` (.npz).

    Args:
        path: the file.
        tokens: K; None for as many as there are.

    Raises:
        InputError: for a broken file, another number of probabilities than K, a negative or not finite one, or
            Σπ ≠ 1.
    """
    file = regular_file(path, PRIOR_ACCEPTED)
    try:
        if file.suffix.lower() == ".npz":
            arrays = read_npz(file, ("prior",))
            if "prior" not in arrays:
                raise InputError("no array 'prior' in it: expected the key 'prior'")
            values = arrays["prior"]
        else:
            values = _read(file, PRIOR_ACCEPTED)
        if values.ndim == 2 and 1 in values.shape:
            values = values.ravel()
        if values.ndim != 1:
            raise InputError(f"prior has shape {values.shape}: expected one probability a line")
        return check_prior(values, len(values) if tokens is None else tokens)
    except InputError as error:
        raise naming(path, error) from None


def naming(path: str | os.PathLike[str], error: InputError) -> InputError:
    """The same error with the file's name in it."""
    if isinstance(error, TooLargeError):
        return TooLargeError(error.tokens, f"the array in {path}")
    return InputError(f"{path}: {error}")


def regular_file(path: str | os.PathLike[str], accepted: str = ACCEPTED) -> Path:
    """The path of a file that exists, is regular and not too large; a leading ``~/`` is the home directory."""
    try:
        file = Path(path)
        file = file.expanduser() if str(path).startswith("~/") else file
        if file.is_dir():
            raise InputError(f"{path} is a directory: expected a file: {accepted}")
        if not file.exists():
            raise InputError(f"no file {path}: expected {accepted}")
        if not file.is_file():
            raise InputError(f"{path} is not a regular file: expected {accepted}")
        size = file.stat().st_size
    except (OSError, RuntimeError, UnicodeError) as error:
        raise InputError(f"cannot read {str(path)[:200]!r}: {reason(error)}") from None
    if size == 0:
        raise InputError(f"{path} is empty: expected {accepted}")
    if size > MAX_BYTES:
        raise InputError(f"{path} has {size} bytes: expected at most {MAX_BYTES}")
    return file


def _read(file: Path, accepted: str = ACCEPTED) -> Array:
    """The numbers of a .npy, .csv or text file, whatever their shape."""
    suffix = file.suffix.lower()
    if suffix == ".npy":
        return read_npy(file)
    if suffix == ".csv":
        return _read_csv(_text(file, accepted))
    if suffix in TEXT_SUFFIXES:
        return _read_text(_text(file, accepted))
    raise InputError(f"unknown suffix {file.suffix!r}: expected {accepted}")


def _matrix(values: Array) -> Array:
    if values.ndim != 2:
        hint = f"; for codes on a line reshape it to ({values.size}, 1)" if values.ndim == 1 else ""
        raise InputError(f"codes have shape {values.shape}: expected (K, n), one row a code{hint}")
    return values


def _text(file: Path, accepted: str) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"not text in UTF-8 (byte {error.start}): expected {accepted}") from None
    except OSError as error:
        raise InputError(f"cannot read it: {reason(error)}") from None


def _read_csv(text: str) -> Array:
    rows: list[tuple[int, list[str]]] = []
    lines = (line.partition("#")[0] for line in io.StringIO(text))
    reader = csv.reader(lines, skipinitialspace=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((reader.line_num, [cell.strip() for cell in cells]))
    except csv.Error as error:
        raise InputError(f"line {reader.line_num}: {error}: expected numbers with commas between them") from None
    if rows and not any(_is_number(cell) for cell in rows[0][1]):
        del rows[0]
    return _table(rows)


def _read_text(text: str) -> Array:
    numbered = ((i, line.partition("#")[0].split()) for i, line in enumerate(text.splitlines(), start=1))
    rows = [(i, cells) for i, cells in numbered if cells]
    if len(rows) > 1 and len(rows[0][1]) == 2 and all(cell.isascii() and cell.isdigit() for cell in rows[0][1]):
        n, tokens = (int(cell[:20]) for cell in rows[0][1])
        widths = {len(cells) for _, cells in rows[1:]}
        if widths == {n} and len(rows) - 1 == tokens:
            del rows[0]
        elif n > 1 and widths == {tokens} and len(rows) - 1 == n:
            spared = f"; if it is a code, write {n}.0 {tokens}" if tokens == 2 else ""
            raise InputError(
                f"line {rows[0][0]}: header {n} {tokens} looks swapped, since {n} rows of {tokens} numbers follow: "
                f"expected n K, here {tokens} {n}{spared}"
            )
        elif len(widths) == 1 and widths != {2}:
            width = widths.pop()
            raise InputError(
                f"line {rows[0][0]}: header says n={n} K={tokens}, but {len(rows) - 1} rows of {width} numbers follow: "
                f"expected n K, here {width} {len(rows) - 1}, or no header"
            )
    return _table(rows)


def _table(rows: list[tuple[int, list[str]]]) -> Array:
    """Rows of cells, each with its line number, as an array."""
    if not rows:
        raise InputError("holds no numbers: expected one code a line")
    width = len(rows[0][1])
    for line, cells in rows:
        if len(cells) != width:
            raise InputError(f"line {line} has {len(cells)} numbers: expected {width}, as on line {rows[0][0]}")
    listable(len(rows), width)
    try:
        if any("_" in cell for _, cells in rows for cell in cells):
            raise ValueError
        return np.array([[float(cell) for cell in cells] for _, cells in rows])
    except ValueError:
        line, cell = next((line, cell) for line, cells in rows for cell in cells if not _is_number(cell))
        raise InputError(f"line {line}: {cell[:60]!r} is not a number") from None


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return "_" not in cell
