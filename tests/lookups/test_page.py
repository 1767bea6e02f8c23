"""What a person reads of one workflow, told from what a server sends."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from argogate.errors import Unavailable
from argogate.lookups.chosen import chosen
from argogate.lookups.document import document, spelled
from argogate.lookups.drawing import Layout
from argogate.lookups.look import Patience, look
from argogate.lookups.node import NodePage
from argogate.lookups.page import Page
from argogate.verdict.evidence import LogTail
from argogate.verdict.judge import Rules, judge
from argogate.verdict.observation import Target
from argogate.verdict.suites import make_report
from tests.lookups.test_look import NOW, Server

if TYPE_CHECKING:
    from argogate.errors import ArgoError

Object = dict[str, Any]
TARGET = Target(namespace="ci", name="w", url="")
STARTED = {"startedAt": "2026-01-01T11:50:00Z"}
ENDED = {**STARTED, "finishedAt": "2026-01-01T11:55:00Z"}


def page(answer: Object | ArgoError, **settings: Any) -> Page:  # noqa: ANN401
    """Return the page of what a server answers."""
    patience = Patience(timeout=3, whole=60, rest=lambda _: None)
    sight = look(TARGET, "", Server([answer]), patience)
    [suite] = make_report(judge([sight.observation], Rules())).suites
    layout = settings.pop("layout", Layout(width=80))
    return Page(sight=sight, suite=suite, now=NOW, layout=layout, **settings)


def shown(answer: Object | ArgoError, **settings: Any) -> str:  # noqa: ANN401
    return "\n".join(page(answer, **settings).lines())


def run(phase: str = "Running", **status: Any) -> Object:  # noqa: ANN401
    metadata = {"name": "w", "namespace": "ci", "uid": "u", **status.pop("metadata", {})}
    spec = status.pop("spec", {})
    return {"metadata": metadata, "spec": spec, "status": {"phase": phase, **STARTED, **status}}


def nodes(*found: Object, **settings: str) -> Object:
    """Return nodes in a DAG, of the phase `Succeeded` unless they say otherwise."""
    common = {"type": "Pod", "phase": "Succeeded", "boundaryID": "w", **ENDED}
    made = [{**common, "name": f"w.{each['id']}", **each} for each in found]
    root = {"id": "w", "name": "w", "type": "DAG", "phase": "Running", **STARTED, **settings}
    return {each["id"]: each for each in (root, *made)}


RED = {"phase": "Failed", "message": "main: Error (exit code 1)"}


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (run(estimatedDuration=900), "Duration    10m so far, Argo expects 15m: 5m left"),
        (run(estimatedDuration=60), "Duration    10m so far, Argo expects 1m: 9m over"),
        (run("Failed", **ENDED, estimatedDuration=60), "Duration    5m, Argo expected 1m"),
        (run(estimatedDuration="soon"), "Duration    10m so far\n"),
        (run(startedAt=None, message="queued"), "● Running  ci/w\n  queued\n  Uid         u\n\n"),
        (
            run(metadata={"creationTimestamp": "2026-01-01T13:00:00Z"}),
            "Created     2026-01-01T13:00:00Z (in 1h)",
        ),
        (
            run(
                metadata={
                    "creationTimestamp": "2026-01-01T11:00:00Z",
                    "labels": {
                        "workflows.argoproj.io/creator": "alice",
                        "workflows.argoproj.io/cron-workflow": "nightly",
                        "workflows.argoproj.io/resubmitted-from-workflow": "v",
                    },
                },
                spec={"workflowTemplateRef": {"name": "of-a-very-long-name", "clusterScope": True}},
            ),
            (
                "  Created by  alice\n"
                "  From        ClusterWorkflowTemplate of-a-very-long-name, CronWorkflow nightly,\n"
                "              a copy of v\n"
            ),
        ),
        (
            run(conditions=[{"type": "SpecWarning", "status": "True", "message": "odd"}, {}]),
            "Condition   SpecWarning True: odd",
        ),
        (
            run(
                storedWorkflowTemplateSpec={
                    "arguments": {"parameters": [{"name": "a", "default": 1}]}
                }
            ),
            "Parameters  a = 1\n",
        ),
        (
            run(outputs={"parameters": [{"name": str(n), "value": "v"} for n in range(5)]}),
            (
                "  Outputs     0 = v\n              1 = v\n              2 = v\n"
                "              … and 2 more; --all shows them\n"
            ),
        ),
        (run(spec={"shutdown": "Terminate"}), "it is being shut down (Terminate)"),
        (
            run(nodes=nodes({"id": "x", "boundaryID": "y"}, {"id": "y", "boundaryID": "x"})),
            "2 nodes of it cannot be placed in its tree",
        ),
        (
            run(
                "Failed",
                **ENDED,
                nodes=nodes(
                    *(
                        {"id": f"n{n}", "phase": "Error", "message": f"e{n}", "children": ["z"]}
                        for n in range(5)
                    ),
                    {"id": "z", "phase": "Omitted", "message": "omitted: depends condition"},
                    phase="Failed",
                ),
            ),
            "  … and 2 other reasons\n  not run because of that: z",
        ),
        (
            run(
                nodes=nodes(
                    {
                        "id": "a",
                        "outputs": {
                            "artifacts": [
                                {"name": "kept", "s3": {"key": "k"}},
                                {"name": "gone", "s3": {"key": "g"}, "deleted": True},
                                {"name": "never", "optional": True},
                            ]
                        },
                    }
                )
            ),
            "Artifacts   kept of a and gone (deleted) of a",
        ),
        (
            run(
                spec={
                    "templates": [
                        {"name": "d", "dag": {"tasks": [{"name": "a"}, {"name": "b"}]}},
                    ],
                    "entrypoint": "d",
                },
                nodes=nodes({"id": "a"}, templateName="d"),
            ),
            "not created yet: b\n",
        ),
    ],
)
def test_it_says(document: Object, said: str) -> None:
    assert said in shown(document) + "\n"


def test_a_tree_that_cannot_be_folded_is_cut_and_says_so() -> None:
    tops = nodes(*({"id": f"n{n}", "boundaryID": ""} for n in range(30)))
    assert "… and 11 more lines; --all shows them" in shown(run(nodes=tops))
    assert shown(run(nodes=tops), everything=True).count("\n✓ n") == 30
    assert "more" not in shown(run(nodes=tops), everything=True)


def test_each_text_is_of_its_own_line() -> None:
    evil = "x\x1b[31m\r\n::set-output name=a::b"
    text = shown(
        run(
            message=evil,
            metadata={"labels": {"a": evil, "workflows.argoproj.io/creator": evil}},
            outputs={"parameters": [{"name": evil, "value": evil}]},
            conditions=[{"type": evil, "status": evil, "message": evil}],
            nodes=nodes({"id": "a", "displayName": evil, **RED, "message": evil}),
        )
    )
    assert "\x1b" not in text
    assert not [line for line in text.splitlines() if line.lstrip().startswith("::")]


def node_lines(node: Object, log: LogTail | None = None, **settings: Any) -> str:  # noqa: ANN401
    whole = page(run(nodes=nodes(node)), **settings)
    workflow = whole.sight.workflow
    assert workflow
    [found] = chosen(workflow, [node["id"]], ()).nodes
    return "\n".join(NodePage(page=whole, workflow=workflow, logs={node["id"]: log}).lines(found))


@pytest.mark.parametrize(
    ("node", "log", "said"),
    [
        ({"id": "a"}, LogTail(node_id="a"), "Log         none: nothing was printed"),
        ({"id": "a"}, LogTail(node_id="a", problem="403"), "Log         none: 403"),
        (
            {"id": "a"},
            LogTail(node_id="a", lines=("x", "::error::y"), problem="cut"),
            "Log         last 2 lines, cut short: cut\n    | x\n    | ::error::y",
        ),
        ({"id": "a", "type": "DAG"}, None, "none: it runs no pod"),
        (
            {"id": "a", "memoizationStatus": {"hit": True}},
            None,
            "none: its outputs come from the cache, so nothing ran",
        ),
        (
            {"id": "a", "phase": "Pending", "finishedAt": None},
            None,
            "Waits for   without a message",
        ),
        ({"id": "a", "phase": "Running", "finishedAt": None}, None, "Duration    10m so far"),
        ({"id": "a", "startedAt": None}, None, "Node        a (Pod)"),
        (
            {
                "id": "a",
                "inputs": {
                    "parameters": [{"name": "p", "value": "v"}],
                    "artifacts": [{"name": "f"}],
                },
            },
            None,
            "  Inputs      p = v\n              f\n",
        ),
        ({"id": "a", "type": "Retry", "children": ["b"]}, None, "Node        a (Retry)"),
    ],
)
def test_a_single_node_says(node: Object, log: LogTail | None, said: str) -> None:
    assert said in node_lines(node, log) + "\n"


def test_what_cannot_be_seen_has_no_page_but_a_step() -> None:
    text = shown(Unavailable("the server is away"))
    assert text.splitlines() == [
        "unreachable  no trustworthy answer about ci/w: the server is away",
        "next: see how far the way to the server goes: argogate doctor -n ci",
    ]


def test_the_document_is_ascii_and_obeyed_by_nobody() -> None:
    whole = page(run(message="##[error]ü"))
    text = spelled([document(whole.sight, whole.suite, None, {}, NOW)])
    assert text.isascii()
    assert "##" not in text
    [found] = json.loads(text)["workflows"]
    assert found["message"] == "##[error]ü"
    assert found["durationSeconds"] == (NOW - datetime(2026, 1, 1, 11, 50, tzinfo=UTC)).seconds
    assert found["whyNotOver"] == ""
