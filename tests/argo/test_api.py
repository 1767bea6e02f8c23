"""What is asked of an Argo Server, and how its answers are read."""

from __future__ import annotations

import json
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import parse_qs, urlsplit

import pytest

from argo_replay.faults import Fault, FaultKind
from argo_replay.server import DemoServer
from argogate.argo.artifacts import Where
from argogate.argo.query import (
    LIST_FIELDS,
    POLL_FIELDS,
    TREE_FIELDS,
    WARNING_FIELDS,
    WATCH_FIELDS,
    Selection,
)
from argogate.errors import (
    ArgoError,
    CutShort,
    Denied,
    Impossible,
    Malformed,
    NotFound,
    NotUnderstood,
    Unavailable,
)
from argogate.model.workflow import Phase, Shutdown
from tests.argo.wire import SECRET, WORKFLOW, Wire, answer, server_at
from tests.clock import SimulatedClock
from tests.harness import recorded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from argogate.argo.api import ArgoServer

    Ask: TypeAlias = Callable[[ArgoServer], object]
    Play: TypeAlias = Callable[..., tuple[ArgoServer, DemoServer]]

AMPLE = 5.0
LATER = 1000.0
"""Played seconds after which every recording is over."""
ODD = "a b%2F/ü?#&=;+:@"
QUOTED = "a%20b%252F%2F%C3%BC%3F%23%26%3D%3B%2B%3A%40"


def in_cluster(workflow: str, namespace: str = "argo") -> Where:
    return Where(namespace=namespace, workflow=workflow, uid="", archived=False)


def in_archive(uid: str) -> Where:
    return Where(namespace="argo", workflow="", uid=uid, archived=True)


@pytest.fixture
def play() -> Iterator[Play]:
    """Start recorded runs, seen at a played second."""
    with ExitStack() as stack:

        def start(
            name: str, second: float = LATER, *faults: Fault
        ) -> tuple[ArgoServer, DemoServer]:
            clock = SimulatedClock()
            demo = stack.enter_context(
                DemoServer([recorded(name)], token=SECRET, clock=clock, faults=faults)
            )
            clock.sleep(second)
            return server_at(demo.url), demo

        yield start


def test_a_poll_is_small_and_without_nodes(play: Play) -> None:
    server, demo = play("steps-one-fails")
    poll = server.poll("argo", "steps-one-fails", timeout=AMPLE)
    assert poll.workflow.phase is Phase.FAILED
    assert poll.workflow.finished_at
    assert poll.workflow.uid
    assert poll.workflow.nodes == {}
    assert 200 < poll.size < 1500
    assert demo.requests[-1].path == "/api/v1/workflows/argo/steps-one-fails"
    assert demo.requests[-1].query == {"fields": POLL_FIELDS}


def test_a_poll_has_all_that_it_asks_for(play: Play) -> None:
    server, _ = play("hello-succeeds", 5)
    early = server.poll("argo", "hello-succeeds", timeout=AMPLE).workflow
    assert early.phase is Phase.RUNNING
    assert early.finished_at is None
    assert early.labels["workflows.argoproj.io/phase"] == "Running"
    assert (early.name, early.namespace, early.progress) == ("hello-succeeds", "argo", "0/1")
    assert early.created_at
    assert early.started_at
    assert early.resource_version


def test_a_tree_has_the_nodes(play: Play) -> None:
    server, demo = play("steps-one-fails")
    tree = server.tree("argo", "steps-one-fails", timeout=AMPLE)
    assert {node.display_name for node in tree.workflow.nodes.values()} >= {"build", "unit"}
    assert demo.requests[-1].query == {"fields": TREE_FIELDS}
    assert tree.size > 1500


def test_the_servers_clock_comes_with_each_answer(play: Play) -> None:
    server, _ = play("hello-succeeds", 0)
    poll = server.poll("argo", "hello-succeeds", timeout=AMPLE)
    assert poll.server_time
    assert poll.workflow.created_at
    assert abs((poll.server_time - poll.workflow.created_at).total_seconds()) < 2
    moment = b"Date: Tue, 14 Nov 2023 22:13:10 GMT\r\n"
    with Wire(answer(WORKFLOW, headers=moment)) as wire:
        dated = server_at(wire.url).poll("argo", "wf", timeout=AMPLE)
    assert dated.server_time == datetime(2023, 11, 14, 22, 13, 10, tzinfo=UTC)
    assert dated.size == len(WORKFLOW)


def uid_of(name: str) -> str:
    """Return the uid of a workflow that is called like its recording."""
    state = recorded(name).state_at(name, 10)
    assert state
    return str(state["metadata"]["uid"])


def test_a_run_is_read_from_the_archive_by_its_uid(play: Play) -> None:
    server, demo = play("archived-then-deleted", 30)
    uid = uid_of("archived-then-deleted")
    run = server.archived(uid, timeout=AMPLE).workflow
    assert run.uid == uid
    assert run.nodes
    assert demo.requests[-1].path == f"/api/v1/archived-workflows/{uid}"
    assert demo.requests[-1].query == {}
    with pytest.raises(NotFound, match="answered 404: not found"):
        server.archived("00000000", timeout=AMPLE)


def about(name: str, namespace: str = "argo", uid: str = "u1") -> bytes:
    metadata = {"name": name, "namespace": namespace, "uid": uid}
    return json.dumps({"metadata": metadata, "status": {"phase": "Succeeded"}}).encode()


@pytest.mark.parametrize(
    ("ask", "body", "told"),
    [
        (lambda server: server.poll("argo", "wf", timeout=AMPLE), about("other"), "argo/other"),
        (lambda server: server.tree("argo", "wf", timeout=AMPLE), about("other"), "argo/other"),
        (lambda server: server.poll("argo", "wf", timeout=AMPLE), about("wf", "prod"), "prod/wf"),
        (lambda server: server.poll("argo", "wf", timeout=AMPLE), about("wf", ""), "/wf"),
        (
            lambda server: server.poll("argo", "@latest", timeout=AMPLE),
            about("x", "prod"),
            "prod/@lat",
        ),
        (lambda server: server.archived("u2", timeout=AMPLE), about("wf"), "u1"),
    ],
)
def test_an_answer_about_something_else_is_not_believed(ask: Ask, body: bytes, told: str) -> None:
    with (
        Wire(answer(body)) as wire,
        pytest.raises(NotUnderstood, match=f"the server answered about {told}") as caught,
    ):
        ask(server_at(wire.url))
    assert caught.value.passing


def test_the_newest_workflow_may_have_any_name() -> None:
    with Wire(answer(about("any"))) as wire:
        assert server_at(wire.url).poll("argo", "@latest", timeout=AMPLE).workflow.name == "any"


def test_no_cache_between_may_answer() -> None:
    with Wire(answer(WORKFLOW)) as wire:
        server_at(wire.url).poll("argo", "wf", timeout=AMPLE)
        assert "cache-control: no-cache" in wire.heads[0].lower()


REFUSED: list[tuple[str, Ask, type[ArgoError], str]] = [
    (
        "missing",
        lambda server: server.poll("argo", "nope", timeout=AMPLE),
        NotFound,
        'answered 404: workflows.argoproj.io "nope" not found',
    ),
    (
        "other namespace",
        lambda server: server.tree("other", "x", timeout=AMPLE),
        Denied,
        'answered 403 to the token of ARGO_TOKEN: workflows.argoproj.io "x" is forbidden',
    ),
    (
        "a log of a missing workflow",
        lambda server: server.log("argo", "nope", "p", "main", 5, timeout=AMPLE),
        NotFound,
        "not found",
    ),
    (
        "a slash in the name",
        lambda server: server.poll("argo", "a/b", timeout=AMPLE),
        Impossible,
        "the request for workflow a/b is not known here",
    ),
    (
        "a list of another namespace",
        lambda server: server.rows("other", Selection(), timeout=AMPLE),
        Denied,
        "not allowed to list workflows in namespace",
    ),
    (
        "stop of a missing workflow",
        lambda server: server.shut_down("argo", "nope", Shutdown.STOP, timeout=AMPLE),
        NotFound,
        "not found",
    ),
    (
        "stop of a completed workflow",
        lambda server: server.shut_down("argo", "hello-succeeds", Shutdown.STOP, timeout=AMPLE),
        Unavailable,
        "cannot shutdown a completed workflow",
    ),
]


@pytest.mark.parametrize(("ask", "kind", "words"), [row[1:] for row in REFUSED])
def test_a_refusal_is_the_error_that_its_remedy_asks_for(
    play: Play, ask: Ask, kind: type[ArgoError], words: str
) -> None:
    server, _ = play("hello-succeeds")
    with pytest.raises(ArgoError) as caught:
        ask(server)
    assert type(caught.value) is kind
    assert words in caught.value.message
    assert SECRET not in caught.value.message


def test_a_wrong_token_is_refused_everywhere() -> None:
    with DemoServer([recorded("hello-succeeds")], token="another") as demo:
        server = server_at(demo.url)
        for ask in (
            lambda: server.poll("argo", "hello-succeeds", timeout=AMPLE),
            lambda: server.archived("u", timeout=AMPLE),
            lambda: server.log("argo", "hello-succeeds", "p", "main", 5, timeout=AMPLE),
            lambda: server.rows("argo", Selection(), timeout=AMPLE),
            lambda: server.artifact(in_cluster("w"), "n", "a", timeout=AMPLE).__enter__(),
            lambda: server.changes("argo", Selection()).__enter__(),
            lambda: server.warnings("argo", "w").__enter__(),
        ):
            with pytest.raises(Denied, match="answered 401 to the token of ARGO_TOKEN"):
                ask()


def test_an_artifact_is_read_as_it_was_stored(play: Play) -> None:
    server, demo = play("hello-succeeds")
    name = "hello-succeeds"
    with server.artifact(in_cluster(name), name, "main-logs", timeout=AMPLE) as chunks:
        assert b"".join(chunks) == b"hello\nbye\n"
    assert demo.requests[-1].path == f"/artifacts/argo/{name}/{name}/main-logs"


def test_an_artifact_of_an_archived_run_has_its_own_route(play: Play) -> None:
    server, demo = play("archived-then-deleted", 30)
    uid = uid_of("archived-then-deleted")
    node = "archived-then-deleted"
    with server.artifact(in_archive(uid), node, "main-logs", timeout=AMPLE) as chunks:
        assert b"".join(chunks) == b"one\n"
    assert demo.requests[-1].path == f"/artifacts-by-uid/{uid}/{node}/main-logs"


def target(head: str) -> str:
    """Return the request target of a request."""
    return head.split(" ")[1]


def test_odd_names_are_quoted_so_that_they_stay_one_segment() -> None:
    with Wire(answer(about(ODD, ODD, ODD), headers=NAMED), keep_alive=True) as wire:
        server = server_at(wire.url)
        server.poll(ODD, ODD, timeout=AMPLE)
        server.archived(ODD, timeout=AMPLE)
        with server.artifact(in_cluster(ODD, ODD), ODD, ODD, timeout=AMPLE):
            pass
        with server.artifact(in_archive(ODD), ODD, ODD, timeout=AMPLE):
            pass
        server.log(ODD, ODD, ODD, ODD, 5, timeout=AMPLE)
    poll, archived, artifact, by_uid, log = (target(head) for head in wire.heads)
    name = QUOTED.replace("%40", "@")
    assert poll.partition("?")[0] == f"/api/v1/workflows/{QUOTED}/{name}"
    assert archived == f"/api/v1/archived-workflows/{QUOTED}"
    assert artifact == f"/artifacts/{QUOTED}/{QUOTED}/{QUOTED}/{QUOTED}"
    assert by_uid == f"/artifacts-by-uid/{QUOTED}/{QUOTED}/{QUOTED}"
    assert log.partition("?")[0] == f"/api/v1/workflows/{QUOTED}/{name}/log"
    assert parse_qs(urlsplit(log).query) == {
        "podName": [ODD],
        "logOptions.container": [ODD],
        "logOptions.tailLines": ["5"],
    }


def test_the_latest_workflow_may_be_asked_for() -> None:
    with Wire(answer(WORKFLOW)) as wire:
        server_at(wire.url).poll("argo", "@latest", timeout=AMPLE)
    assert target(wire.heads[0]).startswith("/api/v1/workflows/argo/@latest?")


@pytest.mark.parametrize("container", ["main", "sidecar"])
def test_a_log_request_always_names_its_container(play: Play, container: str) -> None:
    server, demo = play("hello-succeeds", 5)
    server.log("argo", "hello-succeeds", "hello-succeeds", container, 7, timeout=AMPLE)
    assert demo.requests[-1].path == "/api/v1/workflows/argo/hello-succeeds/log"
    assert demo.requests[-1].query == {
        "podName": "hello-succeeds",
        "logOptions.container": container,
        "logOptions.tailLines": "7",
    }


@pytest.mark.parametrize(
    ("wish", "query"),
    [
        ({"follow": False}, {}),
        ({"follow": True}, {"logOptions.follow": "true"}),
        ({"follow": False, "since": 5}, {"logOptions.sinceSeconds": "5"}),
    ],
)
def test_the_log_of_all_pods_names_its_container_too(
    play: Play, wish: Mapping[str, Any], query: Mapping[str, str]
) -> None:
    server, demo = play("hello-succeeds", 50)
    with server.pods("argo", "hello-succeeds", timeout=AMPLE, **wish) as (time, lines):
        texts = [line.text for line in lines if line and not line.argo]
    assert time is not None
    assert texts == ([] if "since" in wish else ["hello", "bye"])
    assert demo.requests[-1].path == "/api/v1/workflows/argo/hello-succeeds/log"
    assert demo.requests[-1].query == {
        "logOptions.container": "main",
        "logOptions.timestamps": "true",
        **query,
    }


def test_a_log_is_what_the_container_printed(play: Play) -> None:
    server, _ = play("hello-succeeds")
    log = server.log("argo", "hello-succeeds", "hello-succeeds", "main", 50, timeout=AMPLE)
    assert log == ["hello", "bye"]


def test_a_pod_that_is_gone_has_no_lines(play: Play) -> None:
    server, _ = play("hello-succeeds")
    assert server.log("argo", "hello-succeeds", "gone", "main", 5, timeout=AMPLE) == []


PAGE_BODY = b"<!doctype html><title>Argo</title>"
NAMED = b'Content-Disposition: filename="x"\r\n'
AS_PAGE = b"Content-Type: text/html; charset=utf-8\r\n"


def test_a_page_of_the_ui_is_no_artifact_and_no_stream() -> None:
    with Wire(answer(PAGE_BODY, headers=AS_PAGE), keep_alive=True) as wire:
        server = server_at(wire.url)
        for ask, words in (
            (
                server.artifact(in_cluster("w"), "n", "report", timeout=AMPLE),
                "of the artifact report",
            ),
            (
                server.artifact(in_archive("u"), "n", "report", timeout=AMPLE),
                "of the artifact report",
            ),
            (server.changes("argo", Selection()), "of the event stream"),
            (server.warnings("argo", ""), "of the stream of Kubernetes events"),
        ):
            with pytest.raises(NotUnderstood, match=words), ask:
                pass
        for read in (server.poll, server.tree):
            with pytest.raises(NotUnderstood, match="that is the UI or a login page"):
                read("argo", "wf", timeout=AMPLE)
        with pytest.raises(NotUnderstood, match="that is the UI or a login page"):
            server.rows("argo", Selection(), timeout=AMPLE)


def test_a_page_that_is_an_artifact_is_one() -> None:
    with (
        Wire(answer(PAGE_BODY, headers=AS_PAGE + NAMED)) as wire,
        server_at(wire.url).artifact(in_cluster("w"), "n", "site", timeout=AMPLE) as chunks,
    ):
        assert b"".join(chunks) == PAGE_BODY


@pytest.mark.parametrize("body", [b"", b"upstream not ready", b'{"status":"ok"}'])
def test_what_a_proxy_says_in_the_servers_place_is_no_artifact(body: bytes) -> None:
    with (
        Wire(answer(body)) as wire,
        pytest.raises(NotUnderstood, match="something else instead of the artifact site"),
        server_at(wire.url).artifact(in_cluster("w"), "n", "site", timeout=AMPLE),
    ):
        pass


def test_an_artifact_server_that_knows_no_directories_says_so(play: Play) -> None:
    fault = Fault(
        kind=FaultKind.ANSWER,
        match="/artifacts/",
        status=501,
        headers=(("Content-Type", "text/plain; charset=utf-8"),),
        body=b"Not Implemented\n",
    )
    server, _ = play("hello-succeeds", LATER, fault)
    with (
        pytest.raises(Impossible, match="answered 501: the request for artifact dir is not known"),
        server.artifact(in_cluster("w"), "n", "dir", timeout=AMPLE),
    ):
        pass


GCS = "failed to stream artifact: read /tmp/wfstream-1: {}\nInternal Server Error\n"


@pytest.mark.parametrize(
    ("status", "reason", "expected"),
    [
        (500, "is a directory", Impossible),
        (500, "connection reset by peer", Unavailable),
        (503, "is a directory", Unavailable),
    ],
)
def test_a_directory_that_was_read_as_a_file_is_one(
    play: Play, status: int, reason: str, expected: type[ArgoError]
) -> None:
    fault = Fault(
        kind=FaultKind.ANSWER,
        match="/artifacts/",
        status=status,
        headers=(("Content-Type", "text/plain; charset=utf-8"),),
        body=GCS.format(reason).encode(),
    )
    server, _ = play("hello-succeeds", LATER, fault)
    with (
        pytest.raises(ArgoError) as raised,
        server.artifact(in_cluster("w"), "n", "dir", timeout=AMPLE),
    ):
        pass
    assert type(raised.value) is expected


@pytest.mark.parametrize(
    ("select", "query"),
    [
        (Selection(), {}),
        (
            Selection(name="hello-succeeds"),
            {"listOptions.fieldSelector": "metadata.name=hello-succeeds"},
        ),
        (Selection(labels="a=b,c"), {"listOptions.labelSelector": "a=b,c"}),
        (
            Selection(name="hello-succeeds", labels="a"),
            {
                "listOptions.fieldSelector": "metadata.name=hello-succeeds",
                "listOptions.labelSelector": "a",
            },
        ),
    ],
)
def test_a_selection_is_named_in_lists_and_streams(
    play: Play, select: Selection, query: dict[str, str]
) -> None:
    server, demo = play("hello-succeeds", 5)
    server.rows("argo", select, timeout=AMPLE)
    assert demo.requests[-1].path == "/api/v1/workflows/argo"
    assert demo.requests[-1].query == query | {"fields": LIST_FIELDS}
    server.live_rows("argo", select, timeout=AMPLE)
    assert demo.requests[-1].path == "/api/v1/workflow-events/argo"
    assert demo.requests[-1].query.items() >= query.items()
    body = b'data: {"result":{}} \n\n\n'
    with Wire(answer(body)) as wire, server_at(wire.url).changes("argo", select) as frames:
        assert list(frames) == [None, None]
    asked = urlsplit(target(wire.heads[0]))
    watched = {"listOptions.resourceVersion": "0", "fields": WATCH_FIELDS}
    assert asked.path == "/api/v1/workflow-events/argo"
    assert {name: value for name, (value,) in parse_qs(asked.query).items()} == query | watched


def test_events_of_a_workflow_are_glimpses_of_it(play: Play) -> None:
    server, demo = play("hello-succeeds", 5)
    with server.changes("argo", Selection(name="hello-succeeds")) as frames:
        assert next(frames) is None
        glimpse = next(frames)
    assert glimpse
    assert glimpse.workflow.name == "hello-succeeds"
    assert glimpse.workflow.phase is Phase.RUNNING
    assert not glimpse.deleted
    assert demo.requests[-1].headers["Accept"] == "text/event-stream"


@pytest.mark.parametrize(
    ("name", "about"), [("wf", ",involvedObject.name=wf"), ("", "")], ids=["one", "all"]
)
def test_warnings_are_asked_for_one_workflow_or_for_all(name: str, about: str) -> None:
    event = {
        "reason": "WorkflowNodeFailed",
        "message": "main: Error (exit code 1)",
        "involvedObject": {"name": "wf", "uid": "u1"},
        "metadata": {
            "annotations": {
                "workflows.argoproj.io/node-type": "Pod",
                "workflows.argoproj.io/node-id": "wf-1",
                "workflows.argoproj.io/node-name": "wf.a",
            }
        },
    }
    steps = {"metadata": {"annotations": {"workflows.argoproj.io/node-type": "Steps"}}}
    sent = [event, event | steps, event | {"reason": "WorkflowRunning"}]
    body = "".join(f"data: {json.dumps({'result': each})} \n\n\n" for each in sent)
    with (
        Wire(answer(body.encode())) as wire,
        server_at(wire.url).warnings("argo", name) as frames,
    ):
        seen = list(frames)
    assert [each and each.node_id for each in seen] == [None, "wf-1", None, None]
    warning = seen[1]
    assert warning
    assert (warning.workflow, warning.uid, warning.node_name) == ("wf", "u1", "wf.a")
    assert warning.message == "main: Error (exit code 1)"
    asked = urlsplit(target(wire.heads[0]))
    assert asked.path == "/api/v1/stream/events/argo"
    assert parse_qs(asked.query) == {
        "listOptions.fieldSelector": [f"involvedObject.kind=Workflow{about},type=Warning"],
        "fields": [WARNING_FIELDS],
    }


def test_a_stream_ends_as_the_server_says() -> None:
    body = (
        b'data: {"result":{"type":"DELETED","object":{"metadata":{"uid":"u1"}}}} \n\n\n:\n'
        b'data: {"error":{"grpc_code":8,"http_code":429,"message":"EOF"}} \n\n'
    )
    with (
        Wire(answer(body)) as wire,
        server_at(wire.url).changes("argo", Selection()) as frames,
    ):
        assert next(frames) is None
        glimpse = next(frames)
        assert glimpse
        assert glimpse.deleted
        with pytest.raises(Unavailable, match="the event stream ended: EOF"):
            next(frames)


@pytest.mark.parametrize(
    ("status", "code", "kind"), [(404, 5, Unavailable), (400, 3, Malformed), (403, 7, Denied)]
)
def test_a_stream_that_is_refused_as_an_event_is_understood(
    status: int, code: int, kind: type[ArgoError]
) -> None:
    body = b'data: {"error":{"grpc_code":%d,"http_code":%d,"message":"no"}} \n\n' % (code, status)
    head = b"Content-Type: text/event-stream\r\n"
    with (
        Wire(answer(body, f"{status} No", head)) as wire,
        pytest.raises(kind, match=f"answered {status}"),
        server_at(wire.url).changes("argo", Selection()),
    ):
        pass


def page(uids: str, following: str) -> bytes:
    """Return a list of workflows."""
    items = [{"metadata": {"uid": uid}} for uid in uids]
    return json.dumps({"metadata": {"continue": following}, "items": items or None}).encode()


@pytest.mark.parametrize("following", ["", "3"])
def test_a_list_is_asked_for_as_a_whole(following: str) -> None:
    with Wire(answer(page("aba", following), headers=DATE)) as wire:
        listing = server_at(wire.url).rows("argo", Selection(), timeout=AMPLE)
    assert [row.uid for row in listing.rows] == ["a", "b", "a"]
    assert listing.server_time == datetime(2026, 1, 31, 12, tzinfo=UTC)
    [head] = wire.heads
    assert "limit" not in target(head)


@pytest.mark.parametrize(("uids", "following"), [("ab", "4"), ("ab", "eyJ2Ijoi"), ("", "1")])
def test_a_part_of_a_list_is_no_list(uids: str, following: str) -> None:
    with (
        Wire(answer(page(uids, following))) as wire,
        pytest.raises(Unavailable, match="a part of the list"),
    ):
        server_at(wire.url).rows("argo", Selection(), timeout=AMPLE)


@pytest.mark.parametrize("items", ['{"a":1}', '"none"', "0", "[]}{", "false"])
def test_a_list_without_a_list_of_items_is_none(items: str) -> None:
    with (
        Wire(answer(f'{{"metadata":{{}},"items":{items}}}'.encode())) as wire,
        pytest.raises(NotUnderstood),
    ):
        server_at(wire.url).rows("argo", Selection(), timeout=AMPLE)


def initial(kind: str, *uids: str, **metadata: object) -> bytes:
    """Return frames of a watch."""
    frames = [
        {"result": {"type": kind, "object": {"metadata": {"uid": uid, **metadata}}}} for uid in uids
    ]
    return b"".join(json.dumps(frame).encode() + b"\n" for frame in frames)


DATE = b"Date: Sat, 31 Jan 2026 12:00:00 GMT\r\n"
END = initial("BOOKMARK", "", annotations={"k8s.io/initial-events-end": "true"})
OTHER_BOOKMARK = initial("BOOKMARK", "")
EOF = b'{"error":{"grpc_code":8,"http_code":429,"message":"EOF"}}'


def test_what_is_live_is_known_when_its_end_is_marked() -> None:
    frames = initial("ADDED", "a", "b") + OTHER_BOOKMARK + END + initial("ADDED", "later")
    with Wire(answer(frames + EOF, headers=DATE)) as wire:
        listing = server_at(wire.url).live_rows("argo", Selection(), timeout=AMPLE)
    assert [row.uid for row in listing.rows] == ["a", "b"]
    assert listing.server_time == datetime(2026, 1, 31, 12, tzinfo=UTC)


def test_what_changes_before_that_mark_is_live_as_it_is_then() -> None:
    rows = [
        ("ADDED", "a", "Running"),
        ("ADDED", "b", "Running"),
        ("DELETED", "a", "Running"),
        ("MODIFIED", "b", "Failed"),
    ]
    frames = [
        {"type": kind, "object": {"metadata": {"uid": uid}, "status": {"phase": phase}}}
        for kind, uid, phase in rows
    ]
    body = b"".join(json.dumps({"result": frame}).encode() + b"\n" for frame in frames)
    with Wire(answer(body + END)) as wire:
        listing = server_at(wire.url).live_rows("argo", Selection(), timeout=AMPLE)
    assert [(row.uid, row.phase) for row in listing.rows] == [("b", "Failed")]


@pytest.mark.parametrize("frames", [b"", initial("ADDED", "a") + EOF, WORKFLOW, OTHER_BOOKMARK])
def test_without_that_mark_it_is_not_known(frames: bytes) -> None:
    with Wire(answer(frames)) as wire, pytest.raises(Impossible, match="did not show all"):
        server_at(wire.url).live_rows("argo", Selection(), timeout=AMPLE)


@pytest.mark.parametrize("piece", [initial("ADDED", "a"), b":\n\n", b"x"])
def test_a_watch_that_goes_on_and_on_is_left(piece: bytes) -> None:
    endless: list[bytes | float] = [piece, 0.02] * 100
    with (
        Wire(b"HTTP/1.1 200 OK\r\n\r\n", *endless) as wire,
        pytest.raises(Unavailable, match="did not end within"),
    ):
        server_at(wire.url).live_rows("argo", Selection(), timeout=0.1)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"metadata":{}}'])
def test_nonsense_is_no_list(body: bytes) -> None:
    with Wire(answer(body)) as wire, pytest.raises(NotUnderstood, match="answered 200 with"):
        server_at(wire.url).rows("argo", Selection(), timeout=AMPLE)


@pytest.mark.parametrize("how", list(Shutdown))
def test_a_workflow_is_shut_down_by_a_put_of_an_empty_object(how: Shutdown) -> None:
    with Wire(answer(WORKFLOW)) as wire:
        server_at(wire.url).shut_down(ODD, "wf", how, timeout=AMPLE)
    (head,) = wire.heads
    assert head.startswith(f"PUT /api/v1/workflows/{QUOTED}/wf/{how.value} HTTP/1.1\r\n")
    assert "\r\nContent-Type: application/json\r\n" in head
    assert "\r\nContent-Length: 2\r\n" in head
    assert f"\r\nAuthorization: Bearer {SECRET}\r\n" in head


def test_a_log_that_does_not_end_is_what_came_in_its_time() -> None:
    line = b'{"result":{"content":"drip"}}\n'
    with (
        Wire(b"HTTP/1.1 200 OK\r\n\r\n", *(line, 0.03) * 50) as wire,
        pytest.raises(CutShort) as cut,
    ):
        server_at(wire.url).log("argo", "wf", "p", "main", 5, timeout=AMPLE, whole=0.1)
    assert 1 <= len(cut.value.lines) <= 5
    assert set(cut.value.lines) == {"drip"}
