"""Content that is found and run by path, as pytest finds tests: ``derivations/``, ``experiments/`` and ``figures/``.

In a checkout these are top-level folders; the wheel carries the same folders inside the package, so nothing named
``figures`` ever enters site-packages.  Modules of one folder may import each other relatively
(``from ._style import …`` in ``figures/``).
"""

from __future__ import annotations

import hashlib
import importlib
import sys
from pathlib import Path
from types import ModuleType

from .errors import InputError

FOLDERS = ("derivations", "experiments", "figures")

_PACKAGE = Path(__file__).resolve().parent


def content_folder(name: str) -> Path:
    """The folder ``name`` of the checkout that this package runs from, else the installed copy.

    Raises:
        InputError: if ``name`` is not one of :data:`FOLDERS`, or if this installation lacks it.
    """
    if name not in FOLDERS:
        raise InputError(f"content folder {name!r}: expected one of {', '.join(FOLDERS)}")
    checkout = _PACKAGE.parent / name
    if (_PACKAGE.parent / "pyproject.toml").is_file() and checkout.is_dir():
        return checkout
    installed = _PACKAGE / "_content" / name
    if not installed.is_dir():
        raise InputError(f"this installation of fsq-theory carries no {name}/: install it again from a wheel")
    return installed


def bibliography() -> Path:
    """The path of references.bib, in the checkout or as installed."""
    checkout = _PACKAGE.parent / "references.bib"
    return checkout if (_PACKAGE.parent / "pyproject.toml").is_file() else _PACKAGE / "_content" / "references.bib"


def content_file(folder: str, name: str) -> Path:
    """The path of one file of a content folder; raises :class:`InputError` naming what is there instead."""
    root = content_folder(folder)
    path = root / name
    if not path.is_file():
        there = ", ".join(sorted(p.name for p in root.iterdir() if p.is_file())) or "nothing"
        raise InputError(f"no file {name!r} in {folder}/: it holds {there}")
    return path


def modules_in(folder: Path) -> list[str]:
    """Names of the modules of a folder, sorted; those that start with an underscore are private."""
    return sorted(path.stem for path in folder.glob("*.py") if not path.stem.startswith("_"))


def load_module(path: Path) -> ModuleType:
    """Import a Python file by its path, as a member of a package that stands for its folder.

    Loading the same file twice gives the same module.  The file is executed: load only what the user named or the
    package carries.

    Raises:
        InputError: if there is no such file.
    """
    path = path.resolve()
    if path.suffix != ".py" or not path.is_file():
        raise InputError(f"{path} is not a Python file")
    folder = path.parent
    package = f"_fsq_theory_content_{folder.name}_{hashlib.sha256(str(folder).encode()).hexdigest()[:12]}"
    if package not in sys.modules:
        parent = ModuleType(package, f"Modules of {folder.name}/")
        parent.__path__ = [str(folder)]
        sys.modules[package] = parent
        importlib.invalidate_caches()
    return importlib.import_module(f"{package}.{path.stem}")
