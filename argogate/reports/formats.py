"""The table of report formats: a new one is a file beside this and an entry here."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, assert_never

if TYPE_CHECKING:
    from argogate.verdict.report import Report


PREFIX = "GATE"
"""Not `ARGOGATE`: a gate in a later job would take its variables for options."""


class Format(StrEnum):
    """A report that can be asked for, by the name of its option."""

    JUNIT = "junit"
    HTML = "html"
    SUMMARY = "summary"
    RESULT = "result"
    DOTENV = "dotenv"
    ANNOTATIONS = "annotations"
    PARAMETERS = "parameters"


def render(  # noqa: PLR0911 - a table
    form: Format, report: Report, file_name: str = "", prefix: str = PREFIX, base: str = ""
) -> bytes:
    """Render one report, loading only what that one needs.

    The form of `parameters` depends on the name of the file; `prefix` begins GitLab's variables;
    `base` leads from the folder of the file to the one where paths of artifacts begin.
    """
    match form:
        case Format.JUNIT:
            from argogate.reports import junit  # noqa: PLC0415 - see the docstring

            return junit.render(report)
        case Format.HTML:
            from argogate.reports.page.render import render as render_page  # noqa: PLC0415

            return render_page(report, base)
        case Format.SUMMARY:
            from argogate.reports import markdown  # noqa: PLC0415

            return markdown.render(report).encode()
        case Format.RESULT:
            from argogate.reports import result  # noqa: PLC0415

            return result.render(report).encode()
        case Format.DOTENV:
            from argogate.reports import outputs  # noqa: PLC0415

            return outputs.render_dotenv(report, prefix).encode()
        case Format.ANNOTATIONS:
            from argogate.reports import outputs  # noqa: PLC0415

            return outputs.render_annotations(report).encode()
        case Format.PARAMETERS:
            from argogate.reports import outputs  # noqa: PLC0415

            return outputs.render_parameters(report, file_name, prefix).encode()
        case _ as unreachable:
            assert_never(unreachable)
