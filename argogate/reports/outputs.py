"""The deciding workflow's outcome as single values, for the steps of a pipeline that follow."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from argogate.codec import spell_moment
from argogate.reports.escape import terminal_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from argogate.verdict.report import Report, Suite

OUTPUTS = {
    "conclusion": "passed, failed, not-found, timed-out …: the word of the exit code",
    "phase": "phase of the workflow as last seen",
    "message": "one sentence: what was seen, and what to do",
    "workflow-name": "name of the workflow",
    "namespace": "its namespace",
    "uid": "its uid",
    "url": "its page in the Argo UI",
    "started-at": "when it started (RFC 3339)",
    "finished-at": "when it ended (RFC 3339); empty where it did not",
    "duration-seconds": "seconds from its start to its end, or to the end of the wait",
    "failed-nodes": "the nodes that failed, one a line, at most 100",
    "exit-code": "exit code of the gate",
    "junit": "path of the JUnit report, as given",
    "artifacts-dir": "folder of the artifacts, as given",
    "outputs": "the workflow's output parameters as a JSON object",
    "result": "path of the JSON result, as given",
    "results": "of several workflows: the values above, a JSON object for each",
}
"""Names and what they hold. The paths are the caller's to add."""

EMPTY = {name: {"outputs": "{}", "results": "[]"}.get(name, "") for name in OUTPUTS}
"""What they hold where there was no wait."""

MOST_NODES = 100
LARGEST = 100_000
"""Characters of a JSON value: GitHub takes 1 MB of outputs from a whole job."""


def outputs(report: Report) -> dict[str, str]:
    """Return the values of the deciding workflow by name; all but the paths are there."""
    deciding = report.deciding
    parameters = deciding.workflow.parameters
    pairs = (f"{_json(item.name)}: {_json(item.value)}" for item in parameters)
    rows = (_json(_values(suite, suite.result.exit_code)) for suite in report.suites)
    return {
        **_values(deciding, report.verdict.exit_code),
        "outputs": f"{{{', '.join(_fitting(pairs))}}}",
        "results": f"[{', '.join(_fitting(rows))}]",
    }


def _values(suite: Suite, exit_code: int) -> dict[str, str]:
    result, workflow = suite.result, suite.workflow
    values = {
        "conclusion": result.conclusion.value,
        "phase": workflow.phase_word,
        "message": result.message,
        "workflow-name": workflow.name if result.observation.target.named else "",
        "namespace": workflow.namespace,
        "uid": workflow.uid,
        "url": result.observation.target.url,
        "started-at": _moment(workflow.started_at),
        "finished-at": _moment(workflow.finished_at),
        "duration-seconds": f"{suite.seconds:.3f}",
    }
    nodes = "\n".join(terminal_line(leaf.path) for leaf in result.failures[:MOST_NODES])
    cleaned = {name: terminal_line(value) for name, value in values.items()}
    return {**cleaned, "failed-nodes": nodes, "exit-code": str(exit_code)}


def _moment(when: datetime | None) -> str:
    return spell_moment(when) if when else ""


def _fitting(texts: Iterable[str]) -> Iterator[str]:
    """Yield those that are not too large together; what does not fit is left out whole."""
    left = LARGEST
    for text in texts:
        if len(text) < left:
            left -= len(text) + 2
            yield text


def _json(value: object) -> str:
    """Return ASCII without `##`: GitHub obeys `##[command]` in any line."""
    return json.dumps(value).replace("##", r"\u0023\u0023")
