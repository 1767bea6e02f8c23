"""The CI system that runs us, found in the environment, its log being stderr, or also stdout."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from argogate.ci.announce import Announcer
from argogate.ci.systems import detected
from argogate.cli.output import echo

if TYPE_CHECKING:
    from argogate.cli.log import Log
    from argogate.cli.request import WaitOptions
    from argogate.verdict.report import Report

PATHS = {"junit": "junit", "artifacts-dir": "artifacts", "result": "result"}
"""Outputs that are paths, and the options that name them."""


def announcer(log: Log, options: WaitOptions) -> Announcer:
    """Return what tells the verdict to the CI system."""
    system = detected(os.environ, int(time.time()))
    aloud = system.on_stdout and options.output == "text"  # other forms are for programs

    def write(line: str) -> None:
        if aloud:
            log.catch_up()
            echo(line)
        else:
            log.letter(line)

    return Announcer(
        system=system,
        write=write,
        warn=log.caution,
        paths={name: str(getattr(options, option) or "") for name, option in PATHS.items()},
        folder=options.output_files,
        logs=not log.quiet,
    )


def summarise(report: Report) -> None:
    """Add the summary to the page of the job."""
    _plain().summarise(report)


def refuse(message: str) -> None:
    """Tell the CI system that nothing was waited for."""
    _plain().refuse(message)


def _plain() -> Announcer:
    """Return what tells the CI system where there is no log."""
    system = detected(os.environ)

    def write(line: str) -> None:
        echo(line, err=not system.on_stdout)

    return Announcer(system=system, write=write, warn=write, paths={})
