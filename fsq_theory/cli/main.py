"""The ``fsq-theory`` program: its commands, and the translation of failures into exit statuses.

0 all well; 2 bad usage or input, in one line; 3 inconclusive; 130 interrupted; 141 when the reader of a pipe left.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError

from .. import __version__
from ..errors import InputError
from .accuracy import accuracy
from .codebook import codebook
from .kl import kl
from .outcome import BROKEN_PIPE, INCONCLUSIVE, INTERRUPTED, USAGE, Inconclusive, complain
from .report import report

app = App(
    name="fsq-theory",
    version=__version__,
    version_flags=["--version"],
    help_flags=["--help"],
    result_action="return_value",
    suppress_keyboard_interrupt=False,
    help="Codebook geometries for continuous diffusion over discrete tokens: accuracy, path KL, geometry, report.",
)

for command in (codebook, accuracy, kl, report):
    app.command(command)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line, on the arguments of this process if none are given, and return its exit status."""
    if argv is None:
        # Read when a command first imports JAX, which most closed forms never do.
        os.environ.setdefault("JAX_ENABLE_X64", "1")
    try:
        app(sys.argv[1:] if argv is None else list(argv), exit_on_error=False, print_error=False)
        sys.stdout.flush()
    except CycloptsError as error:
        return complain(str(error), USAGE)
    except Inconclusive as error:
        return complain(str(error), INCONCLUSIVE)
    except BrokenPipeError:
        # Python flushes stdout once more at exit: let that go nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except InputError as error:
        return complain(str(error), USAGE)
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        return complain(f"{error.strerror or error}{where}", USAGE)
    except KeyboardInterrupt:
        return complain("interrupted", INTERRUPTED)
    return 0
