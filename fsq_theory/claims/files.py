"""Reading a user's claim from its file, which is executed as pytest executes a test file."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from ..content import load_module
from ..errors import InputError
from .statement import Claim


def read_claim(path: Path | str) -> Claim:
    """The claim that the function ``claim()`` of a Python file returns, named after the file.

    Raises:
        InputError: if there is no such file or function, if the file fails, or if it returns something else.
    """
    path = Path(path)
    try:
        make = getattr(load_module(path), "claim", None)
        if not callable(make):
            raise InputError("expected a function claim() that returns a Claim")
        found = make()
    except InputError as error:
        raise InputError(f"{path}: {error}".replace(f"{path}: {path}", str(path))) from error
    except Exception as error:
        raise InputError(f"{path}: {type(error).__name__}: {error}") from error
    if not isinstance(found, Claim):
        raise InputError(f"{path}: claim() returned {type(found).__name__}: expected a Claim")
    return dataclasses.replace(found, name=path.stem.replace("_", "-"))
