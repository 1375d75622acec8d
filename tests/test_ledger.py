"""The ledger: what is in it, in which order, that nothing in it decides itself, and how claims are run side by side."""

from __future__ import annotations

import ast
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from small_derivations import DERIVATION, write

import fsq_theory as ft
from fsq_theory import InputError
from fsq_theory.claims.derivation import read_derivation
from fsq_theory.claims.ledger import entries_of, folder_entries, ledger_entries, read_entry
from fsq_theory.claims.processes import Done, Lost, Note, in_processes
from fsq_theory.claims.references import reference_keys, reference_text
from fsq_theory.claims.runner import Settings, default_workers, examine_entry, outcomes, verify
from fsq_theory.claims.status import STATUSES
from fsq_theory.content import content_folder

FOLDER = content_folder("derivations")
ENTRIES = ledger_entries()
SOURCES = {path.name: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.py"))}

# What is in the ledger


def test_the_paper_s_claims_come_first_in_the_order_of_the_paper() -> None:
    paper = [entry.claim for entry in ENTRIES if entry.source.startswith("P26")]
    assert [entry.claim for entry in ENTRIES][: len(paper)] == paper
    assert paper[:2] == ["bridge", "path-kl"]
    others = [entry.claim for entry in ENTRIES][len(paper) :]
    assert others == sorted(others)


def test_entries_say_what_the_executed_files_say() -> None:
    for entry, derivation in zip(ENTRIES, ft.ledger(), strict=True):
        for name in ("claim", "path", "title", "source", "concludes", "sections", "needs"):
            assert getattr(entry, name) == getattr(derivation, name), (entry.claim, name)


def test_every_earned_claim_has_wrong_variants() -> None:
    assert [found.claim for found in ft.ledger() if found.concludes != "open" and len(found.wrong) < 2] == []


def calls(tree: ast.Module, *names: str) -> list[ast.Call]:
    """Calls of functions by these names, however they were imported."""
    aliases = {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if aliases.get(name, name) in names:
                found.append(node)
    return found


@pytest.mark.parametrize("name", SOURCES)
def test_no_step_is_made_but_by_what_decides_it(name: str) -> None:
    """Steps come from the deciding functions: none is made, copied or changed by a derivation itself."""
    tree = SOURCES[name]
    assert calls(tree, "Step", "setattr", "__setattr__", "exec", "eval", "parse_expr", "printed") == []
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported & {"dataclasses", "copy", "unittest.mock", "fsq_theory.claims.status"} == set()
    for node in ast.walk(tree):
        targets = node.targets if isinstance(node, ast.Assign) else []
        assert not any(isinstance(target, ast.Attribute) for target in targets), f"line {node.lineno}"  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", SOURCES)
def test_no_step_is_true_as_it_stands(name: str) -> None:
    """No case of an enumeration is the constant True, no identity has the same two sides."""
    for call in calls(SOURCES[name], "enumeration"):
        for node in (node for argument in call.args[2:] for node in ast.walk(argument)):
            if isinstance(node, ast.Tuple) and len(node.elts) == 2:
                last = node.elts[1]
                assert not (isinstance(last, ast.Constant) and last.value is True), f"line {node.lineno}"
    for call in calls(SOURCES[name], "identity", "agreement"):
        if len(call.args) >= 4:
            assert ast.dump(call.args[2]) != ast.dump(call.args[3]), f"line {call.lineno}"


@pytest.mark.parametrize("name", SOURCES)
def test_every_lemma_has_a_source_a_proof_or_a_claim(name: str) -> None:
    for call in calls(SOURCES[name], "lemma"):
        assert {keyword.arg for keyword in call.keywords} & {"source", "proof", "claim"} or len(call.args) > 2


def test_references_are_readable() -> None:
    for key in reference_keys():
        assert not set(reference_text(key)) & set("{}\\"), key
    assert reference_text("GSV05").startswith("Guo et al., Mutual Information")
    assert "Itô" in reference_text("RW00")


# Reading


def test_targets_are_claims_files_and_folders(tmp_path: Path) -> None:
    mine = write(tmp_path, "my-claim")
    (tmp_path / "_shared.py").write_text("VALUE = 1\n")
    (tmp_path / "false.py").write_text("def claim():\n    raise SystemExit\n")
    found = entries_of(["path-kl", str(tmp_path), mine, "bridge", "path-kl"])
    assert [(entry.claim, entry.kind) for entry in found] == [
        ("path-kl", "derivation"), ("false", "user"), ("my-claim", "derivation"), ("bridge", "derivation")
    ]  # fmt: skip
    assert entries_of([]) == ENTRIES


def test_reading_executes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text('"""A."""\nCLAIM = "a"\nraise SystemExit\n')
    assert read_entry(path).claim == "a"


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "expected a folder of derivations or claims"),
        ({"a": "def f(:\n"}, r"a\.py, line 1: not Python"),
        ({"a": "CLAIM = 'x'\n", "b": "CLAIM = 'x'\n"}, r"claim 'x' is in two files: .*a\.py and .*b\.py"),
        ({"a": "x = 1\n"}, r"a\.py: expected CLAIM, of a derivation, or a function claim\(\)"),
        ({"a": "CLAIM = 'x' + str(1)\n"}, "CLAIM is to be a string, written out"),
    ],
)
def test_files_that_cannot_be_read_are_named(tmp_path: Path, files: dict[str, str], message: str) -> None:
    for name, text in files.items():
        (tmp_path / f"{name}.py").write_text(text)
    with pytest.raises(InputError, match=message):
        folder_entries(tmp_path)


def test_unknown_claims_are_answered_with_the_nearest() -> None:
    with pytest.raises(
        InputError, match=r"unknown claim 'path-lk': did you mean .*path-kl.*\? The ledger also has .*bridge"
    ):
        entries_of(["path-lk"])
    with pytest.raises(InputError, match=r"unknown claim 'zzz': the ledger has bridge, path-kl"):
        entries_of(["zzz"])
    with pytest.raises(InputError, match=r"absent\.py: expected a \.py file"):
        entries_of(["absent.py"])


# Running


def report_state(task: int, note: object) -> tuple[int, str, str]:
    assert callable(note)
    note(f"begun {task}")
    if task == 2:
        os._exit(7)
    if task == 3:
        raise ValueError("no\ngood")
    return task * task, os.environ["JAX_ENABLE_X64"], os.environ["PYTHONHASHSEED"]


def interrupt_itself(task: int, note: Callable[[str], None]) -> int:
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(0.01)
    return task


@pytest.mark.skipif(os.name != "posix", reason="SIGINT is sent as a POSIX terminal sends it")
def test_an_interrupt_is_not_for_the_processes() -> None:
    events = list(in_processes(interrupt_itself, [5, 6], workers=2))
    assert sorted(event.value for event in events if isinstance(event, Done)) == [5, 6]


def test_a_process_that_ends_loses_its_own_task_alone() -> None:
    before = dict(os.environ)
    events = list(in_processes(report_state, [0, 1, 2, 3, 4], workers=2))
    assert sorted(event.index for event in events if isinstance(event, Note)) == [0, 1, 2, 3, 4]
    done = {event.index: event.value for event in events if isinstance(event, Done)}
    assert done == {index: (index**2, "1", "0") for index in (0, 1, 4)}
    lost = {event.index: event.reason for event in events if isinstance(event, Lost)}
    assert lost[2] == "its process ended with status 7"
    assert lost[3].startswith("ValueError: no")
    assert dict(os.environ) == before


LEAVES_TRACES = """import random, mpmath, numpy as np
state = random.random() + np.random.rand() + float(mpmath.mpf(1) / 3) + mpmath.mp.dps
random.seed(9), np.random.seed(9), setattr(mpmath.mp, "dps", 50)
yield agreement("2. state", "what others left", state, state, 1e-12)"""


def test_outcomes_depend_neither_on_workers_nor_on_what_ran_before(tmp_path: Path) -> None:
    for claim in ("a", "b", "c"):
        write(tmp_path, claim, LEAVES_TRACES)
    one, three = (verify(tmp_path, workers=workers, formulas=True) for workers in (1, 3))
    assert [outcome.claim for outcome in one] == ["a", "b", "c"]
    for left, right in zip(one, three, strict=True):
        assert {**left.row(), "seconds": 0} == {**right.row(), "seconds": 0}
        assert [step.detail for step in left.steps] == [step.detail for step in right.steps]
        formulas = [[step.formula and step.formula() for step in outcome.steps] for outcome in (left, right)]
        assert formulas[0] == formulas[1]
        assert formulas[0][0].count("x^{2}") == 1
    assert len({outcome.steps[1].detail for outcome in one}) == 1
    assert {outcome.status for outcome in one} == {"proved"}


def test_a_script_needs_no_guard_around_it(tmp_path: Path) -> None:
    """Processes do not import the program that starts them."""
    write(tmp_path, "a")
    script = tmp_path / "_script.py"
    script.write_text(f"import fsq_theory as ft\nprint([o.status for o in ft.verify({str(tmp_path)!r})])\n")
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=120)
    assert (done.stdout, done.stderr) == ("['proved']\n", "")


def test_users_claims_are_begun_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "a")
    (tmp_path / "mine.py").write_text("def claim():\n    return 1\n")
    begun: list[list[str]] = []

    def record(function: object, tasks: list[tuple[object, object]], workers: int) -> list[object]:
        begun.append([task[0].claim for task in tasks])  # type: ignore[attr-defined]
        assert workers == 1
        return []

    monkeypatch.setattr("fsq_theory.claims.runner.in_processes", record)
    assert list(outcomes(folder_entries(tmp_path), Settings(), workers=1)) == []
    assert begun == [["mine", "a"]]


def test_workers_by_default() -> None:
    assert default_workers(1) == 1
    assert 1 <= default_workers(100) <= 8


def examined(path: Path) -> ft.Outcome:
    return examine_entry((read_entry(path), Settings()), lambda text: None)


@pytest.mark.parametrize(
    ("more", "evidence"),
    [
        ('yield identity("2. wrong", "x = x + 1", x, x + 1)', "not decided: 2. wrong: x = x + 1"),
        ("raise ArithmeticError('no\\n convergence')", "failed after step 1. square: ArithmeticError: no convergence"),
        ("raise SystemExit(4)", "failed after step 1. square: SystemExit: 4"),
        ("yield 5", "failed after step 1. square: TypeError: derive() gave 5, which is no step"),
        ("yield agreement('2. check', 'one is two', 1.0, 2.0, 1e-9)", "not decided: 2. check: one is two"),
        ("yield lemma('2. made up', 'anything')", "failed after step 1. square: InputError: lemma '2. made up'"),
    ],
)
def test_what_fails_is_open_and_says_why(tmp_path: Path, more: str, evidence: str) -> None:
    outcome = examined(write(tmp_path, "a", more))
    assert outcome.status == "open"
    assert not outcome.as_expected
    assert outcome.evidence[0].startswith(evidence)
    assert "\n" not in outcome.evidence[0]


def test_a_file_that_cannot_be_imported_is_open(tmp_path: Path) -> None:
    path = write(tmp_path, "a", text=DERIVATION + "\nimport no_such_module_at_all\n")
    outcome = examined(path)
    assert (outcome.status, outcome.title) == ("open", "Squares of sums")
    assert outcome.evidence == ["failed: ModuleNotFoundError: No module named 'no_such_module_at_all'"]


def test_a_file_that_is_no_derivation_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "a", text=DERIVATION.replace('"proved"', '"certain"'))
    with pytest.raises(InputError, match=r"a\.py: a derivation expects CONCLUDES"):
        examined(path)


def test_open_claims_say_what_they_need(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text(
        '"""A.\n\nStatement.  B.\n"""\nCLAIM = "a"\nSOURCE = "us"\nCONCLUDES = "open"\nNEEDS = "a\\n proof"\n'
    )
    outcome = examined(path)
    assert (outcome.status, outcome.as_expected, outcome.evidence) == ("open", True, ["needs: a proof"])


# What the document says of it

DOCUMENT = (Path(__file__).resolve().parent.parent / "docs" / "ledger.md").read_text(encoding="utf-8")


def test_the_example_of_the_document_is_a_derivation(tmp_path: Path) -> None:
    path = tmp_path / "square_of_a_sum.py"
    path.write_text(re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)[0], encoding="utf-8")
    assert examined(path).status == "proved"
    derivation = read_derivation(path)
    assert len(derivation.wrong) == 2
    for constants in derivation.wrong.values():
        assert derivation.status(derivation.until_failure(**constants)) == "open"


def test_the_document_names_every_status() -> None:
    assert {status for status in STATUSES if f"| {status} |" not in DOCUMENT} == {"reproduced", "not-reproduced"}
    assert "| reproduced, not-reproduced |" in DOCUMENT


# Claims that rest on claims


def cited_claims(name: str) -> set[str]:
    return {
        str(keyword.value.value)
        for call in calls(SOURCES[name], "lemma")
        for keyword in call.keywords
        if keyword.arg == "claim" and isinstance(keyword.value, ast.Constant)
    }


def test_claims_that_are_cited_are_in_the_ledger_and_do_not_lead_back() -> None:
    cited = {entry.claim: cited_claims(entry.path.name) for entry in ENTRIES}
    assert set().union(*cited.values()) <= set(cited)
    assert cited["accuracy-global"]
    reached = cited
    for _ in cited:
        reached = {claim: found | set().union(*(cited[other] for other in found)) for claim, found in reached.items()}
    assert [claim for claim, found in reached.items() if claim in found] == []


def test_no_lemma_names_a_derivation_where_it_should_cite_the_claim() -> None:
    for name, tree in SOURCES.items():
        for call in calls(tree, "lemma"):
            for keyword in call.keywords:
                proof = keyword.value.value if isinstance(keyword.value, ast.Constant) else ""
                assert not str(proof).startswith("derivations/"), name


def test_premises_that_were_not_asked_for_are_examined_too(tmp_path: Path) -> None:
    write(tmp_path, "rests-on", 'yield lemma("sums", "as stated", claim="volume-bound")')
    write(tmp_path, "rests-on-nothing", 'yield lemma("sums", "as stated", claim="no-such-claim")')
    write(tmp_path, "rests-on-open", 'yield lemma("sums", "as stated", claim="toy-generation")')
    found = {outcome.claim: outcome for outcome in verify(tmp_path, workers=1)}
    assert {claim: outcome.status for claim, outcome in found.items()} == {
        "rests-on": "proved", "rests-on-nothing": "open", "rests-on-open": "open"
    }  # fmt: skip
    assert found["rests-on"].evidence == ["1 step decided by algebra", "given claim: volume-bound"]
    assert found["rests-on-nothing"].evidence[0] == "rests on no-such-claim, which is not examined"
    assert found["rests-on-open"].evidence[0] == "rests on toy-generation, which is open"
