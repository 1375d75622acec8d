"""Every public name imports, from the one place that both the run-time table and type checkers are told."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

import fsq_theory


def told_to_type_checkers() -> dict[str, str]:
    """Name → module, from the ``if TYPE_CHECKING`` block of the package's ``__init__``."""
    tree = ast.parse(Path(fsq_theory.__file__).read_text(encoding="utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    told: dict[str, str] = {}
    for statement in block.body:
        assert isinstance(statement, ast.ImportFrom)
        assert statement.level == 1
        for alias in statement.names:
            assert alias.asname == alias.name, f"{alias.name} is not re-exported: expected 'as {alias.name}'"
            assert alias.name not in told, f"{alias.name} is told twice"
            told[alias.name] = str(statement.module)
    return told


def test_both_tables_are_the_same() -> None:
    assert told_to_type_checkers() == fsq_theory._HOMES


def test_no_name_is_in_the_table_twice() -> None:
    tree = ast.parse(Path(fsq_theory.__file__).read_text(encoding="utf-8"))
    (table,) = (
        node.value for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_HOMES"
    )
    assert isinstance(table, ast.Dict)
    assert len(table.keys) == len(fsq_theory._HOMES)


@pytest.mark.parametrize("name", sorted(fsq_theory._HOMES))
def test_every_name_imports_from_its_home(name: str) -> None:
    value = getattr(fsq_theory, name)
    assert value is getattr(importlib.import_module(f"fsq_theory.{fsq_theory._HOMES[name]}"), name)
    assert value.__module__ == f"fsq_theory.{fsq_theory._HOMES[name]}" or name == "lattice_constants"
    assert name in fsq_theory.__all__
    assert name in dir(fsq_theory)
