"""Arrays from .npy and .npz files: the header is read first, so that nothing too large is inflated.  No pickles."""

from __future__ import annotations

import math
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from ..arrays import Array
from ..errors import InputError
from .checks import listable

MAX_BYTES = 2**32
"""Largest file, or array in an archive, that is read."""

_PICKLED = "holds pickled Python objects, which are never loaded: expected an array of numbers"

_WRITTEN = "what numpy.save or numpy.savez writes"


def read_npy(file: Path) -> Array:
    """The array of a .npy file.

    Raises:
        InputError: for a file that is broken or does not hold real numbers.
        TooLargeError: for more numbers than are ever listed.
    """
    return _real(mapped_npy(file, listed=True))


def read_npz(file: Path, wanted: Iterable[str]) -> dict[str, Array]:
    """Those of the wanted arrays that an archive holds, in the order wanted.  Raises as :func:`read_npy`."""
    return {name: _real(array) for name, array in unzipped_npz(file, wanted, listed=True).items()}


def mapped_npy(file: Path, *, listed: bool) -> NDArray[np.generic]:
    """The array of a .npy file as it is, mapped; ``listed`` refuses more numbers than are ever listed."""
    with _in_one_line():
        with file.open("rb") as stream:
            _check_header(stream, listed)
        # A map fails on a truncated file instead of allocating what the header promises.
        found: NDArray[np.generic] = np.load(file, mmap_mode="r", allow_pickle=False)
        return found


def unzipped_npz(file: Path, wanted: Iterable[str], *, listed: bool) -> dict[str, NDArray[np.generic]]:
    """Those of the wanted arrays that an archive holds, as they are; ``listed`` as in :func:`mapped_npy`."""
    with _in_one_line():
        with zipfile.ZipFile(file) as archive:
            sizes = {entry.filename: entry.file_size for entry in archive.infolist()}
            names = [name for name in wanted if f"{name}.npy" in sizes]
            for name in names:
                if sizes[f"{name}.npy"] > MAX_BYTES:
                    raise InputError(f"array {name!r} has {sizes[f'{name}.npy']} bytes: expected at most {MAX_BYTES}")
                with archive.open(f"{name}.npy") as stream:
                    _check_header(stream, listed)
        with np.load(file, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in names}


@contextmanager
def _in_one_line() -> Iterator[None]:
    """Whatever a broken file makes NumPy, zipfile or zlib raise, a dozen kinds of exception, as an InputError."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        raise InputError(_reason_of_numpy(error)) from None


def reason(error: Exception) -> str:
    """What an exception says, in one short line."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join((text or type(error).__name__).split())[:160]


def _check_header(stream: IO[bytes], listed: bool) -> None:
    """Raise unless the header promises numbers, and, if they are to be listed, not too many of them."""
    magic = stream.read(6)
    if magic != np.lib.format.MAGIC_PREFIX:
        raise InputError(_PICKLED if magic.startswith(b"\x80") else f"not a NumPy file: expected {_WRITTEN}")
    version = tuple(stream.read(2))
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        shape, _, dtype = read(stream)
    if dtype.hasobject:
        raise InputError(_PICKLED)
    if any(length < 0 for length in shape):
        raise InputError(f"array of shape {shape}: expected {_WRITTEN}")
    if listed:
        listable(shape[0] if shape else 1, math.prod(shape[1:]))


def _real(array: NDArray[np.generic]) -> Array:
    """The array as float64, or :class:`InputError` unless it holds real numbers."""
    if array.dtype.kind not in "fiub":
        raise InputError(f"array of type {array.dtype}: expected real numbers")
    return np.asarray(array, dtype=np.float64)


def _reason_of_numpy(error: Exception) -> str:
    text = str(error)
    if "Python objects" in text or "Object arrays" in text:
        return _PICKLED
    return f"truncated or not a NumPy file ({reason(error)}): expected {_WRITTEN}"
