from __future__ import annotations

import base64
import gzip
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from argo_replay.golang import restore
from argogate.model.lifecycle import is_over
from argogate.model.parse import parse_workflow
from argogate.model.tree import Tree
from argogate.model.workflow import (
    ArchiveForm,
    Archiving,
    Artifact,
    NodePhase,
    NodeType,
    Parameter,
    Phase,
)
from argogate.verdict.endings import Finished
from argogate.verdict.judge import Rules, judge
from argogate.verdict.observation import Observation, Target
from tests.harness import recorded, recorded_names
from tests.recorded_runs import shared

if TYPE_CHECKING:
    from argogate.model.workflow import Node

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=10**300, max_value=10**301)
    | st.floats()
    | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def either(known: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return what Argo would send, or anything in its place."""
    return st.one_of(known, known, JSON)


def objects(**members: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return either(st.fixed_dictionaries({}, optional={k: either(v) for k, v in members.items()}))


IDS = st.sampled_from(["wf", "wf-1", "wf-2", "wf-3", "wf-4", ""])
TIMES = st.sampled_from(["2026-01-31T12:00:00Z", "0001-01-01T00:00:00+14:00", "soon", "", "9999"])
OUTPUTS = objects(
    exitCode=st.integers(),
    parameters=st.lists(objects(name=st.text(), value=st.text()), max_size=2),
    artifacts=st.lists(
        objects(name=st.text(), s3=objects(key=st.text()), archive=objects(zip=JSON, none=JSON)),
        max_size=2,
    ),
)
NODES = objects(
    id=IDS,
    name=st.sampled_from(["wf", "wf[0]", "wf[0].a", "wf[0].a(0)", "wf.onExit"]),
    displayName=st.text(),
    type=st.sampled_from([*NodeType, "Mystery"]),
    phase=st.sampled_from([*NodePhase, "Mystery"]),
    boundaryID=IDS,
    children=st.lists(IDS, max_size=4),
    startedAt=TIMES,
    finishedAt=TIMES,
    nodeFlag=objects(hooked=st.booleans(), retried=st.booleans()),
    outputs=OUTPUTS,
)
WORKFLOWS = objects(
    metadata=objects(name=IDS, labels=objects(a=st.text()), creationTimestamp=TIMES),
    spec=objects(
        shutdown=st.sampled_from(["Stop", "Terminate"]),
        ttlStrategy=objects(secondsAfterCompletion=st.integers()),
        templates=st.lists(objects(name=st.text(), suspend=objects(duration=st.text()))),
    ),
    status=objects(
        phase=st.sampled_from([*Phase, "Mystery"]),
        finishedAt=TIMES,
        nodes=st.dictionaries(IDS, NODES, max_size=6),
        outputs=OUTPUTS,
        compressedNodes=st.text(),
        storedTemplates=st.dictionaries(st.text(), JSON, max_size=2),
    ),
)


def packed(content: bytes) -> str:
    return base64.b64encode(gzip.compress(content, mtime=0)).decode()


def node(**members: Any) -> Node:  # noqa: ANN401
    document = {"status": {"nodes": {"wf-1": {"name": "wf.a", **members}}}}
    return parse_workflow(document).nodes["wf-1"]


@pytest.mark.parametrize("run", shared(recorded_names()))
def test_every_recorded_state_is_read_as_it_was_sent(run: str) -> None:
    for name, changes in recorded(run).workflows.items():
        for change in changes:
            state = recorded(run).state_at(name, change.at)
            if state is None:
                continue
            seen = parse_workflow(restore(state))
            status = state.get("status", {})
            assert seen.name == name
            assert seen.uid == state["metadata"]["uid"]
            assert seen.phase_word == status.get("phase", "")
            assert seen.phase is not Phase.UNKNOWN
            assert len(seen.nodes) == len(status.get("nodes", {}))
            assert not seen.nodes_unreadable
            assert is_over(seen) == (
                status.get("phase") in {"Succeeded", "Failed", "Error"}
                and status.get("finishedAt") is not None
            )
            for item in seen.nodes.values():
                assert item.type is not NodeType.UNKNOWN
                assert item.phase is not NodePhase.UNKNOWN
                assert item.boundary_id in seen.nodes or not item.boundary_id


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(WORKFLOWS)
def test_any_json_is_read_and_judged_without_an_error(document: object) -> None:
    seen = parse_workflow(document)
    tree = Tree(seen)
    paths = [leaf.path for leaf in (*tree.leaves(), *tree.failures())]
    assert all(isinstance(path, str) for path in paths)
    if seen.phase not in {Phase.SUCCEEDED, Phase.FAILED, Phase.ERROR}:
        assert not is_over(seen)
    observation = Observation(
        target=Target(namespace="argo", name="wf"), ending=Finished(poll=seen), workflow=seen
    )
    verdict = judge([observation], Rules())
    assert verdict.exit_code == (0 if verdict.results[0].passed else 1)
    assert not verdict.results[0].passed or seen.phase is Phase.SUCCEEDED


@pytest.mark.parametrize(
    "document",
    [None, True, 7, float("nan"), "x", [], [{}], {}, {"status": 1}, {"status": {"nodes": [1]}}],
    ids=repr,
)
def test_what_is_no_workflow_is_an_empty_one(document: object) -> None:
    assert parse_workflow(document) == parse_workflow({})


def test_deep_nesting_does_no_harm() -> None:
    deep: object = []
    for _ in range(100_000):
        deep = [deep]
    assert parse_workflow({"metadata": deep, "status": {"nodes": {"a": deep}}}).nodes == {}


@pytest.mark.parametrize("word", ["Mystery", "succeeded", " Succeeded", "Unknown", "Skipped", ""])
def test_an_unknown_phase_means_not_finished(word: str) -> None:
    seen = parse_workflow({"status": {"phase": word, "finishedAt": "2026-01-31T12:00:00Z"}})
    assert not is_over(seen)
    assert seen.phase_word == word


@pytest.mark.parametrize("word", [*Phase])
def test_a_phase_is_read_by_its_word(word: Phase) -> None:
    assert parse_workflow({"status": {"phase": str(word)}}).phase is word


@pytest.mark.parametrize(
    ("status", "names", "problem"),
    [
        ({"compressedNodes": packed(b'{"wf": {"phase": "Failed"}}')}, ["wf"], ""),
        ({"compressedNodes": packed(b"{}")}, [], ""),
        ({"nodes": {"a": {}}, "compressedNodes": "?"}, ["a"], ""),
        ({"nodes": {"a": {}}, "offloadNodeStatusVersion": "fnv:1"}, ["a"], ""),
        ({"nodes": {"a": 1, "b": {}}}, ["b"], ""),
        ({"offloadNodeStatusVersion": "fnv:1"}, [], "database"),
        ({"nodes": {}, "offloadNodeStatusVersion": "fnv:1"}, [], "database"),
        ({"compressedNodes": "not base64!"}, [], "compressed"),
        ({"compressedNodes": "ünïcödé"}, [], "compressed"),
        ({"compressedNodes": "AAAA"}, [], "compressed"),
        ({"compressedNodes": packed(b'{"wf": {}}')[:20]}, [], "compressed"),
        ({"compressedNodes": packed(b"no json")}, [], "compressed"),
        ({"compressedNodes": packed(b"\xff")}, [], "compressed"),
        ({"compressedNodes": packed(b"[]")}, [], "compressed"),
        ({"compressedNodes": packed(b"null")}, [], "compressed"),
        ({"compressedNodes": packed(b"[" * 100_000)}, [], "compressed"),
        ({}, [], ""),
    ],
    ids=lambda value: str(value)[:40],
)
def test_nodes_are_found_wherever_the_server_keeps_them(
    status: dict[str, Any], names: list[str], problem: str
) -> None:
    seen = parse_workflow({"status": status})
    assert list(seen.nodes) == names
    assert problem in seen.nodes_unreadable
    assert bool(seen.nodes_unreadable) == bool(problem)


@pytest.mark.parametrize(
    ("name", "flag", "hooked"),
    [
        ("wf.a", {"hooked": True}, True),
        ("wf.onExit", None, True),
        ("wf[0].a.onExit", None, True),
        ("wf[1].b.hooks.failed", None, True),
        ("wf.hooks.running", {}, True),
        ("wf.a", {"hooked": False, "retried": True}, False),
        ("wf.onExit(0)", None, False),
        ("wf.hooks.failed(0)", None, False),
        ("wf.hooks.failed[0].notify", None, False),
        ("wf[0].a(0:x.hooks.y)", None, False),
        ("wf[0].a(0:x.onExit)", None, False),
        ("wf.honExit", None, False),
    ],
)
def test_a_hook_is_known_by_its_flag_or_by_its_name(
    name: str, flag: dict[str, bool] | None, *, hooked: bool
) -> None:
    assert node(name=name, nodeFlag=flag).hooked is hooked


@pytest.mark.parametrize(
    ("code", "expected"),
    [("3", "3"), (3, "3"), (-1, "-1"), (True, "true"), (False, "false"), (None, ""), ([], "")],
)
def test_exit_codes_may_be_numbers(code: object, expected: str) -> None:
    assert node(outputs={"exitCode": code}).exit_code == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-31T12:00:00Z", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31T12:00:00.123456789Z", datetime(2026, 1, 31, 12, 0, 0, 123456, tzinfo=UTC)),
        ("2026-01-31T14:00:00+02:00", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31T12:00:00", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("0001-01-01T00:00:00+01:00", None),
        ("9999-12-31T23:59:59-01:00", None),
        ("2026-13-01T00:00:00Z", None),
        ("yesterday", None),
        ("", None),
        (None, None),
        (1769860800, None),
        ({}, None),
    ],
)
def test_times_are_utc_or_absent(text: object, expected: datetime | None) -> None:
    assert parse_workflow({"status": {"finishedAt": text}}).finished_at == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            {"s3": {"key": "wf/a.tgz", "bucket": "b", "endpoint": "e:9"}},
            Artifact(name="x", key="wf/a.tgz", store="s3 e:9 b"),
        ),
        ({"gcs": {"key": "k", "bucket": "b"}}, Artifact(name="x", key="k", store="gcs b")),
        ({"gcs": {"key": "k"}}, Artifact(name="x", key="k", store="gcs")),
        (
            {"azure": {"blob": "k", "container": "c", "endpoint": "e"}},
            Artifact(name="x", key="k", store="azure e c"),
        ),
        (
            {"hdfs": {"path": "/k", "addresses": ["a:1", "b:1"]}},
            Artifact(name="x", key="/k", store="hdfs ['a:1', 'b:1']"),
        ),
        ({"plugin": {"name": "p", "key": "k"}}, Artifact(name="x", key="k", store="plugin p")),
        ({"http": {"url": "https://a/k"}}, Artifact(name="x", key="https://a/k", store="http")),
        ({"git": {"repo": "https://a"}}, Artifact(name="x", key="https://a", store="git")),
        ({"raw": {"data": "hello"}}, Artifact(name="x", key="hello", store="raw")),
        ({"s3": {}, "path": "/out/x", "optional": True}, None),
        ({"archive": {"none": {}}}, Artifact(name="x", form=ArchiveForm.NONE)),
        ({"archive": {"zip": {}}}, Artifact(name="x", form=ArchiveForm.ZIP)),
        ({"archive": {"tar": {}}}, Artifact(name="x", form=ArchiveForm.TAR)),
        ({"deleted": True}, Artifact(name="x", deleted=True)),
        ({"globalName": "g"}, Artifact(name="x", global_name="g")),
    ],
    ids=str,
)
def test_an_artifact_is_read_from_any_location(
    source: dict[str, Any], expected: Artifact | None
) -> None:
    expected = expected or Artifact(name="x", path="/out/x", optional=True)
    assert node(outputs={"artifacts": [{"name": "x", **source}, {}, 1]}).artifacts == (expected,)


def test_everything_about_a_node_is_read() -> None:
    found = node(
        displayName="a",
        type="Pod",
        phase="Failed",
        templateRef={"name": "lib", "template": "work"},
        boundaryID="wf",
        message="boom",
        progress="0/1",
        children=["b", 1],
        nodeFlag={"retried": True},
        daemoned=True,
        memoizationStatus={"hit": True},
        hostNodeName="host",
        synchronizationStatus={"waiting": "argo/Mutex/m"},
        taskResultSynced=False,
        outputs={"parameters": [{"name": "p", "value": 7, "globalName": "g"}, {"value": "x"}]},
    )
    assert (found.id, found.name, found.display_name) == ("wf-1", "wf.a", "a")
    assert (found.type, found.phase, found.failed) == (NodeType.POD, NodePhase.FAILED, True)
    assert (found.template_name, found.boundary_id, found.message) == ("work", "wf", "boom")
    assert (found.progress, found.children, found.host_node_name) == ("0/1", ("b",), "host")
    assert (found.retried, found.daemoned, found.memoized, found.synced) == (
        True,
        True,
        True,
        False,
    )
    assert found.waiting_for_lock == "argo/Mutex/m"
    assert found.parameters == (Parameter(name="p", value="7", global_name="g"),)


@pytest.mark.parametrize(
    ("progress", "counts"),
    [
        ("0/1", (0, 1)),
        ("12/5000", (12, 5000)),
        ("", None),
        ("1", None),
        ("-1/5", None),
        ("1/2/3", None),
        ("³/4", None),
        ("1/" + "9" * 5000, None),
    ],
    ids=lambda value: str(value)[:12],
)
def test_progress_is_two_numbers_or_tells_nothing(
    progress: str, counts: tuple[int, int] | None
) -> None:
    assert parse_workflow({"status": {"progress": progress}}).counts == counts


def test_a_node_without_names_is_called_by_its_id() -> None:
    found = parse_workflow({"status": {"nodes": {"wf-1": {}}}}).nodes["wf-1"]
    assert (found.name, found.display_name) == ("wf-1", "wf-1")
    assert (found.type, found.phase) == (NodeType.NONE, NodePhase.NONE)
    assert not found.fulfilled


def test_everything_about_a_workflow_is_read() -> None:
    found = parse_workflow(
        {
            "metadata": {
                "generateName": "wf-",
                "resourceVersion": "7",
                "deletionTimestamp": "2026-01-31T12:00:00Z",
                "labels": {"workflows.argoproj.io/workflow-archiving-status": "Persisted", "n": 1},
                "annotations": {"a": "b"},
            },
            "spec": {
                "suspend": True,
                "shutdown": "Stop",
                "workflowTemplateRef": {"name": "lib"},
                "ttlStrategy": {"secondsAfterCompletion": 60, "secondsAfterFailure": 5},
                "templates": [{"name": "wait", "suspend": {"duration": 20}}, {"name": "ask"}],
            },
            "status": {
                "message": "m",
                "progress": "1/2",
                "storedWorkflowTemplateSpec": {
                    "entrypoint": "main",
                    "templates": [{"name": "pause", "suspend": {"duration": "5s"}}],
                },
                "storedTemplates": {"x": {"name": "rest", "suspend": {"duration": "1h"}}, "y": 1},
                "outputs": {"parameters": [{"name": "p", "value": "v"}]},
            },
        },
    )
    assert (found.generate_name, found.resource_version) == ("wf-", "7")
    assert found.deleted_at == datetime(2026, 1, 31, 12, tzinfo=UTC)
    assert found.archiving is Archiving.PERSISTED
    assert "n" not in found.labels
    assert found.annotations == {"a": "b"}
    assert (found.suspended, found.shutdown, found.template) == (True, "Stop", "lib")
    assert (found.entrypoint, found.ttl_seconds) == ("main", 5)
    timed = {key for key, template in found.blueprint.templates.items() if template.timed}
    assert timed == {"wait", "pause", "x"}
    assert found.parameters == (Parameter(name="p", value="v"),)


def test_a_node_that_is_none_or_lies_within_itself_has_no_template() -> None:
    nodes = {"none": 1, "circle": {"name": "w", "boundaryID": "circle"}}
    spec = {"templates": [{"name": "wait"}]}
    assert parse_workflow({"spec": spec, "status": {"nodes": nodes}}).blueprint.used == {}


@pytest.mark.parametrize(
    ("label", "expected"),
    [("", Archiving.NONE), ("Archived", Archiving.ARCHIVED), ("Elsewhere", Archiving.NONE)],
)
def test_the_archiving_label_may_be_any_word(label: str, expected: Archiving) -> None:
    labels = {"workflows.argoproj.io/workflow-archiving-status": label}
    assert parse_workflow({"metadata": {"labels": labels}}).archiving is expected


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ({}, None),
        ({"secondsAfterSuccess": 0}, 0),
        ({"secondsAfterFailure": "5"}, None),
        (None, None),
    ],
)
def test_the_shortest_time_to_live_counts(strategy: object, expected: int | None) -> None:
    assert parse_workflow({"spec": {"ttlStrategy": strategy}}).ttl_seconds == expected


def test_compressed_nodes_are_the_same_as_plain_ones() -> None:
    state = recorded("with-items").workflows["with-items"][-1].object
    assert state is not None
    text = packed(json.dumps(state["status"]["nodes"]).encode())
    status = {**state["status"], "nodes": None, "compressedNodes": text}
    plain = parse_workflow(state)
    assert parse_workflow({**state, "status": status}) == plain
    assert len(plain.nodes) == 12


def test_what_a_suspended_node_needs_is_told_by_its_outputs_before_its_template() -> None:
    def waits_for(*names: str) -> dict[str, Any]:
        return {"parameters": [{"name": name, "valueFrom": {"supplied": {}}} for name in names]}

    template = {"name": "ask", "suspend": {}, "outputs": waits_for("by-template")}
    asks = {"name": "wf.ask", "type": "Suspend", "templateName": "ask", "phase": "Running"}
    nodes = {"a": asks, "b": {**asks, "outputs": waits_for("by-node")}}
    document = {"spec": {"templates": [template]}, "status": {"nodes": nodes}}

    found = parse_workflow(document).nodes

    assert found["a"].supplied == ("by-template",)
    assert found["b"].supplied == ("by-node",)


def test_a_suspension_whose_template_is_not_known_waits_for_a_person() -> None:
    assert not node(type="Suspend", phase="Running", templateName="gone").timed


@pytest.mark.parametrize(
    ("estimate", "expected"), [(20, 20), (0, None), (-1, None), ("20", None), (10**30, None)]
)
def test_an_estimate_is_a_number_of_seconds(estimate: object, expected: int | None) -> None:
    assert parse_workflow({"status": {"estimatedDuration": estimate}}).estimated_seconds == expected


def test_who_holds_a_lock_is_read() -> None:
    locks = {
        "mutex": {"waiting": [{"mutex": "argo/Mutex/m", "holder": "argo/other"}, {"mutex": "x"}]},
        "semaphore": {
            "waiting": [{"semaphore": "argo/ConfigMap/s/k", "holders": ["argo/a", "argo/b"]}, 1],
            "holding": [{"semaphore": "mine", "holders": ["argo/wf"]}],
        },
    }
    assert parse_workflow({"status": {"synchronization": locks}}).holders == {
        "argo/Mutex/m": "argo/other",
        "argo/ConfigMap/s/k": "argo/a and argo/b",
    }
