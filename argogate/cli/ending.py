"""The last line of the log: how it ended, with which exit code, and where to read on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argogate import spell
from argogate.reports.escape import terminal_line
from argogate.reports.formats import Format
from argogate.verdict.conclusion import Conclusion, conclusion_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from argogate.verdict.conclusion import Verdict

LONGEST_SENTENCE = 200
READ_FIRST = (Format.JUNIT, Format.SUMMARY, Format.RESULT)
"""Which report is named, where there are several."""


def last_line(verdict: Verdict, paths: Mapping[Format, Path]) -> str:
    """Spell `argogate: failed (exit 1): 3 of 5 workflows did not pass; report: argo.xml`."""
    code = f"exit {verdict.exit_code}"
    if verdict.exit_code != verdict.deciding.exit_code:
        code += ", as --exit-zero was given"
    path = next((paths[form] for form in READ_FIRST if form in paths), None)
    report = f"; report: {path}" if path else ""
    headline = spell.one_line(verdict.headline, LONGEST_SENTENCE)
    line = f"argogate: {verdict.conclusion.value} ({code}): {headline}{report}"
    return terminal_line(line)


def broken_off(code: int) -> str:
    """Spell the last line of a gate that a second signal ended at once."""
    word = conclusion_of(code) or Conclusion.CANCELLED
    return f"argogate: {word.value} (exit {code}): a second signal ended it at once"
