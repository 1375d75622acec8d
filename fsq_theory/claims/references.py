"""The keys of references.bib."""

from __future__ import annotations

import re
from functools import cache

from ..content import bibliography


@cache
def reference_keys() -> frozenset[str]:
    """Keys of the entries of references.bib."""
    return frozenset(re.findall(r"^@\w+\{([^,\s]+),", bibliography().read_text(encoding="utf-8"), re.MULTILINE))
