"""Token ids from files and arrays, piece by piece: .npy, .npz and text of any length.  Nothing is ever unpickled."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError
from .files import naming, regular_file
from .numpy_files import mapped_npy, reason, unzipped_npz

ACCEPTED = "token ids in .npy or .npz (key 'tokens'), or whole numbers with white space or commas between them"

TEXT_SUFFIXES = ("", ".txt", ".text", ".csv", ".tsv", ".dat", ".data", ".asc", ".tok", ".ids")

PIECE = 2**22
"""Bytes of text, or numbers of an array, that are looked at together."""

LONGEST_NUMBER = 100
"""Most characters of one number in a text file."""

_COMMENT = re.compile(rb"#[^\n]*")
_BREAK = re.compile(rb"[\s,]")
_DIGITS = re.compile(rb"[0-9\s,]*")

Tokens = NDArray[np.int64]


def token_pieces(source: ArrayLike | str | os.PathLike[str], tokens: int) -> Iterator[Tokens]:
    """The token ids of a file or of an array, in order, in pieces of shape (some,), each id in [0, K).

    Files, told apart by suffix: ``.npy``, an array of integers of any shape; ``.npz``, the same under the key
    ``tokens``; otherwise text: whole numbers with white space, commas or line ends between them, from ``#`` to the end
    of a line a comment.  Arrays are mapped and text is read in pieces, so that files may be larger than memory.

    Args:
        source: the path of a file, or integers of any shape.
        tokens: K, at most 2^63.

    Raises:
        InputError: naming the file and the value, for a file that cannot be read, ids that are not whole numbers or
            not in [0, K), or none at all.
    """
    if not isinstance(source, (str, os.PathLike)):
        yield from _of_array(np.asarray(source), tokens)
        return
    file = regular_file(source, ACCEPTED)
    try:
        yield from _of_file(file, tokens)
    except InputError as error:
        raise naming(source, error) from None


def _of_file(file: Path, tokens: int) -> Iterator[Tokens]:
    suffix = file.suffix.lower()
    if suffix == ".npy":
        yield from _of_array(mapped_npy(file, listed=False), tokens)
    elif suffix == ".npz":
        yield from _of_array(_unzipped(file), tokens)
    elif suffix in TEXT_SUFFIXES:
        yield from _of_text(file, tokens)
    else:
        raise InputError(f"unknown suffix {file.suffix!r}: expected {ACCEPTED}")


def _unzipped(file: Path) -> NDArray[np.generic]:
    arrays = unzipped_npz(file, ("tokens",), listed=False)
    if "tokens" not in arrays:
        raise InputError("no array 'tokens' in it: expected the key 'tokens'")
    return arrays["tokens"]


def _of_array(array: NDArray[np.generic], tokens: int) -> Iterator[Tokens]:
    if array.size == 0:
        raise InputError(f"holds no token ids: expected {ACCEPTED}")
    if array.dtype.kind not in "iu":
        raise InputError(f"token ids of type {array.dtype}: expected integers from 0 to {tokens - 1}")
    flat = array.reshape(-1)
    for start in range(0, flat.size, PIECE):
        piece = np.asarray(flat[start : start + PIECE])
        least, most = int(piece.min()), int(piece.max())
        if least < 0 or most >= tokens:
            where = int(np.flatnonzero((piece < 0) | (piece > tokens - 1))[0])
            raise InputError(f"token id {piece[where]} at place {start + where}: expected 0 to {tokens - 1}")
        yield piece.astype(np.int64)


def _of_text(file: Path, tokens: int) -> Iterator[Tokens]:
    seen, line, left = False, 1, b""
    try:
        with file.open("rb") as stream:
            while True:
                block = stream.read(PIECE)
                text = _COMMENT.sub(b"#", left + block)
                if not seen and line == 1:
                    text = text.removeprefix(b"\xef\xbb\xbf")
                if block:
                    # A number, or a comment, may go on in the next block.
                    open_comment = text.rfind(b"#", text.rfind(b"\n") + 1)
                    cut = open_comment if open_comment >= 0 else _last_break(text)
                    text, left = text[:cut], text[cut:]
                found = _numbers(text.replace(b"#", b" "), line, tokens)
                line += text.count(b"\n")
                if len(found):
                    seen = True
                    yield found
                if not block:
                    break
    except OSError as error:
        raise InputError(f"cannot be read ({reason(error)}): expected {ACCEPTED}") from None
    if not seen:
        raise InputError(f"holds no token ids: expected {ACCEPTED}")


def _last_break(text: bytes) -> int:
    """Where the last separator is; 0 if there is none, which only a number too long for a token id can bring about."""
    for place in range(len(text) - 1, max(-1, len(text) - 2 - LONGEST_NUMBER), -1):
        if _BREAK.match(text, place):
            return place
    if len(text) > LONGEST_NUMBER:
        return len(text)
    return 0


def _numbers(text: bytes, line: int, tokens: int) -> Tokens:
    cells = text.replace(b",", b" ").split()
    if not cells:
        return np.zeros(0, dtype=np.int64)
    longest = max(map(len, cells))
    if _DIGITS.fullmatch(text) and longest <= 18:
        found = np.array(cells, dtype=f"S{longest}").astype(np.int64)
        if int(found.max()) < tokens:
            return found
    numbers: list[int] = []
    for number, row in enumerate(text.split(b"\n"), start=line):
        for cell in row.replace(b",", b" ").split():
            shown = cell[:40].decode("utf-8", "replace")
            if not re.fullmatch(rb"[+-]?[0-9]{1,100}", cell):
                raise InputError(f"line {number}: {shown!r} is not a token id: expected 0 to {tokens - 1}")
            if not 0 <= int(cell) < tokens:
                raise InputError(f"line {number}: token id {shown}: expected 0 to {tokens - 1}")
            numbers.append(int(cell))
    return np.array(numbers, dtype=np.int64)
