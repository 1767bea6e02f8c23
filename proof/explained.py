"""Mutants that no test can notice, or need not: why they may survive."""

from __future__ import annotations

MODEL, WAITING = "argogate/model", "argogate/waiting"
GIVEN = "a default that nobody relies on: whoever makes one says it"
FIGURE = "a figure without a sharp edge: one more or less is as good"
ALIKE = "both ways come to the same"

EXPLAINED: dict[tuple[str, str], str] = {
    (f"{MODEL}/tree.py", "superseded: bool = True"): GIVEN,
    (f"{MODEL}/positions.py", "superseded: bool = True"): GIVEN,
    (f"{MODEL}/positions.py", "order: int = 1"): f"{ALIKE}: orders are compared with each other",
    (f"{MODEL}/tree.py", "if (len(nodes) >= 1):"): f"{ALIKE}: one node is in order",
    (f"{MODEL}/positions.py", "depth=around.depth + 2,"): f"{ALIKE}: depths are compared",
    (f"{MODEL}/parse.py", "LARGEST_TREE = (512 // 1024) * 1024"): (
        "0 means no bound; to reach one of 512 MiB would take that memory"
    ),
    ("argogate/reports/escape.py", "def logged_line(text: str, most: int = 1001) -> str:"): FIGURE,
    ("argogate/verdict/report.py", "seconds: float = 1"): GIVEN,
    (f"{WAITING}/members.py", "MOST_LOOKED_UP, AT_ONCE = 500, 9"): FIGURE,
    (f"{WAITING}/nodewatch.py", "SMALL_TREE = 65 * 1024"): FIGURE,
    (f"{WAITING}/nodewatch.py", "if not warned and (since_read > LARGE_TREE_PAUSE):"): (
        "a moment later is as good"
    ),
}
"""The reason, by path and by the lines that are written instead."""
