"""The claims in docs/claims.md have the outcomes that it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fsq_theory.claims.examine import examine
from fsq_theory.claims.files import read_claim

TEXT = (Path(__file__).resolve().parent.parent / "docs" / "claims.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```\s+The outcome is `(\w+)`", TEXT, re.DOTALL)


def test_every_example_has_an_outcome():
    assert len(EXAMPLES) == TEXT.count("```python") == 4


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_outcome(number, tmp_path):
    code, status = EXAMPLES[number]
    path = tmp_path / f"example_{number}.py"
    path.write_text(code, encoding="utf-8")
    outcome = examine(read_claim(path), tries=100, boxes=100)
    assert outcome.status == status
    assert outcome.as_expected
