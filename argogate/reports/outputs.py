"""Values for what follows the gate in a pipeline: outputs, GitLab's dotenv and links, parameters.

A single line that GitLab does not like fails the whole job, so everything that could be such a
line is left out (app/services/ci/parse_dotenv_artifact_service.rb).
"""

from __future__ import annotations

import json
import re
from operator import itemgetter
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from argogate.codec import spell_moment
from argogate.reports.escape import json_text, line, terminal_line
from argogate.reports.formats import PREFIX
from argogate.spell import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from argogate.codec import Json
    from argogate.model.workflow import Parameter
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

MOST_VARIABLES, MOST_BYTES = 20, 5000
"""GitLab's defaults are 20 variables and 5 KB."""

LONGEST_NAME = 100
"""Characters, so that all names fit and leave room for values."""

LONGEST_PROSE = 500
MOST_LINKS = 20
MOST_NODE_LINKS = 5
"""Of one workflow."""
LONGEST_LABEL = 200
PROSE = ("message", "failed-nodes")
NOT_CARRIED = ("outputs", "results")
_VALUE = re.compile(r"[A-Za-z0-9._:/@+-]+(?: +[A-Za-z0-9._:/@+-]+)*")
"""GitLab expands `$` later on; quotes and comments are not for every release."""


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
    """Return JSON in ASCII."""
    return json_text(json.dumps(value))


def render_dotenv(report: Report, prefix: str = PREFIX) -> str:
    """Return `NAME=value` lines; output parameters come as `GATE_OUTPUT_…`.

    Every name is there in every ending: in a job that needs two gates, what one leaves out is
    read from the other. Prose loses its odd characters; any other value that has some is empty,
    as a changed one would be a wrong one.
    """
    return _lines(_variables(report), prefix)


def _lines(values: Iterable[tuple[str, str]], prefix: str) -> str:
    lines: dict[str, str] = {}
    for name, value in values:
        if len(lines) < MOST_VARIABLES and len(name) <= LONGEST_NAME:
            lines.setdefault(_variable(prefix, name), value)
    room = MOST_BYTES - sum(len(name) + len("=\n") for name in lines)
    for name, value in lines.items():
        if len(value) > room or not _VALUE.fullmatch(value):
            lines[name] = ""
        room -= len(lines[name])
    return "".join(f"{name}={value}\n" for name, value in lines.items())


def render_annotations(report: Report) -> str:
    """Return the links to Argo that GitLab shows on the page of the job.

    First the runs that did not pass, then what failed in them, then the other runs.
    """
    rows = sorted((row for suite in report.suites for row in _links(suite)), key=itemgetter(0))
    links = [
        {"external_link": {"label": line(label), "url": line(url)}}
        for _, label, url in rows
        if _is_web(url)
    ]
    return json.dumps({"argogate": links[:MOST_LINKS]}) + "\n"


def _is_web(url: str) -> bool:
    try:
        return urlsplit(url).scheme in {"http", "https"}
    except ValueError:
        return False


def _links(suite: Suite) -> Iterator[tuple[int, str, str]]:
    """Yield place, label and address of each link."""
    name = f"{suite.workflow.namespace}/{suite.workflow.name}"
    result = suite.result
    label = f"{name}: {result.conclusion.value}"
    yield 2 if result.passed else 0, label, result.observation.target.url
    nodes = [case for case in suite.analysis.foremost if case.node]
    for case in nodes[:MOST_NODE_LINKS]:
        yield 1, f"{name}: {one_line(case.label, LONGEST_LABEL)}", case.url


def _variables(report: Report) -> Iterator[tuple[str, str]]:
    for name, value in outputs(report).items():
        if name not in NOT_CARRIED:
            yield name, _prose(value) if name in PROSE else value
    yield from _parameters(report)


def _parameters(report: Report) -> Iterator[tuple[str, str]]:
    for parameter in report.deciding.workflow.parameters:
        yield f"output-{parameter.name}", parameter.value


def _variable(prefix: str, name: str) -> str:
    return f"{prefix}_{re.sub(r'[^A-Z0-9]', '_', name.upper())}"


def _prose(text: str) -> str:
    return " ".join(re.sub(r"[^A-Za-z0-9._:/@+-]", " ", text).split())[:LONGEST_PROSE].rstrip()


def render_parameters(report: Report, file_name: str, prefix: str = PREFIX) -> str:
    """Render the output parameters as JSON, unless the file's name ends in `.env`.

    Such lines keep GitLab's rules, and there may be none. In the JSON `parameters` are those of
    the deciding workflow; `workflows` has all, and those of nodes.
    """
    if file_name.endswith(".env"):
        return _lines(_parameters(report), prefix)
    document = {
        "parameters": _by_name(report.deciding.workflow.parameters),
        "workflows": {suite.workflow.name: _workflow(suite) for suite in report.suites},
    }
    return json.dumps(document, indent=1) + "\n"


def _workflow(suite: Suite) -> Json:
    workflow, tree = suite.workflow, suite.result.tree
    nodes = {
        tree.path(node): _by_name(node.parameters)
        for node in workflow.nodes.values()
        if node.parameters
    }
    return {
        "uid": workflow.uid,
        "parameters": _by_name(workflow.parameters),
        "nodes": nodes,
    }


def _by_name(parameters: tuple[Parameter, ...]) -> dict[str, str]:
    return {parameter.name: parameter.value for parameter in parameters}
