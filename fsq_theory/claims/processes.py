"""Tasks in processes of their own, side by side: one that ends its process spoils no other.

The processes are fresh interpreters.  Theirs is the same environment whatever the number of them: float64 in JAX, one
hash seed, one thread for linear algebra; and Ctrl-C is for the process that started them.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from types import ModuleType
from typing import Any, cast

from ..errors import InputError

ENVIRONMENT = {"JAX_ENABLE_X64": "1", "PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""Variables of the processes' environment."""

Task = Callable[[Any, Callable[[str], None]], Any]
"""What a process runs: a function at the top level of a module, of one task and of what to tell its progress to."""


@dataclass(frozen=True)
class Note:
    """What a task says while it runs."""

    index: int
    text: str


@dataclass(frozen=True)
class Done:
    """What a task returned."""

    index: int
    value: Any


@dataclass(frozen=True)
class Lost:
    """Why a task returned nothing."""

    index: int
    reason: str


def in_processes(function: Task, tasks: Sequence[Any], workers: int) -> Iterator[Note | Done | Lost]:
    """What becomes of the tasks, as it happens; they are begun in order, and processes end when this does.

    Args:
        function: what is done to each; an :class:`InputError` that it raises is raised here.
        tasks: what it is given; they and the results travel by pickling.
        workers: the most processes at a time, at least 1.
    """
    waiting = deque(range(len(tasks)))
    busy: dict[Connection[Any, Any], tuple[Any, int]] = {}
    try:
        while waiting or busy:
            while waiting and len(busy) < workers:
                connection, process = _start(function)
                busy[connection] = (process, waiting.popleft())
                _give(connection, tasks[busy[connection][1]])
            for ready in wait(list(busy)):
                connection = cast("Connection[Any, Any]", ready)
                process, index = busy[connection]
                try:
                    kind, content = connection.recv()
                except (EOFError, OSError):
                    del busy[connection]
                    process.join()
                    yield Lost(index, _how_it_ended(process.exitcode))
                    continue
                if kind == "note":
                    yield Note(index, content)
                    continue
                if kind == "refused":
                    raise InputError(content)
                if waiting:
                    busy[connection] = (process, waiting.popleft())
                    _give(connection, tasks[busy[connection][1]])
                else:
                    del busy[connection]
                    _end(process, connection)
                yield Done(index, content) if kind == "done" else Lost(index, content)
    finally:
        for connection, (process, _) in busy.items():
            _end(process, connection)


def _give(connection: Connection, task: Any) -> None:
    """Send a task; that the process is gone is noticed when its answer is awaited."""
    with suppress(OSError):
        connection.send(task)


def _start(function: Task) -> tuple[Connection, Any]:
    """A new process, and the connection to it."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    if hasattr(signal, "pthread_sigmask"):
        # Begun by the first process otherwise, which would unblock SIGINT.
        resource_tracker.ensure_running()
    process = context.Process(target=_serve, args=(function, there), daemon=True)
    with _surroundings():
        process.start()
    there.close()
    return here, process


def _end(process: Any, connection: Connection) -> None:
    connection.close()
    process.terminate()
    process.join()


@contextmanager
def _surroundings() -> Iterator[None]:
    """What a process inherits: its environment, a blocked SIGINT, and no ``__main__`` that it would import again."""
    kept = {name: os.environ.get(name) for name in ENVIRONMENT}
    main = sys.modules["__main__"]
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if hasattr(signal, "pthread_sigmask") else None
    try:
        os.environ.update(ENVIRONMENT)
        sys.modules["__main__"] = ModuleType("__main__")
        yield
    finally:
        sys.modules["__main__"] = main
        for name, value in kept.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
        if mask is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _serve(function: Task, connection: Connection) -> None:
    """A process's life: do what is sent until nobody is there.  What tasks print goes to stderr, as messages do."""
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        try:
            task = connection.recv()
        except EOFError:
            return
        try:
            connection.send(("done", function(task, lambda text: connection.send(("note", text)))))
        except InputError as error:
            connection.send(("refused", str(error)))
        except OSError:
            return
        except Exception as error:
            connection.send(("lost", f"{type(error).__name__}: {error}"))


def _how_it_ended(code: int | None) -> str:
    if code is not None and code < 0:
        try:
            return f"its process was ended by {signal.Signals(-code).name}"
        except ValueError:
            return f"its process was ended by signal {-code}"
    return f"its process ended with status {code}"
