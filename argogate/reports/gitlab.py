"""What GitLab reads besides JUnit: `artifacts:reports:dotenv` and `artifacts:reports:annotations`.

A single line that GitLab does not like fails the whole job, so everything that could be such a
line is left out (app/services/ci/parse_dotenv_artifact_service.rb).
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from argogate.cases import seen
from argogate.reports.escape import line
from argogate.reports.outputs import outputs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from argogate.verdict import Verdict

PREFIX = "GATE_"
"""Not `ARGOGATE_`: a gate in a later job would take those for its options."""

MOST_VARIABLES, MOST_BYTES = 20, 5000
"""GitLab's defaults are 20 variables and 5 KB."""

LONGEST_PROSE = 500
MOST_LINKS = 20
PROSE = ("message", "failed-nodes")
NOT_CARRIED = ("outputs", "results")
_VALUE = re.compile(r"[A-Za-z0-9._:/@+-]+(?: +[A-Za-z0-9._:/@+-]+)*")
"""GitLab expands `$` later on; quotes and comments are not for every release."""


def render_dotenv(verdict: Verdict) -> str:
    """Return `NAME=value` lines, at least one; output parameters come as `GATE_OUTPUT_…`.

    Prose loses its odd characters. Any other value that has some is left out: a changed one
    would be a wrong one.
    """
    return _lines(_variables(verdict))


def render_parameters(verdict: Verdict) -> str:
    """Return the output parameters alone, by the same rules; there may be none."""
    return _lines(_parameters(verdict))


def _lines(variables: Iterable[tuple[str, str]]) -> str:
    lines: dict[str, str] = {}
    spent = 0
    for name, value in variables:
        size = len(name) + len(value) + 2
        fits = len(lines) < MOST_VARIABLES and spent + size <= MOST_BYTES
        if fits and name not in lines and _VALUE.fullmatch(value):
            lines[name] = value
            spent += size
    return "".join(f"{name}={value}\n" for name, value in lines.items())


def render_annotations(verdict: Verdict) -> str:
    """Return the links to Argo that GitLab shows on the page of the job."""
    links = []
    for result in verdict.results:
        workflow, url = seen(result), result.observation.target.url
        label = f"{workflow.namespace}/{workflow.name}: {result.conclusion.value}"
        if urlsplit(url).scheme in {"http", "https"}:
            links.append({"external_link": {"label": line(label), "url": line(url)}})
    return json.dumps({"argogate": links[:MOST_LINKS]}) + "\n"


def _variables(verdict: Verdict) -> Iterator[tuple[str, str]]:
    for name, value in outputs(verdict).items():
        if name not in NOT_CARRIED:
            yield _variable(name), _prose(value) if name in PROSE else value
    yield from _parameters(verdict)


def _parameters(verdict: Verdict) -> Iterator[tuple[str, str]]:
    for parameter in seen(verdict.deciding).parameters:
        yield _variable(f"output-{parameter.name}"), parameter.value


def _variable(name: str) -> str:
    return PREFIX + re.sub(r"[^A-Z0-9]", "_", name.upper())


def _prose(text: str) -> str:
    return " ".join(re.sub(r"[^A-Za-z0-9._:/@+-]", " ", text).split())[:LONGEST_PROSE].rstrip()
