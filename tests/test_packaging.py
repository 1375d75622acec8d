"""The wheel carries its content inside the package; the lock pins everything; documents and Makefile agree."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from fsq_theory.content import FOLDERS, content_file, content_folder, load_module, modules_in
from fsq_theory.errors import InputError

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=120)
    (made,) = folder.glob("*.whl")
    return made


def test_the_wheel_has_no_top_level_package_but_its_own(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    top = {name.split("/")[0] for name in names}
    assert {name for name in top if not name.endswith(".dist-info")} == {"fsq_theory"}
    for name in ("experiments/tokenizers.toml", "figures/_style.py", "derivations/README.md"):
        assert f"fsq_theory/_content/{name}" in names
    assert "fsq_theory/_content/references.bib" in names
    for name in ("py.typed", "report/page.html.j2", "cli/main.py"):
        assert f"fsq_theory/{name}" in names
    assert [name for name in names if "__pycache__" in name] == []


def test_the_source_distribution_has_what_its_documents_name(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=120)
    (made,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(made) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {"README.md", "LICENSE", "Makefile", "requirements.lock", "references.bib", ".ci/run", "tests/conftest.py"}
    assert wanted - names == set()


def test_an_installed_wheel_finds_its_content(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    script = (
        "import fsq_theory.content as c, fsq_theory.report.declaration as d\n"
        "print(c.content_folder('figures'))\n"
        "c.load_module(c.content_file('figures', 'path_kl.py'))\n"
        "assert d.read_declaration(c.content_file('experiments', 'tokenizers.toml')).entries\n"
    )
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{script}"]
    done = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True, timeout=120)
    assert Path(done.stdout.strip()) == tmp_path / "fsq_theory" / "_content" / "figures"


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_checkout_uses_its_own_content(folder: str) -> None:
    assert content_folder(folder) == ROOT / folder


def test_content_that_is_not_there_is_named() -> None:
    with pytest.raises(InputError, match="content folder 'tests': expected one of derivations, experiments, figures"):
        content_folder("tests")
    with pytest.raises(InputError, match=r"no file 'none.toml' in experiments/: it holds .*tokenizers.toml"):
        content_file("experiments", "none.toml")


def test_modules_load_by_path_once_and_import_their_neighbours(tmp_path: Path) -> None:
    (tmp_path / "_shared.py").write_text("VALUE = 7\n")
    (tmp_path / "mine.py").write_text("from ._shared import VALUE\n")
    assert modules_in(tmp_path) == ["mine"]
    loaded = load_module(tmp_path / "mine.py")
    assert loaded.VALUE == 7
    assert load_module(tmp_path / "mine.py") is loaded
    assert "mine" not in sys.modules
    with pytest.raises(InputError, match=r"absent\.py is not a Python file"):
        load_module(tmp_path / "absent.py")


def test_the_lock_pins_every_dependency_and_names_no_host_or_path() -> None:
    text = (ROOT / "requirements.lock").read_text()
    pinned = {match[1] for match in re.finditer(r"^([a-z0-9-]+)==[\w.]+", text, re.MULTILINE)}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
    names = {re.split(r"[<>=\[;]", requirement)[0].strip() for requirement in wanted}
    assert names - {"fsq-theory"} - pinned == set()
    assert "/" not in text
    assert all(line.startswith("#") or "==" in line for line in text.splitlines())


def test_the_lock_keeps_to_the_lower_bounds() -> None:
    pinned = re.findall(r"^([a-z0-9-]+)==([\w.]+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    checked = 0
    for requirement in map(Requirement, project["dependencies"]):
        versions = [version for name, version in pinned if name == requirement.name]
        assert versions, requirement
        assert all(requirement.specifier.contains(version) for version in versions), requirement
        checked += 1
    assert checked == len(project["dependencies"])


def test_every_make_command_of_the_documents_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for document in ("README.md", "CONTRIBUTING.md", ".ci/run"):
        used = set(re.findall(r"^\s*(?:`|\$ )?make ([a-z]+)", (ROOT / document).read_text(), re.MULTILINE))
        assert used, document
        assert used <= targets, document


def test_the_bibliography_has_every_key_that_docstrings_cite() -> None:
    keys = set(re.findall(r"^@\w+\{(\w+),", (ROOT / "references.bib").read_text(), re.MULTILINE))
    cited = set()
    for folder in ("fsq_theory", "derivations", "experiments", "figures"):
        for path in (ROOT / folder).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            cited |= set(re.findall(r"\[([A-Za-z]+\d\d|Duo|CANDI|DSL)[\],;: ]", text))
    assert {"P26", "CS98"} <= cited  # the pattern still finds citations
    assert cited - keys == set()
