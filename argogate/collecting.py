"""The evidence of a run that was seen: logs and artifacts. What fails is recorded, not raised."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from argogate.artifacts.download import Transfer, fetch, listed
from argogate.artifacts.plan import Wanted, plan
from argogate.logs import LogSource, WhichLogs, tails
from argogate.model.lifecycle import from_archive

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from argogate.argo.api import ArgoServer
    from argogate.model.workflow import Node, Workflow
    from argogate.observation import ArtifactFile, Observation, Target


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactWish:
    """Which artifacts go where."""

    folder: Path
    patterns: tuple[str, ...] = ()
    jobs: int = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class LogWish:
    """Which logs go into the reports, and how much of each."""

    which: WhichLogs = WhichLogs.FAILED
    lines: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Collector:
    """Collects from one server."""

    server: ArgoServer
    request_timeout: float
    sleep: Callable[[float], None]
    tell: Callable[[ArtifactFile], None]

    def collect(
        self, observation: Observation, logs: LogWish, artifacts: ArtifactWish | None
    ) -> Observation:
        """Return the observation with the evidence."""
        workflow = observation.workflow
        if workflow is None:
            return observation
        found = tails(
            workflow, logs.which, self._log_source(workflow, observation.target), logs.lines
        )
        wanted = plan(workflow, artifacts.patterns if artifacts else ())
        if artifacts is None:
            return replace(observation, logs=found, artifacts=listed(wanted))
        transfer = Transfer(
            open=self._open_wanted,
            folder=artifacts.folder,
            jobs=artifacts.jobs,
            sleep=self.sleep,
        )
        files = fetch(transfer, wanted, self.tell)
        remarks = (*observation.remarks, *_missing(files))
        return replace(observation, logs=found, artifacts=files, remarks=remarks)

    def _log_source(self, workflow: Workflow, target: Target) -> LogSource:
        def archived(node: Node, name: str) -> AbstractContextManager[Iterator[bytes]]:
            return self._open(workflow, node.id, name)

        return LogSource(
            pod=lambda pod, container, lines: self.server.log(
                target.namespace,
                target.name,
                pod,
                container,
                lines,
                timeout=self.request_timeout,
            ),
            archived=archived,
        )

    def _open_wanted(self, one: Wanted) -> AbstractContextManager[Iterator[bytes]]:
        return self._open(one.workflow, one.node.id, one.artifact.name)

    def _open(
        self, workflow: Workflow, node_id: str, name: str
    ) -> AbstractContextManager[Iterator[bytes]]:
        """Open an artifact where its run is: the live and the archive route back nothing up."""
        timeout = self.request_timeout
        if from_archive(workflow):
            return self.server.archived_artifact(workflow.uid, node_id, name, timeout=timeout)
        return self.server.artifact(
            workflow.namespace, workflow.name, node_id, name, timeout=timeout
        )


def _missing(files: Sequence[ArtifactFile]) -> Iterator[str]:
    for file in files:
        if file.error:
            yield f"artifact {file.node_path}/{file.name} was not downloaded: {file.error}"
