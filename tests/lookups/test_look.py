"""One look: which run it shows, what it concludes, and what it answers where it cannot see."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from argogate.argo.documents import Document
from argogate.errors import (
    ArgoError,
    CertificateRefused,
    Denied,
    Impossible,
    Malformed,
    NotFound,
    NotUnderstood,
    Unavailable,
)
from argogate.lookups.look import PAUSES, Patience, Sight, look
from argogate.model.answers import Poll
from argogate.model.parse import parse_workflow
from argogate.verdict.endings import (
    AccessDenied,
    Finished,
    NeverAppeared,
    RequestRefused,
    Suspended,
    TimedOut,
    Unreachable,
)
from argogate.verdict.observation import Target

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
TARGET = Target(namespace="ci", name="w", url="https://ui/w")


Object = dict[str, Any]


def run(
    uid: str = "u1",
    phase: str = "Succeeded",
    metadata: Object | None = None,
    status: Object | None = None,
) -> Object:
    """Return a workflow as a server sends it."""
    return {
        "metadata": {"name": "w", "namespace": "ci", "uid": uid, **(metadata or {})},
        "status": {"phase": phase, "finishedAt": "2026-01-01T11:00:00Z", **(status or {})},
    }


@dataclass
class Server:
    """Answers with what it was given, in turn; the last answer stays."""

    live: list[Object | ArgoError]
    archive: Object | ArgoError = field(default_factory=lambda: NotFound("none"))
    asked: list[str] = field(default_factory=list)

    def document(self, namespace: str, name: str, *, timeout: float, whole: float) -> Document:
        return self._given(f"{namespace}/{name}", self._next(), timeout, whole)

    def archived_document(self, uid: str, *, timeout: float, whole: float) -> Document:
        return self._given(uid, self.archive, timeout, whole)

    def poll(self, namespace: str, name: str, *, timeout: float) -> Poll:
        found = self._given(f"poll {namespace}/{name}", self._next(), timeout, timeout)
        return Poll(workflow=parse_workflow(found.content), server_time=NOW)

    def _next(self) -> Object | ArgoError:
        return self.live.pop(0) if len(self.live) > 1 else self.live[0]

    def _given(
        self, asked: str, answer: Object | ArgoError, timeout: float, whole: float
    ) -> Document:
        assert (timeout, whole) in {(3, 60), (3, 3)}
        self.asked.append(asked)
        if isinstance(answer, ArgoError):
            raise answer
        return Document(content=answer, server_time=NOW)


def seen(server: Server, uid: str = "", rests: list[float] | None = None) -> Sight:
    rest = (rests if rests is not None else []).append
    return look(TARGET, uid, server, Patience(timeout=3, whole=60, rest=rest))


def test_usually_one_question_answers_it() -> None:
    server = Server([run()])
    sight = seen(server)
    assert isinstance(sight.ending, Finished)
    assert sight.ending.settled
    assert server.asked == ["ci/w"]
    assert sight.remarks == ("the server has none of its nodes",)


DENIED = Denied("no", status=403, renewable=False)


@pytest.mark.parametrize(
    ("error", "ending", "tries"),
    [
        (NotFound('workflows.argoproj.io "w" not found'), NeverAppeared, 1),
        (DENIED, AccessDenied, 1),
        (Denied("expired", status=401, renewable=False), AccessDenied, 1),
        (Denied("expired", status=401, renewable=True), AccessDenied, 3),
        (Malformed("400"), RequestRefused, 1),
        (Unavailable("cut"), Unreachable, 3),
        (Unavailable("busy", retry_after=60), Unreachable, 1),
        (NotUnderstood("a page"), Unreachable, 1),
        (NotUnderstood("empty", passing=True), Unreachable, 3),
        (CertificateRefused("unknown authority"), Unreachable, 1),
        (ArgoError("odd"), Unreachable, 1),
    ],
)
def test_what_is_not_seen_has_the_ending_that_a_gate_gives_it(
    error: ArgoError, ending: type, tries: int
) -> None:
    server, rests = Server([error]), list[float]()
    assert isinstance(seen(server, rests=rests).ending, ending)
    assert len(server.asked) == tries
    assert rests == list(PAUSES)[: tries - 1]


def test_a_hiccup_is_no_answer() -> None:
    assert isinstance(seen(Server([Unavailable("cut"), run()])).ending, Finished)


def test_a_tree_that_is_too_large_leaves_the_rest_to_be_seen() -> None:
    server = Server([Impossible("message larger than max"), run()])
    sight = seen(server)
    assert server.asked == ["ci/w", "poll ci/w"]
    assert sight.remarks == ("its nodes could not be read: message larger than max",)
    assert isinstance(sight.ending, Finished)


@pytest.mark.parametrize(
    ("live", "archive", "uid", "found"),
    [
        ([run()], NotFound("none"), "u1", ""),
        ([run()], run("u0"), "u0", ""),
        ([NotFound("gone")], run("u0"), "u0", ""),
        ([Impossible("large"), run()], run("u0"), "u0", ""),
        ([Impossible("large"), run()], NotFound("none"), "u1", ""),
        ([run()], NotFound("none"), "u0", "uid u1, not u0 (--uid)"),
        ([NotFound("gone")], NotFound("none"), "u0", "no run has the uid u0"),
        ([NotFound("gone")], Impossible("no archive"), "u0", "no archive"),
        ([NotFound("gone")], run("u0", metadata={"name": "v"}), "u0", "that of ci/v"),
    ],
)
def test_with_a_uid_it_shows_that_very_run_or_none(
    live: list[Object | ArgoError], archive: Object | ArgoError, uid: str, found: str
) -> None:
    sight = seen(Server(live, archive), uid)
    if not found:
        assert sight.workflow
        assert sight.workflow.uid == uid
    else:
        assert isinstance(sight.ending, NeverAppeared)
        assert found in sight.ending.found


def test_the_archive_that_cannot_be_asked_is_no_absence() -> None:
    assert isinstance(seen(Server([NotFound("gone")], DENIED), "u0").ending, AccessDenied)


PERSISTED = {"workflows.argoproj.io/workflow-archiving-status": "Persisted"}


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        ({"labels": PERSISTED}, "other runs may have had this name"),
        ({"deletionTimestamp": "2026-01-01T11:00:00Z"}, "marked for deletion"),
    ],
)
def test_it_is_said_where_a_run_was_found(metadata: Object, said: str) -> None:
    assert said in seen(Server([run(metadata=metadata)])).remarks[0]


def test_a_run_with_a_name_of_its_own_has_no_namesake() -> None:
    name = {"name": "w-bcdfg", "generateName": "w-", "labels": PERSISTED}
    assert "other runs" not in seen(Server([run(metadata=name)])).remarks[0]


def unfinished(phase: str, ended: datetime | None = None) -> Object:
    end = ended and ended.isoformat()
    nodes = {"a": {"phase": phase, "type": "Pod", "finishedAt": end}} if ended else {}
    return run(phase=phase, status={"finishedAt": None, "nodes": nodes})


@pytest.mark.parametrize(
    ("document", "ending", "reason"),
    [
        (unfinished("Running"), TimedOut, ""),
        (unfinished("Succeeded"), TimedOut, "finishedAt is not set yet"),
        (unfinished("Succeeded", NOW - timedelta(seconds=20)), TimedOut, "not set yet"),
        (unfinished("Succeeded", NOW - timedelta(seconds=40)), Finished, ""),
        ({**unfinished("Running"), "spec": {"suspend": True}}, Suspended, ""),
        (unfinished(""), TimedOut, "no workflow controller has picked it up"),
    ],
)
def test_it_concludes_as_a_gate_that_looked_now(
    document: Object, ending: type, reason: str
) -> None:
    found = seen(Server([document])).ending
    assert isinstance(found, ending)
    assert reason in getattr(found, "reason", "")
    assert getattr(found, "settled", False) is False


def test_nodes_that_cannot_be_read_are_said_to_be_so() -> None:
    document = run(status={"compressedNodes": "nonsense"})
    assert seen(Server([document])).remarks == (
        "the nodes are compressed in a form that cannot be read",
    )
