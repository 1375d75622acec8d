"""Certificate files: JSON whose every number is an exact decimal, read without surprises and written to be read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..content import content_folder
from ..errors import InputError

LARGEST = 2**20
"""Bytes of the largest file."""

COMMON = ("kind", "claim", "statement")
"""What every certificate says first: its kind, the claim of the ledger that it is for, and what it states."""

Certificate = Mapping[str, Any]


def read_certificate(path: Path) -> dict[str, Any]:
    """The certificate in a file, not yet checked.

    Raises:
        InputError: if it is no JSON object, has a name twice, numbers that are not whole, or no kind.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise InputError(f"{path}: expected a certificate, at most {LARGEST} bytes")
        found = json.loads(
            path.read_text(encoding="utf-8"), object_pairs_hook=_once, parse_float=_refuse, parse_constant=_refuse
        )
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path}: expected a certificate in JSON: {error}") from None
    if not isinstance(found, dict) or any(not isinstance(found.get(name), str) for name in COMMON):
        raise InputError(f"{path}: expected a certificate, an object with {', '.join(COMMON)}")
    return found


def write_certificate(certificate: Certificate, path: Path) -> None:
    """Write a certificate: a line a name, a line a row of its tables."""
    lines = []
    for name, value in certificate.items():
        if isinstance(value, list | tuple) and value and isinstance(value[0], list | tuple | dict):
            rows = ",\n".join("    " + _line(row) for row in value)
            lines.append(f"  {_line(name)}: [\n{rows}\n  ]")
        else:
            lines.append(f"  {_line(name)}: {_line(value)}")
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def certificates_folder() -> Path:
    """The folder of the certificates that the package carries."""
    return content_folder("derivations") / "certificates"


def certificate_paths(targets: Sequence[str] = ()) -> list[Path]:
    """The files that names of carried certificates, paths and folders stand for; all that are carried for none.

    Raises:
        InputError: for what is none of these.
    """
    carried = {path.stem: path for path in sorted(certificates_folder().glob("*.json"))}
    if not targets:
        return list(carried.values())
    found: list[Path] = []
    for target in targets:
        path = Path(target)
        if target in carried:
            found.append(carried[target])
        elif path.is_dir():
            found += sorted(path.glob("*.json"))
        elif path.is_file():
            found.append(path)
        else:
            raise InputError(f"certificate {target!r}: expected a .json file, a folder, or one of {', '.join(carried)}")
    if not found:
        raise InputError(f"{', '.join(targets)}: expected a folder with certificates, as .json files")
    return list(dict.fromkeys(found))


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise InputError(f"names {', '.join(name for name, _ in pairs)}: expected each once")
    return found


def _refuse(text: str) -> Any:
    raise InputError(f"{text}: expected whole numbers, and decimals as text")
