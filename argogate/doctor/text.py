"""The ladder as text and as JSON. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from argogate.reports.escape import json_text, terminal_line

if TYPE_CHECKING:
    from argogate.doctor.ladder import Ladder, Rung

LONGEST_STANDING, LONGEST_WHAT = 7, 15


def render_text(ladder: Ladder) -> str:
    """Return a line for each rung, and below it what to do."""
    lines = [line for rung in ladder.rungs for line in _lines(rung)]
    return "\n".join([*lines, ladder.summary]) + "\n"


def render_json(ladder: Ladder) -> str:
    """Return the ladder as one JSON document."""
    document = {
        "ready": ladder.exit_code == 0,
        "exitCode": ladder.exit_code,
        "summary": ladder.summary,
        "rungs": [
            {
                "what": rung.what,
                "standing": rung.standing.value,
                "detail": rung.detail,
                "remedy": rung.remedy,
                "rule": rung.rule,
            }
            for rung in ladder.rungs
        ],
    }
    return json_text(json.dumps(document, indent=2)) + "\n"


def _lines(rung: Rung) -> list[str]:
    head = f"{rung.standing.value:<{LONGEST_STANDING}}  {rung.what:<{LONGEST_WHAT}}  "
    below = " " * len(head)
    lines = [f"{head}{terminal_line(rung.detail)}"]
    if rung.remedy:
        lines.append(f"{below}→ {terminal_line(rung.remedy)}")
    return lines + [f"{below}  {rule}" for rule in rung.rule.splitlines()]
