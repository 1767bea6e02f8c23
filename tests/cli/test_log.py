"""The progress log: lines, and one that is drawn over on a terminal."""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from argogate.cli.log import Log
from argogate.cli.pacing import AT_ONCE, MOST_AT_ONCE
from argogate.evidence.transfer import Progress
from argogate.model.tree import Leaf
from argogate.verdict.evidence import ArtifactFile
from argogate.verdict.observation import Target
from argogate.waiting.news import Changed, News, NodeFailed, Running
from tests.build import node, workflow

if TYPE_CHECKING:
    import pytest

FILE = ArtifactFile(node_id="n", node_path="a", template="t", name="x", path="out/x", size=2048)
HALF = Progress(done=3, total=6, bytes=5 << 20)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_bar_is_drawn_on_a_terminal_and_makes_room_for_lines(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    log = Log({})
    log.show_progress(HALF)
    bar = "█" * 15 + "░" * 15
    drawn = f"{bar} 3/6 artifacts, 5.0 MiB"
    assert terminal.getvalue() == f"\r{drawn}\x1b[K"
    terminal.truncate(0)
    log.caution("careful")
    assert terminal.getvalue().lstrip("\0") == f"\r\x1b[Kargogate: careful\n{drawn}"


def test_a_line_of_a_pod_has_its_own_time_and_is_written_where_quiet_is_wanted_too(
    capfd: pytest.CaptureFixture[str],
) -> None:
    log = Log({}, quiet=True)
    at = datetime(2026, 1, 31, 12, 0, 5, tzinfo=UTC)
    log.line("not this")
    log.quote("unit", "    ::error::indented", at)
    log.quote("unit", "without a time", None)
    first, second = capfd.readouterr().err.splitlines()
    assert first == f"{at.astimezone():%H:%M:%S} [unit]     ::error::indented"
    assert second.endswith(" [unit] without a time")


def test_each_source_has_its_colour_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    log = Log({})
    for source in ("a", "b", "a"):
        log.quote(source, "red", None)
    first, other, again = (line.partition(" ")[2] for line in terminal.getvalue().splitlines())
    assert first == again
    assert first.startswith("\x1b[")
    assert first.endswith("[a]\x1b[0m red")
    assert other[:5] != first[:5]


def test_no_bar_is_drawn_elsewhere_or_where_quiet_is_wanted(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    Log({}).show_progress(HALF)
    assert capfd.readouterr().err == ""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    Log({}, quiet=True).show_progress(HALF)
    assert terminal.getvalue() == ""


def test_the_downloads_are_one_line_and_the_failures(capfd: pytest.CaptureFixture[str]) -> None:
    log = Log({})
    log.sum_up(Path("none"))
    for at in range(40):
        log.tell_artifact(replace(FILE, name=f"x{at}", reused=at < 2))
    log.tell_artifact(replace(FILE, path="", error="gone"))
    log.sum_up(Path("out"))
    lost, total = capfd.readouterr().err.splitlines()
    assert lost.endswith("artifact a/x was not downloaded: gone")
    assert total.partition(" ")[2] == (
        "40 artifacts, 80.0 KiB, in out; 2 of them unchanged since an earlier download; "
        "1 not downloaded"
    )


def test_each_download_is_a_line_for_who_wants_to_know_more(
    capfd: pytest.CaptureFixture[str],
) -> None:
    log = Log({}, verbose=True)
    log.tell_artifact(replace(FILE, path="", error="gone"))
    log.tell_artifact(replace(FILE, warning="it was left packed: evil"))
    log.tell_artifact(replace(FILE, reused=True))
    first, second, third = capfd.readouterr().err.splitlines()
    assert first.endswith("artifact a/x was not downloaded: gone")
    assert second.endswith("2.0 KiB to out/x; it was left packed: evil")
    assert third.endswith("2.0 KiB to out/x (unchanged since it was downloaded)")


def failure(at: int) -> NodeFailed:
    failed = Leaf(node=node(f"n{at}", "Failed", message="boom"), path=f"n{at}")
    return NodeFailed(target=Target(namespace="argo", name="wf"), failure=failed)


def test_of_thousands_of_lines_at_once_the_first_are_written_and_the_others_counted(
    capfd: pytest.CaptureFixture[str],
) -> None:
    log = Log({}, now=lambda: 0.0, verbose=True)
    for at in range(5000):
        log.tell(failure(at))
    for at in range(3000):
        log.tell_artifact(replace(FILE, name=f"x{at}"))
        log.tell_artifact(replace(FILE, name=f"y{at}", error="gone"))
    log.line("the end")
    log.catch_up()
    lines = [line.partition(" ")[2] for line in capfd.readouterr().err.splitlines()]
    assert len(lines) == 3 * (MOST_AT_ONCE + 2) + 1
    assert lines[-7:] == [
        "… and 4979 more like these; the reports have all",
        "wf: node n4999 Failed: boom",
        "… and 2979 more like these; the reports have all",
        "artifact a/x2999: 2.0 KiB to out/x",
        "… and 2979 more like these; the reports have all",
        "artifact a/y2999 was not downloaded: gone",
        "the end",
    ]


def test_lines_that_come_one_after_the_other_are_all_written(
    capfd: pytest.CaptureFixture[str],
) -> None:
    times = iter(range(0, 10_000, 5))
    log = Log({}, now=lambda: next(times))
    for at in range(100):
        log.tell(failure(at))
    assert len(capfd.readouterr().err.splitlines()) == 100


def test_what_was_left_out_is_counted_before_the_next_burst(
    capfd: pytest.CaptureFixture[str],
) -> None:
    now = 0.0
    log = Log({}, now=lambda: now)
    for at in range(31):
        now = AT_ONCE if at == 30 else 0
        log.tell(failure(at))
    lines = capfd.readouterr().err.splitlines()
    assert [line.partition(" ")[2] for line in lines[-3:]] == [
        "… and 9 more like these; the reports have all",
        "wf: node n29 Failed: boom",
        "wf: node n30 Failed: boom",
    ]


def test_what_is_for_the_ci_system_is_written_to_the_letter(
    capfd: pytest.CaptureFixture[str],
) -> None:
    Log({}, quiet=True).letter("::error::x\x1b[0K")
    assert capfd.readouterr().err == "::error::x\x1b[0K\n"


def progress(text: str, phase: str = "Running", name: str = "wf") -> Changed:
    target = Target(namespace="argo", name=name)
    return Changed(target=target, workflow=workflow(phase=phase, progress=text))


def told(log: Log, capfd: pytest.CaptureFixture[str], *news: News) -> list[str]:
    for each in news:
        log.tell(each)
    return [line.partition(" ")[2] for line in capfd.readouterr().err.splitlines()]


def test_a_large_fan_out_tells_its_progress_in_ten_steps(
    capfd: pytest.CaptureFixture[str],
) -> None:
    log = Log({}, now=lambda: 0.0)
    lines = told(log, capfd, *(progress(f"{done}/300") for done in range(301)))
    assert lines == [f"wf: Running {done}/300" for done in range(0, 301, 30)]


def test_a_slow_fan_out_tells_its_progress_every_ten_seconds(
    capfd: pytest.CaptureFixture[str],
) -> None:
    now = 0.0
    log = Log({}, now=lambda: now)
    lines = []
    for second in range(31):
        now = float(second)
        lines += told(log, capfd, progress(f"{second}/3000"))
    assert lines == [f"wf: Running {done}/3000" for done in (0, 10, 20, 30)]


def test_every_step_of_a_small_workflow_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    log = Log({}, now=lambda: 0.0)
    assert len(told(log, capfd, *(progress(f"{done}/10") for done in range(11)))) == 11


def test_what_is_no_progress_is_always_told(capfd: pytest.CaptureFixture[str]) -> None:
    log = Log({}, now=lambda: 0.0)
    news = [progress("1/300"), progress("2/300", "Failed"), progress("0/1", name="b")]
    news += [progress("?", name="c"), progress("2/3000", "Failed"), progress("2/3000", "Failed")]
    assert told(log, capfd, *news) == [
        "wf: Running 1/300",
        "wf: Failed 2/300",
        "b: Running 0/1",
        "c: Running ?",
        "wf: Failed 2/3000",
    ]


def test_which_of_many_nodes_run_is_told_every_ten_seconds(
    capfd: pytest.CaptureFixture[str],
) -> None:
    now = 0.0
    log = Log({}, now=lambda: now)
    target = Target(namespace="argo", name="wf")
    lines = []
    for second in range(21):
        now = float(second)
        many = Running(target=target, nodes=tuple(f"n{second}-{at}" for at in range(20)))
        lines += told(log, capfd, many)
    assert [line[:18] for line in lines] == [
        "wf: running: n0-0,",
        "wf: running: n10-0",
        "wf: running: n20-0",
    ]
    few = [Running(target=target, nodes=(name,)) for name in "abc"]
    assert len(told(log, capfd, *few)) == 3
