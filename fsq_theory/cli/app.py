"""The commands of ``fsq-theory``."""

from __future__ import annotations

from collections.abc import Sequence

from cyclopts import App, CycloptsError, UnusedCliTokensError

from .. import __version__
from ..errors import InputError
from .accuracy import accuracy
from .codebook import codebook
from .info import info
from .kl import kl
from .model import model
from .output import plain
from .report import report
from .sampler import sampler
from .spacing import spacing
from .verify import verify
from .window import window

app = App(
    name="fsq-theory",
    version=__version__,
    version_flags=["--version"],
    help_flags=["--help"],
    result_action="return_value",
    suppress_keyboard_interrupt=False,
    help="Codebook geometries for continuous diffusion over discrete tokens: accuracy, path KL, proofs, report.",
)

for command in (codebook, accuracy, info, kl, model, sampler, window, spacing, verify, report):
    app.command(command)


def run(argv: Sequence[str]) -> None:
    """Run a command line.

    Raises:
        InputError: for bad usage too.
    """
    console = None
    if plain():
        from rich.console import Console

        console = Console(force_terminal=False)
    try:
        app(list(argv), console=console, exit_on_error=False, print_error=False)
    except UnusedCliTokensError as error:
        extra = " ".join(error.unused_tokens or [])
        raise InputError(f"unexpected argument {extra}: expected options alone here, such as --help") from None
    except CycloptsError as error:
        raise InputError(str(error)) from None
