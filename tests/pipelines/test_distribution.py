"""What is handed out: one file, wheel and sdist, each where nothing else is installed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.harness import TOKEN
from tests.pipelines.conftest import PROJECT, clean, ended, serving

pytestmark = pytest.mark.pipelines


def made(tool: str, target: Path) -> Path:
    done = ended([sys.executable, "-m", f"tools.{tool}", str(target)], env=clean())
    assert done.code == 0, done.log
    return target


@pytest.fixture(scope="session")
def pyz(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made("pyz", tmp_path_factory.mktemp("pyz") / "argogate.pyz")


def interpreter(version: str) -> str:
    """Return a Python of that version that runs; the test is skipped where there is none."""
    for path in (shutil.which(f"python{version}"), *_of_pyenv(version)):
        if path and ended([path, "-c", ""], env=clean()).code == 0:
            return path
    pytest.skip(f"there is no Python {version} here")


def _of_pyenv(version: str) -> list[str]:
    folder = Path.home() / ".pyenv" / "versions"
    return [str(path) for path in sorted(folder.glob(f"{version}.*/bin/python"))]


def test_one_file_built_twice_is_identical(pyz: Path, tmp_path: Path) -> None:
    assert made("pyz", tmp_path / "again.pyz").read_bytes() == pyz.read_bytes()


def test_one_file_holds_pure_python_and_the_licences(pyz: Path) -> None:
    with zipfile.ZipFile(pyz) as archive:
        names = archive.namelist()
    assert names == sorted(names)
    assert not [name for name in names if name.endswith((".so", ".pyd", ".pyc"))]
    assert "LICENSE" in names
    assert [name for name in names if "dist-info" in name and "LICENSE" in name.upper()]


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13", "3.14"])
def test_one_file_runs_where_nothing_is_installed(pyz: Path, tmp_path: Path, version: str) -> None:
    bare = [interpreter(version), "-I", "-S", str(pyz)]
    assert ended([*bare, "--version"], env=clean()).log.startswith("argogate ")
    done = ended([*bare, "demo", "out", "--speed", "100"], cwd=tmp_path, env=clean())
    assert done.code == 0, done.log
    assert (tmp_path / "out" / "junit.xml").exists()
    with serving("steps-one-fails") as variables:
        done = ended([*bare, "wait", "steps-one-fails"], env=clean(**variables))
    assert done.code == 1, done.log
    assert TOKEN not in done.log


def test_an_old_python_is_told_what_is_wrong(pyz: Path) -> None:
    for version in ("3.10", "3.9", "3.8", "3.7", "3.6", "2.7"):
        for python in _of_pyenv(version):
            done = ended([python, str(pyz), "--version"], env=clean())
            assert done.code == 2
            assert done.log.startswith(f"argogate needs Python 3.11 or newer; this is {version}")


def test_the_wheel_passes_the_tests_of_the_command_line_without_the_checkout(
    tmp_path: Path,
) -> None:
    build = ["-m", "build", "--no-isolation", "--outdir", str(tmp_path / "dist"), str(PROJECT)]
    done = ended([sys.executable, *build], env=clean())
    assert done.code == 0, done.log
    [wheel] = (tmp_path / "dist").glob("*-py3-none-any.whl")
    [sdist] = (tmp_path / "dist").glob("*.tar.gz")
    assert sdist.stat().st_size
    venv = tmp_path / "venv"
    python = str(venv / "bin" / "python")
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    lock = str(PROJECT / "requirements" / "dev.txt")
    subprocess.run([*pip, "--require-hashes", "--requirement", lock], check=True, env=clean())
    subprocess.run([*pip, "--no-deps", str(wheel)], check=True, env=clean())
    alone = tmp_path / "alone"
    shutil.copytree(PROJECT / "tests", alone / "tests", ignore=shutil.ignore_patterns("pipelines"))
    shutil.copytree(PROJECT / "docs", alone / "docs")
    shutil.copy(PROJECT / "pyproject.toml", alone)
    where = ended(
        [python, "-c", "import argogate; print(argogate.__file__)"], cwd=alone, env=clean()
    )
    assert where.log.startswith(str(venv))
    done = ended(
        [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/cli"],
        cwd=alone,
        env=clean(),
    )
    assert done.code == 0, done.log


def test_the_bill_of_materials_names_every_dependency(tmp_path: Path) -> None:
    bill = json.loads(made("sbom", tmp_path / "argogate.cdx.json").read_text("utf-8"))
    lock = (PROJECT / "requirements" / "runtime.txt").read_text("utf-8")
    pinned = [line.split()[0] for line in lock.splitlines() if "==" in line and line[0] != "#"]
    found = [f"{each['name']}=={each['version']}" for each in bill["components"]]
    assert found == pinned
    assert all(each["externalReferences"][0]["hashes"] for each in bill["components"])
