"""What GitLab reads besides JUnit: `artifacts:reports:dotenv` and `artifacts:reports:annotations`.

A single line that GitLab does not like fails the whole job, so everything that could be such a
line is left out (app/services/ci/parse_dotenv_artifact_service.rb).
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from argogate.reports.escape import line
from argogate.reports.formats import PREFIX
from argogate.reports.outputs import outputs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from argogate.verdict.report import Report

MOST_VARIABLES, MOST_BYTES = 20, 5000
"""GitLab's defaults are 20 variables and 5 KB."""

LONGEST_NAME = 100
"""Characters, so that all names fit and leave room for values."""

LONGEST_PROSE = 500
MOST_LINKS = 20
PROSE = ("message", "failed-nodes")
NOT_CARRIED = ("outputs", "results")
_VALUE = re.compile(r"[A-Za-z0-9._:/@+-]+(?: +[A-Za-z0-9._:/@+-]+)*")
"""GitLab expands `$` later on; quotes and comments are not for every release."""


def render_dotenv(report: Report, prefix: str = PREFIX) -> str:
    """Return `NAME=value` lines; output parameters come as `GATE_OUTPUT_…`.

    Every name is there in every ending: in a job that needs two gates, what one leaves out is
    read from the other. Prose loses its odd characters; any other value that has some is empty,
    as a changed one would be a wrong one.
    """
    return _lines(_variables(report), prefix)


def render_parameters(report: Report, prefix: str = PREFIX) -> str:
    """Return the output parameters alone, by the same rules; there may be none."""
    return _lines(_parameters(report), prefix)


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
    """Return the links to Argo that GitLab shows on the page of the job."""
    links = []
    for suite in report.suites:
        result, workflow = suite.result, suite.workflow
        url = result.observation.target.url
        label = f"{workflow.namespace}/{workflow.name}: {result.conclusion.value}"
        if urlsplit(url).scheme in {"http", "https"}:
            links.append({"external_link": {"label": line(label), "url": line(url)}})
    return json.dumps({"argogate": links[:MOST_LINKS]}) + "\n"


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
