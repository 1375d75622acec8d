"""The README's examples print what the README says."""

from __future__ import annotations

import doctest
import re
import shlex
from pathlib import Path

import pytest

from fsq_theory.cli.main import main

README = (Path(__file__).resolve().parent.parent / "README.md").read_text(encoding="utf-8")

CONSOLE = re.findall(r"```console\n\$ fsq-theory ([^\n]+)\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize(("command", "expected"), CONSOLE, ids=[command for command, _ in CONSOLE])
def test_console_examples(command: str, expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(shlex.split(command)) == 0
    printed = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    if command.startswith("verify "):
        assert [timeless(line) for line in printed] == [timeless(line) for line in expected.splitlines()]
    else:
        assert printed == expected.splitlines()


def timeless(line: str) -> str:
    """A line without durations, and without the spaces that depend on their width."""
    return re.sub(r" +", " ", re.sub(r" \d+\.\d s", " _ s", line))


def test_there_are_console_examples() -> None:
    assert len(CONSOLE) >= 3


def test_python_examples() -> None:
    (block,) = re.findall(r"```pycon\n(.*?)```", README, re.DOTALL)
    test = doctest.DocTestParser().get_doctest(block, {}, "README", "README.md", 0)
    found = doctest.DocTestRunner().run(test)
    assert found.attempted >= 5
    assert found.failed == 0


def test_every_picture_is_there() -> None:
    pictures = re.findall(r"!\[[^]]*\]\(([^)]+)\)", README)
    assert pictures
    for picture in pictures:
        assert (Path(__file__).resolve().parent.parent / picture).stat().st_size > 10_000
