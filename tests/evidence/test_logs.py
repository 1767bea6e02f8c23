from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from argogate.errors import ArgoError, CutShort, Unavailable
from argogate.evidence.logs import (
    LONGEST_TAIL,
    MOST_LOGS,
    MOST_OF_ALL,
    MOST_REASONS,
    MOST_TOLD,
    WhichLogs,
    explain_missing,
    read_tails,
)
from argogate.evidence.ports import LogReader, TimeLeft
from argogate.model.workflow import Artifact, NodePhase
from argogate.verdict.evidence import LogTail
from tests.build import moment, node, workflow
from tests.clock import SimulatedClock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from argogate.model.workflow import Node, Workflow

LOGGED = (Artifact(name="main-logs", key="wf/main.log"),)


@dataclass(kw_only=True)
class Cluster(LogReader):
    """Logs of pods by container, and archived ones by node and artifact."""

    pods: list[str] | ArgoError = field(default_factory=list)
    archive: dict[tuple[str, str], list[bytes] | ArgoError] = field(default_factory=dict)
    asked: list[tuple[str, str, int]] = field(default_factory=list)
    takes: float = 0
    """Seconds that a pod's log takes."""
    clock: SimulatedClock = field(default_factory=SimulatedClock)

    def of_pod(self, pod: str, container: str, lines: int) -> list[str]:
        self.asked.append((pod, container, lines))
        self.clock.sleep(self.takes)
        if isinstance(self.pods, ArgoError):
            raise self.pods
        return self.pods

    @contextmanager
    def archived(self, node_id: str, artifact: str) -> Iterator[Iterator[bytes]]:
        found = self.archive[node_id, artifact]
        if isinstance(found, ArgoError):
            raise found
        yield iter(found)

    def tails(
        self, seen: Workflow, which: WhichLogs = WhichLogs.FAILED, lines: int = 3
    ) -> tuple[LogTail, ...]:
        return read_tails(seen, which, self, lines, self.time)

    @property
    def time(self) -> TimeLeft:
        return TimeLeft(clock=self.clock, until=5, request_timeout=5)


def failed(name: str = "a", *, logged: bool = False) -> Node:
    return node(name, "Failed", artifacts=LOGGED if logged else ())


@pytest.mark.parametrize(
    ("which", "expected"),
    [
        (WhichLogs.NONE, []),
        (WhichLogs.FAILED, ["wf-bad"]),
        (WhichLogs.ALL, ["wf-bad", "wf-good"]),
    ],
)
def test_the_logs_that_were_asked_for_are_read(which: WhichLogs, expected: list[str]) -> None:
    seen = workflow(
        node("good"), failed("bad"), node("frame", "Failed", "DAG"), node("ask", kind="Suspend")
    )
    cluster = Cluster(pods=["x"])
    assert sorted(tail.node_id for tail in cluster.tails(seen, which)) == expected
    assert len(cluster.asked) == len(expected)


def test_the_last_lines_of_the_pod_are_kept() -> None:
    cluster = Cluster(pods=["1", "2", "3", "4", "5"])
    (tail,) = cluster.tails(workflow(failed()))
    assert tail == LogTail(node_id="wf-a", lines=("3", "4", "5"))
    ((pod, container, lines),) = cluster.asked
    assert pod.startswith("wf-a-")
    assert (container, lines) == ("main", 3)


@pytest.mark.parametrize("pods", [[], Unavailable("down")], ids=["gone", "down"])
@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        ([b"1\n2\n3\n4\n"], ("2", "3", "4")),
        ([b"1\n", b"2\r\n3", b"\n4"], ("2", "3", "4")),
        ([b"\xff\xc3", b"\xbc\n"], ("\ufffdü",)),
        ([b"x" * LONGEST_TAIL, b"\nlast"], ("x" * (LONGEST_TAIL - 5), "last")),
        ([], ()),
    ],
    ids=["whole", "cut", "odd", "long", "empty"],
)
def test_the_archived_log_stands_in_for_a_pod_that_is_gone(
    pods: list[str] | ArgoError, chunks: list[bytes], expected: tuple[str, ...]
) -> None:
    archive: dict[tuple[str, str], list[bytes] | ArgoError] = {("wf-a", "main-logs"): chunks}
    (tail,) = Cluster(pods=pods, archive=archive).tails(workflow(failed(logged=True)))
    problem = "" if expected else "it printed nothing"
    assert tail == LogTail(node_id="wf-a", lines=expected, problem=problem)


@pytest.mark.parametrize(
    ("pods", "logged", "archived", "problem"),
    [
        ([], False, None, "its pod printed nothing, or is gone and left no log"),
        (Unavailable("down"), False, None, "down"),
        ([], True, Unavailable("no storage"), "no storage"),
        (Unavailable("down"), True, ArgoError("no storage"), "no storage"),
    ],
    ids=["gone", "down", "no archive", "nothing"],
)
def test_a_log_that_cannot_be_read_says_why(
    pods: list[str] | ArgoError, archived: ArgoError | None, problem: str, *, logged: bool
) -> None:
    cluster = Cluster(pods=pods)
    if archived:
        cluster.archive["wf-a", "main-logs"] = archived
    (tail,) = cluster.tails(workflow(failed(logged=logged)))
    assert tail == LogTail(node_id="wf-a", problem=problem)


@pytest.mark.parametrize("logged", [False, True])
def test_what_came_of_a_log_that_broke_off_is_shown_with_the_reason(*, logged: bool) -> None:
    cluster = Cluster(pods=CutShort("it broke off", ("1", "2", "3", "4")))
    cluster.archive["wf-a", "main-logs"] = ArgoError("it broke off")
    (tail,) = cluster.tails(workflow(failed(logged=logged)))
    assert tail == LogTail(node_id="wf-a", lines=("2", "3", "4"), problem="it broke off")


def test_no_log_is_asked_for_when_the_time_is_over() -> None:
    cluster = Cluster(pods=["x"])
    cluster.takes = 5
    found = cluster.tails(workflow(failed("a"), failed("b")))
    assert [tail.lines for tail in found] == [("x",), ()]
    assert "--collect-timeout" in found[1].problem
    assert len(cluster.asked) == 1


def test_the_log_of_a_container_is_kept_by_its_pod() -> None:
    artifacts = tuple(Artifact(name=f"{name}-logs", key=name) for name in "xy")
    pod = node("pod", "Failed", artifacts=artifacts)
    inside = node("pod.y", "Failed", "Container", boundary_id=pod.id, display_name="y")
    cluster = Cluster(archive={("wf-pod", "y-logs"): [b"said"]})
    assert cluster.tails(workflow(pod, inside)) == (LogTail(node_id="wf-pod.y", lines=("said",)),)
    assert cluster.asked[0][1] == "y"


def test_a_container_whose_pod_is_unknown_has_no_log() -> None:
    lost = replace(node("y", "Failed", "Container"), boundary_id="wf-nowhere")
    cluster = Cluster(pods=["x"])
    assert cluster.tails(workflow(lost)) == ()
    assert cluster.asked == []


def test_what_ran_no_pod_is_not_asked_for() -> None:
    cluster = Cluster(pods=["x"])
    assert cluster.tails(workflow(node("a", "Failed", "HTTP"))) == ()
    assert cluster.asked == []


@pytest.mark.parametrize(
    ("which", "most"), [(WhichLogs.FAILED, MOST_LOGS), (WhichLogs.ALL, MOST_OF_ALL)]
)
def test_of_too_many_logs_the_others_are_told_not_to_be_read(which: WhichLogs, most: int) -> None:
    cluster = Cluster(pods=["x"])
    many = workflow(*(failed(f"n{number}") for number in range(most + MOST_TOLD + 9)))
    tails = cluster.tails(many, which)
    assert len(cluster.asked) == most
    assert {tail.problem for tail in tails[:most]} == {""}
    assert {tail.problem for tail in tails[most:]} == {
        f"only the logs of {most} of {most + MOST_TOLD + 9} nodes are read"
    }
    assert len(tails) == most + MOST_TOLD


def test_what_failed_is_read_before_what_did_not() -> None:
    cluster = Cluster(pods=["x"])
    fine = [node(f"n{number}") for number in range(MOST_OF_ALL)]
    late = replace(failed("late"), started_at=moment(9))
    assert cluster.tails(workflow(*fine, late), WhichLogs.ALL)[0].node_id == late.id


@pytest.mark.parametrize(
    ("which", "expected"),
    [
        (WhichLogs.FAILED, ["bad", "runs", "waits"]),
        (WhichLogs.ALL, ["bad", "good", "runs", "waits"]),
    ],
)
def test_of_a_run_that_is_given_up_the_logs_of_what_is_at_work_are_read(
    which: WhichLogs, expected: list[str]
) -> None:
    cluster = Cluster(pods=["x"])
    seen = workflow(
        node("good"),
        node("old", memoized=True, display_name="cached"),
        node("never", "Skipped"),
        node("omitted", "Omitted"),
        failed("bad"),
        node("runs", "Running"),
        node("waits", "Pending"),
        phase="Running",
    )
    found = read_tails(seen, which, cluster, 3, cluster.time, given_up=True)
    assert found[0].node_id == "wf-bad"
    assert sorted(tail.node_id for tail in found) == [f"wf-{name}" for name in expected]
    assert {tail.node_id: tail.problem for tail in found}["wf-waits"] == "its pod has not started"
    assert len(cluster.asked) == len(found) - 1


def test_why_there_is_no_log_is_told_once_for_each_reason() -> None:
    nodes = [node(name) for name in "abcdefgh"]
    reasons = ["gone"] * 6 + ["", "denied"]
    found = [
        LogTail(node_id=each.id, problem=reason)
        for each, reason in zip(nodes, reasons, strict=True)
    ]
    found[-1] = replace(found[-1], lines=("x",))
    assert list(explain_missing(workflow(*nodes), found)) == [
        "there is no log of a, b, c, d, e and 1 more: gone",
        "there is only a part of the log of h: denied",
    ]
    bad = [replace(each, phase=NodePhase.FAILED) for each in nodes]
    assert list(explain_missing(workflow(*bad), found)) == [], "their own cases say so"
    many = [replace(tail, problem=f"{number}") for number, tail in enumerate(found)]
    assert len(list(explain_missing(workflow(*nodes), many))) == MOST_REASONS
