"""What `argogate wait` was asked for: the words as click gives them, then a frozen request."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from argogate import gate
from argogate.ci.numbers import numbers_in
from argogate.cli.connection import ConnectionOptions
from argogate.cli.naming import refuse_uid_of_several
from argogate.cli.reporting import ReportFiles, places_below
from argogate.evidence.collect import ArtifactWish, LogWish
from argogate.evidence.logs import WhichLogs
from argogate.files import why_unwritable
from argogate.model.workflow import LATEST, Phase, Shutdown
from argogate.values import asdict, dataclass
from argogate.verdict.judge import Rules
from argogate.waiting.identity import Identity
from argogate.waiting.patience import Limits
from argogate.waiting.watch import Wish

if TYPE_CHECKING:
    from pathlib import Path

    from argogate.cli.signals import Signals
    from argogate.evidence.template import Template
    from argogate.publishing import Reports

LONGEST_STDIN = 16 << 20
"""Letters: of the longest names that there are, 60,000."""
NEEDS_FOLDER = {"--artifact": "artifact_patterns", "--require-artifact": "required_artifacts"}


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitOptions(ReportFiles, ConnectionOptions):
    """Each option of the command, under the name that click gives it."""

    names: tuple[str, ...]
    namespace: str
    labels: str
    uid: str | None
    created_after: datetime | timedelta | None
    accept_archived: bool
    ignore_not_found: bool
    nodes: tuple[str, ...]

    timeout: float
    poll_interval: float
    max_poll_interval: float
    appear_timeout: float
    outage_timeout: float
    pending_timeout: float
    stall_timeout: float
    settle_timeout: float
    request_timeout: float
    collect_timeout: float
    on_suspend: str
    on_timeout: str
    on_cancel: str
    fail_fast: bool
    listen: bool
    success_phases: tuple[str, ...]
    exit_zero: bool

    output_files: Path | None
    record: Path | None
    suite_name: str
    junit_merge: tuple[str, ...]
    logs: str
    log_lines: int
    follow: bool
    follow_lines: int
    output: str
    quiet: bool
    verbose: bool

    artifacts: Path | None
    artifact_patterns: tuple[str, ...]
    required_artifacts: tuple[str, ...]
    artifact_path: Template
    extract: bool
    jobs: int
    max_artifact_size: int
    max_artifacts_size: int

    def limits(self) -> Limits:
        """Return how long to wait for what. Raises click.UsageError."""
        if self.max_poll_interval < self.poll_interval:
            msg = "--max-poll-interval is shorter than --poll-interval"
            raise click.UsageError(msg)
        return Limits(
            timeout=self.timeout,
            poll_interval=self.poll_interval,
            max_poll_interval=self.max_poll_interval,
            pending_timeout=self.pending_timeout,
            stall_timeout=self.stall_timeout,
            appear_timeout=self.appear_timeout,
            outage_timeout=self.outage_timeout,
            settle_timeout=self.settle_timeout,
            request_timeout=self.request_timeout,
            collect_timeout=self.collect_timeout,
        )

    def request(self, reports: Reports) -> gate.Request:
        """Freeze what was asked for. Raises click.UsageError for what contradicts itself."""
        if LATEST in self.names and len(self.names) > 1:
            msg = f"{LATEST} goes alone; leave the other names away"
            raise click.UsageError(msg)
        refuse_uid_of_several(self.uid, self.names)
        for option, name in NEEDS_FOLDER.items():
            if getattr(self, name) and not self.artifacts:
                msg = f"{option} says which artifacts; say where to with --artifacts DIR as well"
                raise click.UsageError(msg)
        return gate.Request(
            namespace=self.namespace,
            names=self.names,
            labels=self.labels,
            wish=Wish(
                identity=self._identity(),
                nodes=self.nodes,
                fail_on_suspend=self.on_suspend == "fail",
            ),
            rules=Rules(
                success_phases=frozenset(Phase(phase) for phase in self.success_phases),
                ignore_not_found=self.ignore_not_found,
                exit_zero=self.exit_zero,
            ),
            reports=reports,
            artifacts=self._artifact_wish(),
            merged=self.junit_merge,
            logs=LogWish(which=WhichLogs(self.logs), lines=self.log_lines),
            follow=self.follow_lines if self.follow else 0,
            listen=self.listen,
            fail_fast=self.fail_fast,
            suite_name=self.suite_name.strip(),
            numbers=numbers_in(os.environ),
            on_timeout=shutdown(self.on_timeout),
            on_cancel=shutdown(self.on_cancel),
        )

    def _identity(self) -> Identity:
        since = self.created_after
        age = since if isinstance(since, timedelta) else None
        return Identity(
            uid=self.uid or "",
            created_after=datetime.now(UTC) - since if isinstance(since, timedelta) else since,
            age=age,
            accept_archived=self.accept_archived,
        )

    def _artifact_wish(self) -> ArtifactWish | None:
        folder = self.artifacts
        if folder is None:
            return None
        if why := why_unwritable(folder / "any"):
            msg = f"--artifacts {folder} cannot be written: {why}; give another folder"
            raise click.UsageError(msg)
        return ArtifactWish(
            folder=folder,
            taken=places_below(folder, asdict(self)),
            patterns=self.artifact_patterns,
            required=self.required_artifacts,
            template=self.artifact_path,
            unpacks=self.extract,
            jobs=self.jobs,
            largest=self.max_artifact_size,
            largest_together=self.max_artifacts_size,
        )


def shutdown(*words: str) -> Shutdown | None:
    """Return the first of these that is to be done to a workflow; None where all say `none`."""
    return next((Shutdown(word) for word in words if word != "none"), None)


def named(words: tuple[str, ...], labels: str | None = None) -> tuple[str, ...]:
    """Return what names workflows; `-` stands for the words on stdin. Raises click.UsageError.

    `labels` is None where nothing can be selected by them.
    """
    listed: list[str] = []
    for word in words:
        found = _from_stdin() if word == "-" else [word]
        if not found:
            msg = "there is no name on stdin, which '-' stands for; what should have written it?"
            raise click.UsageError(msg)
        listed += found
    if labels and words:
        msg = "workflows are named or selected with -l, not both; leave one away"
        raise click.UsageError(msg)
    if not listed and not labels:
        others = "" if labels is None else ", or labels with -l"
        msg = f"no workflow is named; give its NAME, names on stdin with '-'{others}"
        raise click.UsageError(msg)
    return tuple(listed)


def _from_stdin() -> list[str]:
    signals: Signals = click.get_current_context().obj
    try:
        with signals.interruptible():
            text = sys.stdin.read(LONGEST_STDIN + 1)
        if len(text) > LONGEST_STDIN:
            msg = "what comes on stdin, which '-' stands for, has no end that names would have"
            raise click.UsageError(msg)
        return text.split()
    except OSError as error:
        msg = f"the names on stdin cannot be read: {error.strerror or error}"
        raise click.UsageError(msg) from error
