"""The next step of every ending: commands that can be typed as they stand."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING, get_args

import pytest

from argogate.model.workflow import LABEL_ARCHIVING
from argogate.verdict.endings import (
    Abandoned,
    AccessDenied,
    Cancelled,
    Crashed,
    Deleted,
    Ending,
    Finished,
    Limit,
    NeverAppeared,
    PartEnded,
    PartMissing,
    Replaced,
    RequestRefused,
    Suspended,
    TimedOut,
    Unfinished,
    Unreachable,
)
from argogate.verdict.observation import Target
from tests.build import node, observed, reported, workflow

if TYPE_CHECKING:
    from argogate.model.workflow import Workflow
    from argogate.verdict.observation import Observation

RUNNING = workflow(node("a", "Running"), phase="Running")
WAITING = workflow(node("gate", "Running", "Suspend"), phase="Running")
ASKING = workflow(node("gate", "Running", "Suspend", supplied=("v",)), phase="Running")
FAILED = workflow(node("a", "Failed", message="main: Error (exit code 1)"))
NEVER_BEGAN = workflow(message="Stopped with strategy 'Terminate'")
PERSISTED = replace(FAILED, labels={LABEL_ARCHIVING: "Persisted"})
SLOW = TimedOut(limit=Limit.TIMEOUT, seconds=3600)


def failing(message: str, **members: str) -> Workflow:
    return workflow(node("a", "Failed", message=message, **members))


def cut(**members: str) -> Workflow:
    ended = node("a", message="Step exceeded its deadline")
    return workflow(ended, phase="Succeeded", **members)


RETRY = "argo retry -n argo wf"
ANEW = "submit it anew"
WAIT = "argogate wait -n argo wf"
STOP = "argo stop -n argo wf"
APPROVE = "argo resume -n argo wf"
SET = "argo node set -n argo wf --node-field-selector displayName=gate"

ENDINGS: tuple[tuple[Ending | None, Workflow | None, tuple[str, ...]], ...] = (
    (None, FAILED, (f"run once more what failed: {RETRY}",)),
    (None, PERSISTED, ("run once more what failed: argo archive retry -n argo b1a0",)),
    (None, NEVER_BEGAN, ("run it once more: argo resubmit -n argo wf",)),
    (
        None,
        replace(NEVER_BEGAN, labels=PERSISTED.labels),
        ("run it once more: argo archive resubmit -n argo b1a0",),
    ),
    (None, cut(), ("run it once more: argo resubmit -n argo wf",)),
    (None, replace(NEVER_BEGAN, nodes_unreadable="x"), (f"unless that was meant, .*: {RETRY}",)),
    (None, failing("ErrImagePull: x"), (f"correct the image.* {ANEW}",)),
    (None, failing("failed to resolve {{x}}"), (f"correct the spec and {ANEW}; .*",)),
    (None, failing("main: OOMKilled (exit code 137)"), (f"give it more memory.* {ANEW}",)),
    (None, failing('pods "x" is forbidden: User'), (f"give .* the permission, then {ANEW}",)),
    (None, failing("CreateContainerConfigError: x"), (f"create what .* and {ANEW}",)),
    (None, failing("Step exceeded its deadline"), (f"allow it more time, .*: {RETRY}",)),
    (None, failing("pod deleted"), (f"run once more what failed, elsewhere or later: {RETRY}",)),
    (None, failing("exceeded quota: x"), (f"when there is room again, .*: {RETRY}",)),
    (
        PartEnded(poll=replace(RUNNING, nodes={}), nodes=("wf-a",)),
        RUNNING,
        ("the workflow goes on; wait for its own end: argogate wait -n argo wf",),
    ),
    (
        PartMissing(poll=FAILED, patterns=("x",), names=("a",)),
        FAILED,
        ("see what its nodes are called: argogate status -n argo wf",),
    ),
    (NeverAppeared(waited=30), None, ("see what there is: argogate list -n argo",)),
    (RequestRefused(reason="bad"), None, ("see what there is: argogate list -n argo",)),
    (Deleted(why_no_result="gone"), RUNNING, ("keep .*ttlStrategy.*",)),
    (
        Replaced(new_uid="2"),
        RUNNING,
        (f"wait for the run .*: {WAIT} --uid 2", "to tell runs apart, .*generateName"),
    ),
    (AccessDenied(reason="no"), None, ("see which .*: argogate doctor -n argo",)),
    (Unreachable(reason="down"), None, ("see how far .*: argogate doctor -n argo",)),
    (
        Unreachable(reason="down"),
        RUNNING,
        ("see how far .*: argogate doctor -n argo", f"then wait again: {WAIT}"),
    ),
    (SLOW, RUNNING, (f"it still runs; wait on: {WAIT} --timeout 7200s", f"or end it: {STOP}")),
    *(
        (
            replace(SLOW, seconds=seconds),
            RUNNING,
            (f"it still runs; wait on: {WAIT} --timeout {more}s", f"or end it: {STOP}"),
        )
        for seconds, more in ((0.2, 1), (0.7, 2), (2e7, 365 * 86400))
    ),
    (SLOW, WAITING, (f"approve it with: {APPROVE}", f"then wait again: {WAIT}")),
    (SLOW, None, ("see what there is: argogate list -n argo",)),
    (
        TimedOut(limit=Limit.PENDING, seconds=60),
        RUNNING,
        ("see what it waits for: argogate status -n argo wf", f"or end it: {STOP}"),
    ),
    (
        SLOW,
        workflow(node("a", "Pending", message="ErrImagePull: x"), phase="Running"),
        (f"correct the image.* {ANEW}", f"and end this one: {STOP}"),
    ),
    (SLOW, workflow(phase=""), ("check that a workflow controller runs .*",)),
    (Suspended(approvals=("gate",)), WAITING, (f"approve it with: {APPROVE}", f".*: {WAIT}")),
    (
        Suspended(approvals=("gate",)),
        ASKING,
        (
            f"approve it with: {SET} --output-parameter v=VALUE, then {APPROVE}",
            f"then wait again: {WAIT}",
        ),
    ),
    (Abandoned(because="argo/other"), RUNNING, (f"it still runs; .*: {WAIT}",)),
    (
        Cancelled(signal_name="SIGTERM"),
        RUNNING,
        (f"it still runs; wait on: {WAIT}", f"or end it: {STOP}"),
    ),
    (Cancelled(signal_name="SIGTERM"), None, (f"wait again: {WAIT}",)),
    (Crashed(error="oops"), None, (f"record what happens for a bug report: {WAIT} --record .*",)),
    (Unfinished(), None, (f"wait again: {WAIT}",)),
)


def steps(found: Observation) -> list[str]:
    return [str(step) for step in reported(found).suites[0].analysis.next_steps]


@pytest.mark.parametrize(("ending", "seen", "expected"), ENDINGS)
def test_every_ending_has_its_next_step(
    ending: Ending | None, seen: Workflow | None, expected: tuple[str, ...]
) -> None:
    found = steps(observed(seen, ending))
    assert len(found) == len(expected), found
    for step, words in zip(found, expected, strict=True):
        assert re.fullmatch(words, step) or step == words


def test_no_ending_is_left_out() -> None:
    told = {type(ending) for ending, _, _ in ENDINGS if ending} | {Finished}
    assert told == set(get_args(Ending))


@pytest.mark.parametrize("ending", [SLOW, Cancelled(signal_name="SIGINT")])
def test_what_the_gate_shuts_down_does_not_run_on(ending: Ending) -> None:
    assert steps(observed(RUNNING, ending, shutting_down="terminate")) == [
        f"the gate asks Argo to terminate it; when it has ended, run the rest: {RETRY}"
    ]


def test_what_passed_but_lacks_something_is_not_run_again() -> None:
    passed = observed(workflow(node("a"), phase="Succeeded"), shortfalls=("no report",))
    (step,) = steps(passed)
    assert step.startswith("the workflow itself passed: ")


def test_labels_are_looked_for_as_they_were_given() -> None:
    target = Target(namespace="argo", name="-l app in (a, b)", named=False)
    (step,) = steps(observed(None, NeverAppeared(waited=30), target=target))
    assert shlex.split(step.partition(": ")[2]) == [
        *("argogate", "list", "-n", "argo", "-l", "app in (a, b)")
    ]
    latest = Target(namespace="argo", name="@latest", named=False)
    assert steps(observed(None, NeverAppeared(waited=30), target=latest)) == [
        "see what there is: argogate list -n argo"
    ]


def test_names_are_quoted_for_a_shell() -> None:
    hostile = "x; rm -rf / $(id)"
    for ending, seen, _ in ENDINGS:
        target = Target(namespace=hostile, name=hostile)
        named = replace(seen, name=hostile, namespace=hostile, uid=hostile) if seen else None
        for step in reported(observed(named, ending, target=target)).suites[0].analysis.next_steps:
            words = shlex.split(step.command)
            assert not step.command or hostile in words
            assert not {"rm", "$(id)"} & set(words)
