"""Small makers of real values: workflows as they would have been parsed, and how they ended."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from argogate.model.workflow import Node, NodePhase, NodeType, Phase, Workflow
from argogate.reports.formats import Format, render
from argogate.reports.text import render_name, render_text
from argogate.verdict.endings import Finished
from argogate.verdict.judge import Rules, judge
from argogate.verdict.observation import Observation, Target
from argogate.verdict.suites import make_report
from argogate.waiting.patience import Limits, Pace
from tests.clock import SimulatedClock

if TYPE_CHECKING:
    from argogate.verdict.conclusion import Verdict
    from argogate.verdict.endings import Ending
    from argogate.verdict.report import Report

BEGAN = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)

HOSTILE = (
    "\x00\x07\x08\x7f\x85\x9b31m",
    "\ud800 lone \udfff surrogates",
    "\ufffe\uffff\ufdd0\U0001fffe",
    "]]><!-- </failure></testsuite>&#0;",
    "\x1b[31mred\x1b[0m \x1b]8;;http://evil.example\x07link\x1b]8;;\x07",
    "::error file=x::boom\n  ::set-output name=a::b",
    "fine ##[error]boom ##vso[task.complete] ##teamcity[x]",
    "<script>alert(1)</script><img src=x onerror=y>",
    "a | b `c` ``d`` ```\n```\n~~~\n# head\n* item\n| x | y |",
    "[link](http://evil.example) ![i](//evil.example) @everyone #1 owner/repo#2 www.evil.example",
    "one\rtwo\r\nthree\u2028four\vfive",
    "[[ATTACHMENT|/etc/passwd]] [[attachment|../x]]",
    "\u202egnp.exe",
    "x" * 200_000,
    "ü漢🎉" * 100,
    "   ",
)


def moment(seconds: float) -> datetime:
    """Return the moment so many seconds after the gate began."""
    return BEGAN + timedelta(seconds=seconds)


def node(name: str, phase: str = "Succeeded", kind: str = "Pod", **members: Any) -> Node:  # noqa: ANN401
    """Return a node `wf.NAME` that ran from second 1 to second 3, as far as its phase allows."""
    made = Node(
        id=f"wf-{name}",
        name=f"wf.{name}",
        display_name=name,
        type=NodeType(kind),
        phase=NodePhase(phase),
        template_name=members.pop("template_name", name),
        boundary_id=members.pop("boundary_id", "wf"),
        started_at=moment(1),
    )
    finished_at = moment(3) if made.fulfilled else None
    return replace(made, **{"finished_at": finished_at, **members})


def workflow(*nodes: Node, phase: str = "Failed", **members: Any) -> Workflow:  # noqa: ANN401
    """Return a workflow `argo/wf` of these nodes, with a DAG around them."""
    root = Node(
        id="wf",
        name="wf",
        display_name="wf",
        type=NodeType.DAG,
        phase=NodePhase(phase),
        template_name="main",
        started_at=moment(0),
        children=tuple(item.id for item in nodes),
    )
    made = Workflow(
        name="wf",
        namespace="argo",
        uid="b1a0",
        phase=Phase(phase),
        phase_word=phase,
        created_at=moment(-1),
        started_at=moment(0),
        finished_at=moment(65) if phase in {"Succeeded", "Failed", "Error"} else None,
        nodes={item.id: item for item in ((root, *nodes) if nodes else ())},
    )
    return replace(made, **members)


def pace(limits: Limits | None = None, **members: Any) -> Pace:  # noqa: ANN401
    """Return a pace on a clock that begins at 0, of which nobody hears."""
    made = Pace(
        limits=limits or Limits(),
        clock=SimulatedClock(),
        rng=random.Random(1),
        on_news=lambda _: None,
        began=BEGAN,
    )
    return replace(made, **members)


def observed(
    seen: Workflow | None,
    ending: Ending | None = None,
    **members: Any,  # noqa: ANN401
) -> Observation:
    """Return an observation of `argo/wf`; without an ending, that the workflow finished."""
    made = Observation(
        target=Target(namespace="argo", name="wf", url="https://argo.example/workflows/argo/wf"),
        ending=ending or Finished(poll=seen or workflow()),
        workflow=seen,
        began=BEGAN,
        seconds=70,
    )
    return replace(made, **members)


def finished(*nodes: Node, phase: str = "Failed", **members: Any) -> Verdict:  # noqa: ANN401
    """Return the verdict about one workflow that ended in that phase."""
    return judged(observed(workflow(*nodes, phase=phase, **members)))


def judged(*observations: Observation, **rules: Any) -> Verdict:  # noqa: ANN401
    """Return the verdict about what was observed."""
    return judge(observations, Rules(**rules))


def told(*nodes: Node, **members: Any) -> Report:  # noqa: ANN401
    """Return the report on one workflow that ended so."""
    return make_report(finished(*nodes, **members))


def reported(*observations: Observation, **rules: Any) -> Report:  # noqa: ANN401
    """Return the report on what was observed."""
    return make_report(judged(*observations, **rules))


def rendered(report: Report) -> list[bytes]:
    """Return all that can be rendered of a report: files, and what is printed."""
    files = [render(form, report, "it") for form in Format]
    files += [render(Format.PARAMETERS, report, "it.env")]  # the only one that heeds its name
    return [*files, *(text(report).encode() for text in (render_text, render_name))]
