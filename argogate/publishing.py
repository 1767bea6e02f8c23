"""Report → the files that were asked for, all saying the same."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from argogate.files import is_special, way_back, write_whole
from argogate.reports.formats import PREFIX, Format, render
from argogate.values import dataclass, field
from argogate.verdict.judge import add_shortfalls
from argogate.verdict.suites import make_report

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from argogate.verdict.report import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Reports:
    """Which report goes where, and what the user may choose of its form."""

    paths: Mapping[Format, Path] = field(default_factory=dict)
    prefix: str = PREFIX
    """Of the variables for GitLab."""

    def render(self, form: Format, report: Report) -> bytes:
        """Render one of them."""
        path = self.paths[form]
        return render(form, report, path.name, self.prefix, way_back(path.parent))


NO_REPORTS = Reports()


def publish(report: Report, reports: Reports) -> Report:
    """Write every report that was asked for; return what they tell.

    One that cannot be written makes a pass incomplete, and all are written again, so that they
    say the same. Where that is not possible, what says red stays, be it from the start on, and
    what says green goes. A pipe cannot be written again, so those are last.
    """
    pipes = [form for form, path in reports.paths.items() if is_special(path)]
    files = [form for form in reports.paths if form not in pipes]
    for group in files, pipes:
        if shortfalls := write(report, reports, group):
            green = set(files) - shortfalls.keys() if report.verdict.deciding.passed else set()
            report = make_report(add_shortfalls(report.verdict, tuple(shortfalls.values())))
            for form in files:
                rewrite(form, report, reports, or_remove=form in green)
    return report


def write(
    report: Report, reports: Reports, forms: Iterable[Format] | None = None
) -> dict[Format, str]:
    """Write these reports, by default all; return a sentence on each that cannot be written."""
    shortfalls = {}
    for form in reports.paths if forms is None else forms:
        path = reports.paths[form]
        try:
            write_whole(path, reports.render(form, report))
        except OSError as error:
            reason = error.strerror or error
            shortfalls[form] = f"the report --{form} {path} could not be written: {reason}"
    return shortfalls


def rewrite(form: Format, report: Report, reports: Reports, *, or_remove: bool = True) -> None:
    """Put a report in the place of one that says otherwise, which stays or goes if it does not fit.

    When it is gone there is more room.
    """
    path = reports.paths[form]
    document = reports.render(form, report)
    try:
        write_whole(path, document)
    except OSError:
        if or_remove:
            with suppress(OSError):
                path.unlink()
                write_whole(path, document)


def hold_places(report: Report, reports: Reports) -> str:
    """Write what is to be read if the gate gets no further; return why that is impossible.

    In place of a file that does not fit there is none: what was there is about another run.
    """
    for form, path in reports.paths.items():
        if is_special(path):
            continue
        try:
            write_whole(path, reports.render(form, report))
        except OSError as error:
            try:
                path.unlink(missing_ok=True)
            except OSError:
                return f"--{form} {path} cannot be replaced: {error.strerror or error}"
    return ""


def forget(paths: Iterable[Path]) -> None:
    """Remove reports of an earlier run, where there will be none of this one."""
    for path in paths:
        with suppress(OSError):
            if not is_special(path) and not path.is_dir():
                path.unlink()
