"""`argogate demo`: the whole job without a cluster."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from argogate.cli import gallery, rehearsal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Ended

    Call = Callable[..., Ended]


@pytest.mark.parametrize(
    ("scenario", "exit_code", "meaning"), [("retried", 0, "passed"), ("failing", 1, "failed")]
)
def test_the_demo_leaves_reports_and_artifacts_and_explains_its_exit_code(
    call: Call, tmp_path: Path, scenario: str, exit_code: int, meaning: str
) -> None:
    folder = tmp_path / "out"
    ended = call("demo", str(folder), "--scenario", scenario, "--speed", "200")
    assert ended.code == exit_code
    assert f"exit code {exit_code}: {meaning}" in ended.out
    assert "argogate wait" in ended.out
    assert f"demo --serve --scenario {scenario}" in ended.out
    assert "played 200 times as fast" in ended.out
    for name in ("junit.xml", "report.html", "summary.md", "result.json"):
        assert (folder / name).stat().st_size
    assert list((folder / "artifacts").rglob("*.log"))


def test_scenarios_are_listed(call: Call) -> None:
    out = call("demo", "--list").out
    for word in ("succeeding", "failing", "retried", "suspended", "slow"):
        assert word in out


def test_a_folder_that_cannot_be_written_and_an_unknown_scenario_are_refused(
    call: Call, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    assert call("demo", str(tmp_path / "file" / "x")).code == 2
    assert "succeeding" in call("demo", "--scenario", "x").err


@pytest.mark.usefixtures("measured")
def test_a_server_for_a_gate_of_ones_own_stays_until_ctrl_c(call: Call) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "argogate", "demo", "--serve", "--scenario", "suspended"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    shown = "".join(process.stdout.readline() for _ in range(8))
    exports = dict(re.findall(r"export (\w+)=(\S+)", shown))
    ended = call(
        "wait", "suspend-approve", "--poll-interval", "0.2s", "--timeout", "0.1s", **exports
    )
    assert ended.code == 124
    assert "curl -X PUT" in shown
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=10)
    assert process.returncode == 0
    assert os.environ.get("ARGO_SERVER") is None


def test_the_gallery_shows_each_ending_with_its_exit_code(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = {"a step failed", "it waits for an approval", "an option is wrong"}
    pictures = tuple(each for each in gallery.GALLERY if each.title in chosen)
    monkeypatch.setattr(gallery, "GALLERY", pictures)
    ended = call("demo", str(tmp_path / "out"), "--all", "--speed", "200")
    assert ended.code == 0
    for row in (
        "    1  failed        a step failed",
        "    7  suspended     it waits for an approval",
        "    2  usage         an option is wrong",
    ):
        assert row in ended.out
    assert "'soon' is no time span" in ended.err
    assert "integration (4s)" in ended.out
    assert len(list((tmp_path / "out").iterdir())) == 2  # who is refused has no evidence


@pytest.mark.usefixtures("measured")
def test_what_asks_the_demo_to_end_is_passed_on(tmp_path: Path) -> None:
    words = ["demo", str(tmp_path / "out"), "--scenario", "slow", "--speed", "0.1"]
    with subprocess.Popen(
        [sys.executable, "-m", "argogate", *words], stderr=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stderr
        while b"waiting for" not in process.stderr.readline():
            pass
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=10)
    assert process.returncode == 143
    assert b"exit code 143: cancelled" in out
    assert b"SIGTERM" in (tmp_path / "out" / "junit.xml").read_bytes()


@pytest.mark.parametrize(("scenario", "waits"), [("suspended", True), ("succeeding", False)])
def test_a_served_run_that_waits_for_an_approval_says_how_to_give_it(
    call: Call, monkeypatch: pytest.MonkeyPatch, scenario: str, *, waits: bool
) -> None:
    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("argogate.cli.demo.time.sleep", interrupted)
    ended = call("demo", "--serve", "--scenario", scenario)
    assert ended.code == 0
    assert ("# and to approve it: curl -X PUT" in ended.out) is waits


@pytest.mark.parametrize("kind", ["on PATH", "beside", "module", "one file"])
def test_what_is_printed_can_be_typed(clean: pytest.MonkeyPatch, tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "venv" / "bin"
    folder.mkdir(parents=True)
    clean.setattr(sys, "executable", str(folder / "python3"))
    clean.setattr(sys, "argv", ["argogate"])
    clean.setenv("PATH", str(folder))
    clean.chdir(tmp_path)
    if kind != "module":
        (folder / "argogate").touch(mode=0o755)
    if kind == "beside":
        clean.setenv("PATH", "/nowhere")
    if kind == "one file":
        with zipfile.ZipFile(tmp_path / "argogate.pyz", "w"):
            clean.setattr(sys, "argv", ["argogate.pyz"])
    assert (
        rehearsal.spell_program()
        == {
            "on PATH": "argogate",
            "beside": "venv/bin/argogate",
            "module": f"{folder}/python3 -m argogate",
            "one file": "python3 argogate.pyz",
        }[kind]
    )
