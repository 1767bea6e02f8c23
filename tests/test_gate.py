"""One run of the gate as a whole: evidence, reports, and one verdict in all of them."""

from __future__ import annotations

import json
import signal
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from argo_replay.faults import Fault, FaultKind
from argogate import gate
from argogate.cli.signals import Signals
from argogate.errors import Interrupted
from argogate.evidence.collect import ArtifactWish, LogWish
from argogate.evidence.logs import WhichLogs
from argogate.gate import give_up
from argogate.model.workflow import Shutdown
from argogate.publishing import Reports, publish
from argogate.reports.formats import Format
from argogate.verdict.conclusion import Conclusion
from argogate.verdict.judge import Rules
from argogate.waiting.identity import Identity
from argogate.waiting.news import Appeared, Changed, News
from argogate.waiting.patience import Limits
from tests.build import finished, node, told
from tests.harness import Play, recorded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def every_report(folder: Path) -> dict[Format, Path]:
    return {report: folder / f"{report}.out" for report in Format}


def red_cases(path: Path) -> int:
    return len(ET.parse(path).findall(".//failure")) + len(ET.parse(path).findall(".//error"))


@pytest.mark.parametrize(
    ("run", "limits", "exit_code"),
    [
        ("hello-succeeds", Limits(), 0),
        ("steps-one-fails", Limits(), 1),
        ("deleted-mid-run", Limits(), 3),
        ("on-exit-slow", Limits(timeout=10), 124),
    ],
)
def test_every_ending_has_every_report_and_all_say_the_same(
    tmp_path: Path, run: str, limits: Limits, exit_code: int
) -> None:
    reports = every_report(tmp_path)
    verdict = Play(run=recorded(run), limits=limits, reports=reports).play().verdict
    assert verdict.exit_code == exit_code
    assert (red_cases(reports[Format.JUNIT]) > 0) == (exit_code != 0)
    result = json.loads(reports[Format.RESULT].read_bytes())
    assert result["exitCode"] == exit_code
    assert result["conclusion"] == verdict.conclusion
    assert verdict.conclusion in reports[Format.SUMMARY].read_text("utf-8")


def test_logs_of_what_failed_are_in_the_verdict() -> None:
    verdict = Play(run=recorded("steps-one-fails")).play().verdict
    [tail] = verdict.deciding.observation.logs
    assert tail.lines == ("assertion failed: 1 != 2", "Error: exit status 3")


def test_logs_of_everything_or_nothing_are_read_when_asked_for() -> None:
    run = recorded("steps-one-fails")
    everything = Play(run=run, logs=LogWish(which=WhichLogs.ALL, lines=1)).play().verdict
    assert [len(tail.lines) for tail in everything.deciding.observation.logs] == [1, 1, 1]
    nothing = Play(run=run, logs=LogWish(which=WhichLogs.NONE)).play().verdict
    assert nothing.deciding.observation.logs == ()


def test_artifacts_are_downloaded_and_what_fails_does_not_lose_the_others(tmp_path: Path) -> None:
    played = Play(run=recorded("artifacts"), artifacts=ArtifactWish(folder=tmp_path)).play()
    files = played.verdict.deciding.observation.artifacts
    good = [file for file in files if not file.error]
    bad = [file for file in files if file.error]
    assert good
    assert bad
    assert all(Path(file.path).exists() for file in good)
    assert played.verdict.exit_code == 0
    assert len(played.verdict.deciding.observation.remarks) >= len(bad)
    assert len(played.downloads) == len(files)


def test_without_a_folder_artifacts_are_only_listed() -> None:
    played = Play(run=recorded("artifacts")).play()
    assert {file.path for file in played.verdict.deciding.observation.artifacts} == {""}
    assert not any("/artifacts/" in request.path for request in played.requests)


def test_an_archived_run_is_downloaded_from_the_archive(tmp_path: Path) -> None:
    run = recorded("archived-then-deleted")
    gone = next(change.at for change in run.workflows[run.scenario] if change.object is None)
    played = Play(
        run=run,
        begin=gone + 0.05,
        identity=Identity(accept_archived=True),
        artifacts=ArtifactWish(folder=tmp_path),
        logs=LogWish(which=WhichLogs.ALL),
    ).play()
    assert played.verdict.exit_code == 0
    fetched = [one.path for one in played.requests if one.path.startswith("/artifacts")]
    assert fetched
    assert all(path.startswith("/artifacts-by-uid/") for path in fetched)


def test_a_report_that_cannot_be_written_makes_a_pass_incomplete_in_all_others(
    tmp_path: Path,
) -> None:
    reports = every_report(tmp_path)
    reports[Format.SUMMARY] = tmp_path / "junit.out" / "below-a-file.md"
    verdict = publish(told(node("a"), phase="Succeeded"), Reports(paths=reports)).verdict
    assert verdict.conclusion is Conclusion.INCOMPLETE
    assert verdict.exit_code == 6
    assert "--summary" in verdict.message
    assert red_cases(reports[Format.JUNIT]) == 1
    assert json.loads(reports[Format.RESULT].read_bytes())["exitCode"] == 6


def test_a_failure_stays_a_failure_when_a_report_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    reports = Reports(paths={Format.JUNIT: tmp_path / "file" / "x.xml"})
    verdict = publish(told(node("a", "Failed")), reports).verdict
    assert verdict.exit_code == 1
    assert "could not be written" in verdict.message


def interrupted_at(kind: type[News], number: int) -> Callable[[News], None]:
    def hear(news: News) -> None:
        if isinstance(news, kind):
            signal.raise_signal(number)

    return hear


@pytest.mark.parametrize(
    ("number", "exit_code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)]
)
def test_a_signal_ends_the_wait_with_every_report(
    tmp_path: Path, number: int, exit_code: int
) -> None:
    signals = Signals()
    reports = every_report(tmp_path)
    with signals.routed():
        verdict = (
            Play(
                run=recorded("steps-one-fails"),
                reports=reports,
                interruptible=signals.interruptible,
                hear=interrupted_at(Changed, number),
            )
            .play()
            .verdict
        )
    assert verdict.exit_code == exit_code
    assert red_cases(reports[Format.JUNIT]) > 0


def test_a_run_that_was_told_of_is_shut_down_however_early_the_signal_comes() -> None:
    signals = Signals()
    with signals.routed():
        played = Play(
            run=recorded("on-exit-slow"),
            interruptible=signals.interruptible,
            hear=interrupted_at(Appeared, signal.SIGTERM),
            on_cancel=Shutdown.TERMINATE,
        ).play()
    assert [one.path for one in played.requests if one.method == "PUT"]


def test_a_signal_while_evidence_is_collected_counts_as_cancelled() -> None:
    @contextmanager
    def interrupted_late() -> Iterator[None]:
        yield
        name = "SIGTERM"
        raise Interrupted(name)

    verdict = (
        Play(run=recorded("hello-succeeds"), interruptible=interrupted_late, reports={})
        .play()
        .verdict
    )
    assert verdict.exit_code == 143
    assert "Succeeded" in verdict.message


def test_a_bug_is_reported_as_far_as_possible(tmp_path: Path) -> None:
    request = gate.Request(
        namespace="argo",
        names=("wf",),
        reports=Reports(
            paths=every_report(tmp_path) | {Format.SUMMARY: tmp_path / "no" / "\0" / "where"}
        ),
    )
    verdict = give_up(request, ZeroDivisionError("division by zero")).verdict
    assert verdict.exit_code == 70
    assert "ZeroDivisionError" in verdict.message
    assert red_cases(request.reports.paths[Format.JUNIT]) == 1


def test_a_timeout_shows_how_far_the_run_came() -> None:
    played = Play(run=recorded("on-exit-slow"), limits=Limits(timeout=10)).play()
    assert played.verdict.deciding.workflow
    assert played.verdict.deciding.workflow.nodes
    assert played.verdict.deciding.message.startswith("argo/on-exit-slow was not over after 10s")


@pytest.mark.parametrize(
    ("rules", "exit_code"),
    [
        (Rules(), 3),
        (Rules(ignore_not_found=True), 0),
    ],
)
def test_a_workflow_that_never_appears(rules: Rules, exit_code: int) -> None:
    played = Play(run=recorded("hello-succeeds"), names=["no-such"], rules=rules).play()
    assert played.verdict.exit_code == exit_code
    assert played.seconds == pytest.approx(30, abs=15)


@pytest.mark.parametrize(("token", "exit_code"), [("wrong", 4)])
def test_a_wrong_token_is_denied_at_once(token: str, exit_code: int) -> None:
    played = Play(run=recorded("hello-succeeds"), token=token).play()
    assert played.verdict.exit_code == exit_code
    assert played.seconds == 0
    assert token not in played.verdict.message


def test_a_run_of_another_name_in_the_archive_is_no_pass() -> None:
    run = recorded("stale-green")
    gone = [change.at for change in run.workflows["stale-green"] if change.object is None][-1]
    played = Play(run=run, begin=gone + 1, limits=Limits(timeout=120)).play()
    assert played.verdict.exit_code == 3
    assert "--accept-archived" in played.verdict.message


def test_a_download_that_breaks_off_is_tried_again(tmp_path: Path) -> None:
    fault = Fault(kind=FaultKind.CUT, match="^/artifacts/", times=1, after=2)
    played = Play(
        run=recorded("hello-succeeds"), faults=[fault], artifacts=ArtifactWish(folder=tmp_path)
    ).play()
    [file] = played.verdict.deciding.observation.artifacts
    assert not file.error
    assert played.verdict.exit_code == 0


def test_verdicts_are_values() -> None:
    verdict = finished(node("a", "Failed"))
    assert replace(verdict, exit_zero=True).exit_code == 0
