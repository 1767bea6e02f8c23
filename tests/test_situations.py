"""What a wait meets besides plain success and failure: exit code and sentence."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from argo_replay.faults import Fault, FaultKind
from argogate.model.workflow import Shutdown
from argogate.waiting.identity import Identity
from argogate.waiting.patience import Limits
from tests.harness import Play, Played, recorded
from tests.recorded_runs import BETWEEN

TWO_MINUTES = Limits(timeout=120)
ARCHIVE = "v4.1 v3.5.5 v3.6.19 v4.0.10"


@dataclass(frozen=True, kw_only=True)
class Situation:
    """A recorded run, when the gate comes to it, and what it says in the end."""

    run: str
    come: str = "at the start"
    """Or `before` or `after` a deletion: `after 2` is after the second one."""
    options: dict[str, Any] = field(default_factory=dict)
    exit_code: int
    says: tuple[str, ...]
    releases: str = "v4.1"

    def __str__(self) -> str:
        """Name the case."""
        return f"{self.run} {self.come} {' '.join(self.options)}"


def situation(run: str, exit_code: int, *says: str, **members: Any) -> Situation:  # noqa: ANN401
    return Situation(run=run, exit_code=exit_code, says=says, **members)


SITUATIONS = [
    situation(
        "name-reused", 0, "ended Succeeded", come="before 1", releases="v4.1 v3.4.18 v3.6.19"
    ),
    situation("name-reused", 1, "ended Failed", come="after 1", releases="v4.1 v3.4.18 v3.6.19"),
    situation(
        "deleted-mid-run",
        3,
        "was deleted before its end was seen (last seen Running",
        "no result of it",
    ),
    situation("deleted-mid-run", 3, "did not appear within 30s", come="after 1"),
    situation("deleted-mid-run", 3, "was deleted", releases="v3.4.18 v3.6.19 v4.0.10"),
    situation(
        "stale-green",
        3,
        "was deleted before its end was seen (last seen Running",
        come="after 1",
        releases=ARCHIVE,
    ),
    situation("stale-green", 3, "was deleted", come="after 1", releases="v3.4.18"),
    situation(
        "stale-green",
        3,
        "did not appear within 30s",
        "ended Succeeded",
        "is archived: an older run",
        "--accept-archived",
        come="after 2",
        releases=ARCHIVE,
    ),
    situation("stale-green", 3, "check the name", come="after 2", releases="v3.4.18"),
    situation(
        "stale-green",
        0,
        "ended Succeeded",
        come="after 2",
        options={"identity": Identity(accept_archived=True)},
        releases=ARCHIVE,
    ),
    situation("archived-then-deleted", 3, "--uid", come="after 1", releases=ARCHIVE),
    situation("archived-then-deleted", 0, "ended Succeeded", come="before 1", releases=ARCHIVE),
    situation(
        "archived-twice", 3, "was deleted", come="after 1", releases="v3.4.18 v3.6.19 v4.0.10"
    ),
    situation(
        "ttl-fast", 0, "ended Succeeded", come="before 1", releases="v3.4.18 v3.6.19 v4.0.10"
    ),
    situation("manual-retry", 0, "ended Succeeded", options={"limits": Limits(poll_interval=15)}),
    situation("stopped", 1, "ended Failed after 30s", "stopped with strategy Stop"),
    situation("terminated", 1, "stopped with strategy Terminate"),
    situation(
        "terminated-while-pending",
        1,
        "ended Succeeded",
        "its work was cut short",
        "so that is no pass",
        options={"names": ["terminated-while-pending-b"]},
        releases="v3.4.18 v3.6.19",
    ),
    situation(
        "terminated-while-pending",
        1,
        "ended Failed",
        "Stopped with strategy 'Terminate'",
        options={"names": ["terminated-while-pending-b"]},
        releases="v4.1 v4.0.10",
    ),
    situation("deadline-exceeded", 1, "longer than the specified deadline"),
    situation("on-exit-slow", 0, "ended Succeeded after 42s"),
    situation("on-exit-fails", 1, "onExit (main: Error (exit code 2))"),
    situation("daemon-hook", 0, "finishedAt never came", releases="v3.4.18"),
    situation("daemon-root", 1, "finishedAt never came", releases="v3.4.18"),
    situation(
        "unschedulable",
        124,
        "(--pending-timeout)",
        "node gpu is Pending: Unschedulable: 0/1 nodes",
        options={"limits": Limits(pending_timeout=15)},
    ),
    situation(
        "image-pull-fails",
        124,
        "node pull is Pending: ErrImagePull",
        options={"limits": Limits(pending_timeout=15)},
    ),
    situation(
        "controller-down",
        124,
        "no workflow controller has picked it up",
        options={"limits": Limits(pending_timeout=5)},
    ),
    situation(
        "terminated-while-pending",
        124,
        "Waiting for argo/Mutex/deploy-lock2 lock",
        options={
            "names": ["terminated-while-pending-b"],
            "limits": Limits(pending_timeout=3),
        },
    ),
    situation(
        "suspend-approve",
        7,
        "waits for an approval: approve",
        "argo resume -n argo",
        options={"fail_on_suspend": True},
    ),
    situation("spec-suspended", 7, "the whole workflow", options={"fail_on_suspend": True}),
    situation("suspend-duration", 0, "ended Succeeded", options={"fail_on_suspend": True}),
    situation("steps-one-fails", 0, "unit ended well", options={"nodes": ("unit",)}),
    situation("steps-one-fails", 1, "integration ended Failed", options={"nodes": ("integ*",)}),
    situation("steps-one-fails", 1, "before any node matched", options={"nodes": ("deploy",)}),
    situation("dag-diamond-fails", 1, "E ended Omitted", options={"nodes": ("E",)}),
    situation("retry-flaky-succeeds", 0, "flaky ended well", options={"nodes": ("flaky",)}),
    situation("hello-succeeds", 3, "it has: main", options={"nodes": ("nope", "n?pe")}),
    situation("on-exit-slow", 0, "main ended well", options={"nodes": ("on-exit-slow",)}),
    situation("latest", 124, "(--timeout)", options={"names": ["@latest"]}),
    situation("hello-succeeds", 0, "hello-succeeds ended", options={"names": ["@latest"]}),
    situation("hello-succeeds", 0, "hello-succeeds ended", options={"labels": "lab/scenario"}),
    situation("hello-succeeds", 3, "check the labels", options={"labels": "no=such"}),
    situation(
        "hello-succeeds",
        3,
        "left out, created before --created-after: hello-succeeds",
        options={
            "labels": "lab/scenario",
            "identity": Identity(created_after=recorded("hello-succeeds").recorded + timedelta(1)),
        },
    ),
    situation("archive-down", 0, "ended Succeeded"),
    situation("api-server-down", 0, "ended Succeeded"),
]


def cases() -> list[Any]:
    """Return each situation on its releases, one between two others for `make check-ci` alone."""
    return [
        pytest.param(
            release, each, marks=pytest.mark.thorough if number and BETWEEN.match(release) else []
        )
        for each in SITUATIONS
        for number, release in enumerate(each.releases.split())
    ]


def play(release: str, each: Situation) -> Played:
    run = recorded(each.run if release == "v4.1" else f"older/{release}/{each.run}")
    deletions = [
        change.at for change in next(iter(run.workflows.values())) if change.object is None
    ]
    begin = 0.0
    if each.come != "at the start":
        when, number = each.come.split()
        moment = deletions[int(number) - 1]
        begin = max(moment - 3, 0) if when == "before" else moment + 0.05
    return Play(run=run, begin=begin, **{"limits": TWO_MINUTES, **each.options}).play()


@pytest.mark.parametrize(("release", "each"), cases(), ids=str)
def test_the_exit_code_and_the_sentence(release: str, each: Situation) -> None:
    played = play(release, each)
    message = played.verdict.message
    assert played.verdict.exit_code == each.exit_code, message
    for words in each.says:
        assert words in message


def test_a_run_that_is_running_although_every_node_is_final_is_stalled() -> None:
    run = recorded("suspend-duration")
    [changes] = run.workflows.values()
    end = next(c.at for c in changes if c.object and c.object["status"].get("finishedAt"))
    state = run.state_at("suspend-duration", end)
    assert state
    state = {**state, "status": {**state["status"], "phase": "Running", "finishedAt": None}}
    body = json.dumps(state).encode()
    stuck = Fault(kind=FaultKind.ANSWER, match="suspend-duration$", status=200, body=body)
    played = Play(run=run, faults=[stuck], limits=Limits(stall_timeout=60)).play()
    assert played.verdict.exit_code == 124
    assert "every node is final" in played.verdict.message
    assert played.seconds == pytest.approx(60, abs=0.1)


@pytest.mark.parametrize("how", list(Shutdown))
def test_what_is_given_up_is_shut_down_after_the_reports(how: Shutdown) -> None:
    played = Play(run=recorded("on-exit-slow"), limits=Limits(timeout=10), on_timeout=how).play()
    assert played.verdict.exit_code == 124
    assert f"asked to {how}, which the server confirmed" in played.sentences[-1]
    assert played.verdict.results[0].observation.shutting_down == how, "the reports know of it"
    assert [one.path for one in played.requests if one.method == "PUT"] == [
        f"/api/v1/workflows/argo/on-exit-slow/{how}"
    ]


def test_one_failure_ends_the_wait_for_all_when_asked_for() -> None:
    run = recorded("terminated-while-pending")
    names = list(run.workflows)
    played = Play(run=run, names=names, fail_fast=True).play()
    assert played.verdict.exit_code == 1
    assert [result.exit_code for result in played.verdict.results] == [6, 1]
    assert "--fail-fast" in played.verdict.results[0].message


def test_a_pass_does_not_end_the_wait_for_the_others() -> None:
    run = recorded("older/v3.6.19/mutex-waiting")
    played = Play(
        run=run, names=list(run.workflows), fail_fast=True, limits=Limits(timeout=60)
    ).play()
    assert [result.exit_code for result in played.verdict.results] == [124, 0]
