"""The CI system that runs us, found in the environment, its log being stderr."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from argogate.ci.announce import Announcer
from argogate.ci.systems import detected
from argogate.cli.output import echo
from argogate.cli.reporting import is_step_summary

if TYPE_CHECKING:
    from argogate.cli.log import Log
    from argogate.cli.request import WaitOptions
    from argogate.verdict.report import Report

PATHS = {"junit": "junit", "artifacts-dir": "artifacts", "result": "result"}
"""Outputs that are paths, and the options that name them."""


def announcer(log: Log, options: WaitOptions) -> Announcer:
    """Return what tells the verdict to the CI system."""
    return Announcer(
        system=detected(os.environ, int(time.time())),
        write=log.letter,
        warn=log.caution,
        paths={name: str(getattr(options, option) or "") for name, option in PATHS.items()},
        summarised=not options.summary or is_step_summary(options.summary),
        logs=not log.quiet,
    )


def summarise(report: Report) -> None:
    """Add the summary to the page of the job."""
    Announcer(system=detected(os.environ), write=_write, warn=_write, paths={}).summarise(report)


def refuse(message: str) -> None:
    """Tell the CI system that nothing was waited for."""
    Announcer(system=detected(os.environ), write=_write, warn=_write, paths={}).refuse(message)


def _write(line: str) -> None:
    """Write a line as it is."""
    echo(line, err=True)
