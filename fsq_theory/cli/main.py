"""The ``fsq-theory`` program: a command line in, an exit status out.

0 all well; 1 a claim without its expected status; 2 bad usage or input, in one line; 3 inconclusive; 130 interrupted;
141 when the reader of a pipe left.
Commands are imported inside :func:`main`, so that an interrupt is understood from the start.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from .outcome import BROKEN_PIPE, INCONCLUSIVE, INTERRUPTED, UNEXPECTED, USAGE, Inconclusive, Unexpected, complain


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line, on the arguments of this process if none are given, and return its exit status."""
    if argv is not None:
        return _run(argv)
    # Read when a command first imports JAX, which most closed forms never do.
    os.environ.setdefault("JAX_ENABLE_X64", "1")
    _mend_streams()
    with _one_interrupt() as interrupts:
        try:
            return _run(sys.argv[1:])
        except Exception:
            # Libraries turn an interrupt inside of their imports and callbacks into errors of their own.
            if not interrupts:
                raise
            return complain("interrupted", INTERRUPTED)


def _run(argv: Sequence[str]) -> int:
    try:
        from ..errors import InputError
        from .app import run

        try:
            run(argv)
            sys.stdout.flush()
        except Unexpected as error:
            return complain(str(error), UNEXPECTED)
        except Inconclusive as error:
            return complain(str(error), INCONCLUSIVE)
        except BrokenPipeError:
            _abandon_stdout()
            return BROKEN_PIPE
        except InputError as error:
            return complain(str(error), USAGE)
        except OSError as error:
            where = f": {error.filename}" if error.filename else ""
            _abandon_stdout()
            return complain(f"{error.strerror or error}{where}", USAGE)
    except KeyboardInterrupt as error:
        return complain(f"interrupted: {error}" if str(error) else "interrupted", INTERRUPTED)
    return 0


@contextmanager
def _one_interrupt() -> Iterator[list[int]]:
    """Note an interrupt, however it ends, and ignore all that follow: there is only winding up left to do."""
    noted: list[int] = []

    def note(number: int, frame: Any) -> None:
        noted.append(number)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        sys.unraisablehook = lambda unraisable: None
        raise KeyboardInterrupt

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, note)
    yield noted


def _mend_streams() -> None:
    """A closed stream takes what is written and drops it; a character that a stream cannot encode becomes ``?``."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8"))
        getattr(sys, name).reconfigure(errors="replace")


def _abandon_stdout() -> None:
    """Python flushes stdout once more at exit: let what could not be written go nowhere."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
