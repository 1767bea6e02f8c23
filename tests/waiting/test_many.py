"""Many workflows in one process: a list per look, never a verdict from it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

import pytest

from argo_replay.faults import Fault, FaultKind
from argo_replay.making import make_run
from argogate.waiting.patience import Limits
from tests.harness import Play, Played, recorded

if TYPE_CHECKING:
    from argo_replay.run import Run
    from argo_replay.server import SeenRequest

LIST = "/api/v1/workflows/argo"
COUNT = 12


@cache
def crowd(run: str, count: int = COUNT) -> Run:
    """Return a run with many copies of one workflow, each ending a little later."""
    original = recorded(run)
    [changes] = original.workflows.values()

    def renamed(value: object, name: str) -> object:
        if isinstance(value, dict):
            return {str(renamed(key, name)): renamed(item, name) for key, item in value.items()}
        if isinstance(value, list):
            return [renamed(item, name) for item in value]
        return value.replace(run, name) if isinstance(value, str) else value

    workflows = {}
    for number in range(count):
        name = f"{run}-{number}"
        workflows[name] = tuple(
            replace(
                change,
                at=change.at + number * 0.5,
                object=_own(renamed(change.object, name), number),
            )
            for change in changes
        )
    return replace(original, workflows=workflows)


def _own(state: object, number: int) -> dict[str, object] | None:
    if not isinstance(state, dict):
        return None
    return {**state, "metadata": {**state["metadata"], "uid": f"uid-{number}"}}


def lists(requests: list[SeenRequest]) -> list[SeenRequest]:
    return [one for one in requests if one.path == LIST]


def polls(requests: list[SeenRequest]) -> list[SeenRequest]:
    return [one for one in requests if "spec.shutdown" in one.query.get("fields", "")]


@cache
def calm(*, listen: bool) -> Played:
    """Return what a gate makes of the whole crowd."""
    run = crowd("hello-succeeds")
    return Play(run=run, names=list(run.workflows), listen=listen).play()


@pytest.mark.parametrize("listen", [False, True])
def test_many_workflows_cost_one_list_per_look_and_one_poll_at_each_end(*, listen: bool) -> None:
    played = calm(listen=listen)
    assert played.verdict.exit_code == 0
    assert len(played.verdict.results) == COUNT
    assert lists(played.requests)
    quiet = [one for one in polls(played.requests) if 8 < one.at < 9.9]
    assert not quiet, "while all run on, nobody is polled"


@pytest.mark.parametrize(("count", "asked"), [(4, True), (5, False)])
def test_many_that_are_quiet_are_not_asked_one_by_one_why(count: int, *, asked: bool) -> None:
    names = [f"build-{number}" for number in range(count)]
    each = [make_run(name, seconds=60) for name in names]
    workflows = {name: run.workflows[name] for name, run in zip(names, each, strict=True)}
    run = replace(each[0], workflows=workflows)
    slow = Limits(poll_interval=50, max_poll_interval=50)
    played = Play(run=run, names=names, limits=slow, listen=True).play()
    assert played.verdict.exit_code == 0
    assert any(4 < one.at < 6 for one in played.requests) is asked


def test_a_failure_among_many_decides() -> None:
    run = crowd("steps-one-fails", 6)
    played = Play(run=run, names=list(run.workflows)).play()
    assert played.verdict.exit_code == 1
    assert [result.exit_code for result in played.verdict.results] == [1] * 6


def test_a_list_that_may_not_be_read_is_replaced_by_polls() -> None:
    run = crowd("hello-succeeds", 6)
    refused = Fault(
        kind=FaultKind.ANSWER,
        match=f"{LIST}$",
        status=403,
        body=b'{"code":7,"message":"Permission denied"}',
    )
    played = Play(run=run, names=list(run.workflows), faults=[refused]).play()
    assert played.verdict.exit_code == 0
    assert len(lists(played.requests)) == 1


def test_an_outage_of_the_list_is_told_once_and_borne() -> None:
    run = crowd("hello-succeeds", 6)
    down = Fault(kind=FaultKind.ANSWER, start=3, stop=9, status=500, body=b"down")
    played = Play(run=run, names=list(run.workflows), faults=[down]).play()
    assert played.verdict.exit_code == 0
    assert played.said.count("Troubled") == 1
    assert played.said.count("Recovered") == 1


def test_an_outage_that_lasts_ends_the_wait_for_all() -> None:
    run = crowd("hello-succeeds", 6)
    down = Fault(kind=FaultKind.ANSWER, start=3, status=500, body=b"down")
    played = Play(
        run=run, names=list(run.workflows), faults=[down], limits=Limits(outage_timeout=40)
    ).play()
    assert {result.exit_code for result in played.verdict.results} == {5}


def test_a_list_with_pages_is_read_to_its_end_and_rows_that_repeat_do_no_harm() -> None:
    run = crowd("hello-succeeds", 7)
    played = Play(
        run=run,
        begin=5,
        labels="lab/scenario",
        limits=Limits(timeout=60),
    ).play()
    assert len(played.verdict.results) == 7
    assert played.verdict.exit_code == 0


def test_more_than_ten_are_announced_in_a_sentence() -> None:
    assert "… and for 2 more" in calm(listen=False).sentences


def test_a_deadline_ends_all_that_are_left() -> None:
    run = crowd("hello-succeeds", 6)
    played = Play(run=run, names=list(run.workflows), limits=Limits(timeout=11)).play()
    codes = [result.exit_code for result in played.verdict.results]
    assert set(codes) == {0, 124}
    assert played.seconds == pytest.approx(11, abs=0.01)
    assert timedelta(seconds=played.seconds) < timedelta(seconds=12)
