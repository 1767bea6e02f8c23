"""Workflows that no name names, as the gate waits for them."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from argo_replay.faults import Fault, FaultKind
from argogate.errors import Interrupted
from argogate.model.workflow import Shutdown
from argogate.reports.formats import Format
from argogate.waiting.identity import Identity
from argogate.waiting.patience import Limits
from tests.harness import Play, recorded
from tests.waiting.test_many import LIST, crowd, lists

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import FrameType

    from argo_replay.run import Run

NO_WATCH = Fault(
    kind=FaultKind.ANSWER,
    match="/workflow-events/",
    status=403,
    body=b'{"code":7,"message":"unknown (get workflows.argoproj.io)"}',
)
NO_LIST = Fault(
    kind=FaultKind.ANSWER,
    match=f"{LIST}$",
    status=500,
    body=b'{"code":13,"message":"session proxy is closed"}',
)
ENDED = "dag-diamond-fails"
GONE = "archived-then-deleted"


def end_of(run: str) -> float:
    """Return the moment after a run has ended, or is gone."""
    changes = recorded(run).workflows[run]
    return next((one.at for one in changes if one.object is None), changes[-1].at) + 0.05


def after_it(one: str, other: str) -> Run:
    """Return a recorded run, and another one on the same server that begins when it is gone."""
    first, second = recorded(one), recorded(other)
    [changes] = second.workflows.values()
    shifted = tuple(replace(change, at=change.at + end_of(one)) for change in changes)
    return replace(first, workflows={**first.workflows, other: shifted})


def live_crowd(count: int) -> Run:
    return replace(crowd("steps-one-fails", count), archive=None)


@pytest.mark.parametrize("faults", [[], [NO_WATCH], [NO_LIST]])
def test_a_live_run_that_is_archived_too_is_waited_for(faults: list[Fault]) -> None:
    completed = "workflows.argoproj.io/completed=true"
    played = Play(run=recorded(ENDED), begin=end_of(ENDED), labels=completed, faults=faults).play()
    [result] = played.verdict.results
    assert result.exit_code == 1
    assert result.observation.target.name == ENDED


@pytest.mark.parametrize("release", ["v3.4.18", "v3.6.19", "v4.0.10"])
def test_servers_with_and_without_such_a_watch_choose_alike(release: str) -> None:
    run = recorded(f"older/{release}/name-reused")
    played = Play(run=run, begin=0.5, labels="lab/scenario").play()
    assert played.verdict.exit_code == 0
    assert [one.observation.target.name for one in played.verdict.results] == [*run.workflows]


def test_what_is_left_out_is_named_in_the_log_and_in_every_report(tmp_path: Path) -> None:
    reports = {report: tmp_path / report for report in (Format.RESULT, Format.SUMMARY)}
    played = Play(
        run=after_it(GONE, "hello-succeeds"),
        begin=end_of(GONE) + 5,
        labels="lab/scenario",
        reports=reports,
    ).play()
    assert [one.observation.target.name for one in played.verdict.results] == ["hello-succeeds"]
    assert played.verdict.exit_code == 0
    assert any(GONE in one and "--accept-archived" in one for one in played.sentences)
    for path in reports.values():
        assert GONE in path.read_text("utf-8")


def test_what_is_there_instead_is_in_the_message() -> None:
    played = Play(run=recorded(GONE), begin=end_of(GONE), labels="lab/scenario").play()
    assert played.verdict.exit_code == 3
    assert "1 matching run left out" in played.verdict.message
    assert GONE in played.verdict.message
    taken = Identity(accept_archived=True)
    again = Play(
        run=recorded(GONE), begin=end_of(GONE), labels="lab/scenario", identity=taken
    ).play()
    assert again.verdict.exit_code == 0


def first_list(run: Run, at: float, *names: str) -> Fault:
    """Return the answer of a server whose copy lags: it shows only these."""
    items = [run.state_at(name, at) for name in names]
    body = json.dumps({"metadata": {}, "items": items}).encode()
    return Fault(kind=FaultKind.ANSWER, match=f"{LIST}$", times=1, status=200, body=body)


@pytest.mark.parametrize("begin", [5, 60])
def test_rows_that_come_late_count_too(begin: float) -> None:
    run = live_crowd(3)
    late = first_list(run, begin, "steps-one-fails-0", "steps-one-fails-1")
    played = Play(run=run, begin=begin, labels="lab/scenario", faults=[NO_WATCH, late]).play()
    assert {result.observation.target.name for result in played.verdict.results} == {*run.workflows}
    assert played.verdict.exit_code == 1


def test_a_failure_that_ends_the_wait_waits_for_no_late_row() -> None:
    run = live_crowd(3)
    played = Play(
        run=run, begin=60, labels="lab/scenario", faults=[NO_WATCH], fail_fast=True
    ).play()
    assert played.verdict.exit_code == 1
    assert len(lists(played.requests)) == 1


def test_the_timeout_also_ends_the_wait_for_late_rows() -> None:
    played = Play(
        run=live_crowd(2),
        begin=60,
        labels="lab/scenario",
        faults=[NO_WATCH],
        limits=Limits(timeout=4),
    ).play()
    assert played.verdict.exit_code == 1
    assert played.seconds == pytest.approx(4)


def test_a_set_of_one_costs_no_time() -> None:
    run = recorded("steps-one-fails")
    played = Play(run=run, begin=60, labels="lab/scenario", faults=[NO_WATCH]).play()
    assert played.seconds == 0


@pytest.mark.parametrize(("age", "exit_code"), [(-60, 0), (60, 3)])
def test_the_newest_run_is_waited_for_if_it_is_young_enough(age: float, exit_code: int) -> None:
    run = recorded("hello-succeeds")
    identity = Identity(created_after=run.recorded + timedelta(seconds=age))
    played = Play(run=run, begin=5, names=["@latest"], identity=identity).play()
    assert played.verdict.exit_code == exit_code
    assert ("created before --created-after" in played.verdict.message) == (exit_code == 3)


def calls(last: int, step: int) -> list[Any]:
    """Return every such call of the wait's functions; most of them are for `make check-ci`."""
    marks = [[], *[[pytest.mark.thorough]] * 2]
    return [
        pytest.param(call, marks=marks[number % len(marks)])
        for number, call in enumerate(range(1, last, step))
    ]


def interrupted_at(call: int) -> object:
    """Return a context that raises at that call of the wait's own functions."""

    @contextmanager
    def interruptible() -> Iterator[None]:
        calls = 0

        def count(frame: FrameType, event: str, _: object) -> None:
            nonlocal calls
            place = frame.f_code.co_filename
            ours = "argogate/waiting" in place or place.endswith("gate.py")
            # What is raised where a generator is closed is swallowed: Signals.notice is for that.
            if event == "call" and ours and frame.f_code.co_name != "<genexpr>":
                calls += 1
                if calls == call:
                    sys.setprofile(None)
                    raise Interrupted("SIGTERM")  # noqa: EM101 - as the handler of signals does

        sys.setprofile(count)
        try:
            yield
        finally:
            sys.setprofile(None)

    return interruptible


@pytest.mark.parametrize("call", calls(60, 2))
def test_a_signal_before_the_first_look_loses_no_workflow(call: int) -> None:
    names = ["hello-succeeds", "alpha", "beta"]
    played = Play(
        run=recorded("hello-succeeds"),
        names=names,
        interruptible=interrupted_at(call),  # type: ignore[arg-type]
        on_cancel=Shutdown.TERMINATE,
    ).play()
    assert [one.observation.target.name for one in played.verdict.results] == names
    assert played.verdict.exit_code == 143


@pytest.mark.parametrize("call", calls(300, 11))
@pytest.mark.parametrize("selecting", [{"labels": "lab/scenario"}, {"names": ["@latest"]}], ids=str)
def test_a_signal_while_choosing_shuts_down_only_what_was_seen(
    call: int, selecting: dict[str, object]
) -> None:
    played = Play(
        run=recorded("hello-succeeds"),
        begin=4,
        interruptible=interrupted_at(call),  # type: ignore[arg-type]
        on_cancel=Shutdown.TERMINATE,
        limits=Limits(timeout=30),
        **selecting,  # type: ignore[arg-type]
    ).play()
    assert played.verdict.exit_code == 143
    [result] = played.verdict.results
    changed = [one.path for one in played.requests if one.method == "PUT"]
    assert changed in ([], [f"{LIST}/hello-succeeds/terminate"])
    assert result.workflow or not changed
