"""The program of the action, before there is a gate: what goes wrong is said, and is never 1."""

from __future__ import annotations

import json
import os
import runpy
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from tools.generate import PROJECT, wait

if TYPE_CHECKING:
    from pathlib import Path

ACTION = PROJECT / "action"
PROGRAM = [sys.executable, "-I", "-X", "utf8", str(ACTION / "run.py")]
GIVEN = {"ARGOGATE_INPUTS": json.dumps({"workflow": "w"})}


@pytest.fixture
def run() -> dict[str, Any]:
    """Return the names of `action/run.py`; its functions look them up in this very dictionary."""
    names = runpy.run_path(str(ACTION / "run.py"))
    return names["install"].__globals__  # type: ignore[no-any-return]


def started(words: list[str], tmp_path: Path, **variables: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        words,
        env={
            "PATH": os.environ["PATH"],
            "RUNNER_TEMP": str(tmp_path),
            "GITHUB_OUTPUT": str(tmp_path / "output"),
            "GITHUB_ACTIONS": "true",
            **variables,
        },
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def outputs(tmp_path: Path) -> dict[str, str]:
    lines = (tmp_path / "output").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line)


@pytest.mark.parametrize(
    ("variables", "code", "said"),
    [
        (GIVEN | {"RUNNER_TEMP": "/nonexistent/temp"}, 70, "argogate cannot be started: "),
        (GIVEN | {"RUNNER_TEMP": ""}, 70, "the runner names no folder"),
        ({"ARGOGATE_INPUTS": "{"}, 70, "argogate cannot be started: JSONDecodeError"),
        ({"ARGOGATE_INPUTS": "[]"}, 70, "argogate cannot be started: AttributeError"),
        ({}, 2, "no workflow is named"),
        ({"ARGOGATE_INPUTS": '{"workflow": " "}'}, 2, "no workflow is named"),
    ],
)
def test_whatever_goes_wrong_is_one_sentence_with_outputs_and_never_exit_code_1(
    tmp_path: Path, variables: dict[str, str], code: int, said: str
) -> None:
    process = started(PROGRAM, tmp_path, **variables)
    log, _ = process.communicate(timeout=30)
    assert process.returncode == code
    [line] = log.splitlines()
    assert line.startswith(f"::error title=argogate::{said}")
    told = outputs(tmp_path)
    assert told["conclusion"] == ("usage" if code == 2 else "internal")
    assert told["exit-code"] == str(code)
    assert said in told["message"]
    assert (told["outputs"], told["results"]) == ("{}", "[]")


def test_outputs_begin_on_a_line_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "output").write_text("a=b")
    started(PROGRAM, tmp_path).communicate(timeout=30)
    assert outputs(tmp_path)["a"] == "b"
    assert outputs(tmp_path)["conclusion"] == "usage"


def test_without_a_file_for_outputs_the_exit_code_stays(tmp_path: Path) -> None:
    for place in ("", str(tmp_path / "no" / "file")):
        process = started(PROGRAM, tmp_path, GITHUB_OUTPUT=place)
        process.communicate(timeout=30)
        assert process.returncode == 2


def writer(fifo: Path) -> int | None:
    """Open a pipe that somebody reads already."""
    try:
        return os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
    except OSError:
        return None


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_job_that_is_cancelled_during_the_installation_says_so(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    fifo = tmp_path / "pip.conf"  # pip waits for whoever writes into it
    os.mkfifo(fifo)
    process = started(PROGRAM, tmp_path, PIP_CONFIG_FILE=str(fifo), **GIVEN)
    while (held := writer(fifo)) is None:
        time.sleep(0.01)
    process.send_signal(number)
    log, _ = process.communicate(timeout=30)
    os.close(held)
    assert process.returncode == code
    assert "Traceback" not in log
    assert outputs(tmp_path)["conclusion"] == "cancelled"


def test_pip_is_tried_twice_and_its_last_word_is_the_reason(
    run: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(run, "PAUSE", 0)
    script = (
        "import pathlib, sys; path = pathlib.Path(sys.argv[1]); count = len(path.read_text());"
        "path.write_text('x' * (count + 1)); print('ERROR: no such thing', file=sys.stderr);"
        "print('[notice] a new release', file=sys.stderr); sys.exit(count < int(sys.argv[2]))"
    )
    tries = tmp_path / "tries"
    for fails, count in ((0, 1), (1, 2)):
        tries.write_text("")
        run["install"]([sys.executable, "-c", script, str(tries), str(fails)])
        assert len(tries.read_text()) == count
    tries.write_text("")
    with pytest.raises(run["NotInstalledError"], match=r"^pip said: no such thing$"):
        run["install"]([sys.executable, "-c", script, str(tries), "9"])
    assert len(tries.read_text()) == 2


def test_pip_sees_where_packages_are_and_none_of_the_callers_other_wishes(
    run: dict[str, Any],
) -> None:
    harmful = dict.fromkeys(
        ("PIP_CONSTRAINT", "PIP_PREFIX", "PIP_TARGET", "PIP_PYTHON_VERSION", "PIP_NO_INDEX"), "x"
    )
    kept = run["settings"](harmful | {"PIP_INDEX_URL": "https://mirror", "PATH": "/bin"})
    assert not harmful.keys() & kept
    assert kept["PIP_INDEX_URL"] == "https://mirror"
    assert kept["PATH"] == "/bin"
    assert run["settings"]({"PIP_DRY_RUN": "1"})["PIP_DRY_RUN"] == "0"
    folder = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "wheels"}
    assert folder.items() <= run["settings"](folder).items()


def test_a_list_ends_with_a_line_break_so_that_blanks_do_not_part_it(run: dict[str, Any]) -> None:
    given = run["variables"]({"node": "build (linux)", "timeout": "1h", "uid": " ", "python": "p"})
    assert given == {"ARGOGATE_NODE": "build (linux)\n", "ARGOGATE_TIMEOUT": "1h"}
    assert run["variables"]({"node": "a\nb\n"}) == {"ARGOGATE_NODE": "a\nb\n"}


def test_values_of_headers_are_secrets_and_their_names_and_ordinary_words_are_not(
    run: dict[str, Any],
) -> None:
    headers = (
        "X-Requested-By: argogate\nX-Api-Key=9f8e 7d6c\n\nAuthorization: Bearer sesame\n"
        "X-File=@/run/key\nX-Variable=$KEY\nno header\n"
    )
    environ = {"ARGOGATE_HEADER": headers, "KEY": "of a variable", "ARGO_TOKEN": "t0ken"}
    assert run["secrets"](environ) == ["t0ken", "9f8e 7d6c", "sesame", "of a variable"]


def test_what_an_option_says_is_no_secret_but_for_headers(run: dict[str, Any]) -> None:
    names = [option.name for option in wait() if option.name != "header"]
    given = run["variables"](dict.fromkeys(names, "argo"))
    assert "ARGOGATE_KUBE_TOKEN" in given
    assert run["secrets"](given) == []


@pytest.mark.parametrize("python", ["python3.99", "/bin/false", "a\nb"])
def test_a_python_that_is_not_there_is_named_and_no_other_is_taken(
    tmp_path: Path, python: str
) -> None:
    words = ["bash", str(ACTION / "main.sh")]
    process = started(words, tmp_path, ARGOGATE_PYTHON=python, **GIVEN)
    process.communicate(timeout=30)
    assert process.returncode == 2
    told = outputs(tmp_path)
    assert f"'{' '.join(python.split())}'" in told["message"]
    assert told["conclusion"] == "usage"


def test_without_the_variables_of_a_runner_the_exit_code_is_2(tmp_path: Path) -> None:
    words = ["/bin/bash", str(ACTION / "main.sh")]
    process = started(words, tmp_path, PATH=str(tmp_path), GITHUB_OUTPUT="")
    log, _ = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "no Python 3.11 or newer is on PATH" in log


# a released tag


def tagged(run: dict[str, Any], folder: Path, content: bytes, manifest: str) -> None:
    """Let the action stand in a checkout that carries the program."""
    run["RELEASED"], run["MANIFEST"] = folder / "argogate.pyz", folder / "argogate.pyz.json"
    run["RELEASED"].write_bytes(content)
    run["MANIFEST"].write_text(manifest)


def test_the_file_of_a_release_is_run_if_it_is_what_its_manifest_says(
    run: dict[str, Any], tmp_path: Path
) -> None:
    tagged(run, tmp_path, b"program", json.dumps({"sha256": sha256(b"program").hexdigest()}))
    assert run["released"]() == tmp_path / "argogate.pyz"


@pytest.mark.parametrize(
    ("manifest", "why"),
    [
        (json.dumps({"sha256": "0" * 64}), "its SHA-256 is .*, and its manifest says 0000"),
        ("{}", "KeyError"),
        ("", "cannot be read"),
        ("[]", "TypeError"),
    ],
)
def test_any_other_file_is_not_run(
    run: dict[str, Any], tmp_path: Path, manifest: str, why: str
) -> None:
    tagged(run, tmp_path, b"program", manifest)
    with pytest.raises(run["NotReleasedError"], match=why):
        run["released"]()


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return what a tag has: the action, and a program that only says what it was given."""
    folder = tmp_path_factory.mktemp("tag")
    shutil.copytree(ACTION, folder / "action")
    main = "import os, sys\ndef main(): sys.exit(os.environ['ARGOGATE_WORKFLOW'] != 'w')\n"
    with zipfile.ZipFile(folder / "argogate.pyz", "w") as archive:
        for path in PROJECT.glob("argogate/**/*.py"):
            if path.name != "__main__.py":
                archive.write(path, path.relative_to(PROJECT))
        archive.writestr("argogate/__main__.py", main)
    digest = sha256((folder / "argogate.pyz").read_bytes()).hexdigest()
    (folder / "argogate.pyz.json").write_text(json.dumps({"sha256": digest}))
    return folder


def test_a_tag_needs_neither_an_index_nor_a_folder_for_temporary_files(
    layout: Path, tmp_path: Path
) -> None:
    words = ["bash", str(layout / "action" / "main.sh")]
    dead = {"PIP_INDEX_URL": "http://127.0.0.1:9", "RUNNER_TEMP": ""}
    process = started(words, tmp_path, **GIVEN, **dead)
    log, _ = process.communicate(timeout=30)
    assert (process.returncode, log) == (0, "")


def test_a_tag_with_another_file_says_so_and_runs_nothing(layout: Path, tmp_path: Path) -> None:
    shutil.copytree(layout, tmp_path / "tag")
    with (tmp_path / "tag" / "argogate.pyz").open("ab") as file:
        file.write(b"\0")
    process = started(["bash", str(tmp_path / "tag" / "action" / "main.sh")], tmp_path, **GIVEN)
    log, _ = process.communicate(timeout=30)
    assert process.returncode == 70
    assert log.startswith("::error title=argogate::argogate.pyz is not run: its SHA-256 is ")
    assert outputs(tmp_path)["conclusion"] == "internal"
