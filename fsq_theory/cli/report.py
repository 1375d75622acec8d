"""``fsq-theory report -o DIR``: the comparison of real tokenizers as one self-contained page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ..errors import InputError
from .options import Common, Single
from .output import Messages, emit


def report(
    *,
    output: Annotated[str | None, Parameter(name=["--output", "-o"], show_default=False)] = None,
    quick: Annotated[bool, Single] = False,
    common: Common = Common(),
) -> None:
    """Compare the codebooks of real tokenizers: one self-contained HTML page, its figures and its data.

    Args:
        output: the folder to write to; made if absent.
        quick: a first look: fewer noise levels, and no codebook that takes long to make or to measure.
        common: options of every command.
    """
    if not output:
        raise InputError("no output folder: expected -o DIR")
    folder = Path(output)
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{output} is a file: expected a folder, which is made if absent")
    from ..report.build import build_report

    messages = Messages(common)
    rows = build_report(folder, quick=quick, seed=common.seed, say=messages.note)
    emit(rows, common)
