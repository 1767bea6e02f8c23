"""Why recorded runs did not go on: told once, and kept for the verdict."""

from __future__ import annotations

import pytest

from argogate.cli.progress import spell_news
from argogate.waiting.news import AwaitsApproval, Held, Running
from tests.harness import Play, recorded

LOCKED = "Waiting for argo/Mutex/deploy-lock lock. Lock status: 0/1 (held by argo/mutex-waiting-a)"
QUEUED = (
    "Waiting for argo/Mutex/deploy-lock2 lock. Lock status: 0/1 "
    "(held by argo/terminated-while-pending-a)"
)
PULL, ROOM = "Pending: ErrImagePull: failed to pull", "Pending: Unschedulable: 0/1 nodes are"


@pytest.mark.parametrize("listen", [True, False])
@pytest.mark.parametrize(
    ("run", "name", "told", "verdict"),
    [
        ("image-pull-fails", "", f"node pull is {PULL}", f"before that {PULL}"),
        ("unschedulable", "", f"node gpu is {ROOM}", f"before that {ROOM}"),
        ("older/v3.4.18/mutex-waiting", "mutex-waiting-b", LOCKED, "ended Succeeded"),
        pytest.param(
            *("older/v3.6.19/mutex-waiting", "mutex-waiting-b", LOCKED, "ended Succeeded"),
            marks=pytest.mark.thorough,
        ),
        ("older/v4.0.10/mutex-waiting", "mutex-waiting-b", LOCKED, "ended Succeeded"),
        (
            "terminated-while-pending",
            "terminated-while-pending-b",
            QUEUED,
            f"before that Pending: {QUEUED}",
        ),
        (
            "suspend-approve",
            "",
            "waits for an approval of approve; to approve: argo resume -n argo suspend-approve",
            "ended Succeeded",
        ),
    ],
)
def test_why_a_recorded_run_does_not_go_on_is_told_once_and_kept(
    run: str, name: str, told: str, verdict: str, *, listen: bool
) -> None:
    played = Play(run=recorded(run), names=[name] if name else [], listen=listen).play()
    why = [spell_news(each) for each in played.news if isinstance(each, Held | AwaitsApproval)]
    assert [each.partition(": ")[2][: len(told)] for each in why] == [told]
    assert verdict in played.verdict.message


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        ("steps-one-fails", ["starting: build", "starting: integration, unit"]),
        ("on-exit-slow", ["starting: main", "starting: onExit", "running: onExit"]),
    ],
)
def test_what_runs_in_a_recorded_run_is_told_at_each_change(run: str, expected: list[str]) -> None:
    played = Play(run=recorded(run), listen=True).play()
    told = [spell_news(each) for each in played.news if isinstance(each, Running)]
    assert [each.partition(": ")[2] for each in told] == expected
