"""All files of a result or none: they are made in a folder beside their place, and moved there at the end."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """A temporary folder whose files replace those of ``folder`` when the block ends well; an error leaves no trace.

    Raises:
        OSError: if ``folder`` cannot be made or written to, before the block starts.
    """
    existed = folder.is_dir()
    folder.mkdir(parents=True, exist_ok=True)
    stage = Path(tempfile.mkdtemp(prefix=".partial-", dir=folder))
    try:
        yield stage
        for made in sorted(path for path in stage.rglob("*") if path.is_file()):
            target = folder / made.relative_to(stage)
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(made, target)
    finally:
        shutil.rmtree(stage, ignore_errors=True)
        if not existed and not any(folder.iterdir()):
            folder.rmdir()
