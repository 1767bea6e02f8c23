"""The evidence of a run that was seen: logs and artifacts. What fails is recorded, not raised."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from argogate.argo.browsing import place_of
from argogate.artifacts.places import Places
from argogate.artifacts.placing import described
from argogate.artifacts.plan import plan
from argogate.artifacts.remarks import shortfalls, troubles, unmatched
from argogate.artifacts.template import DEFAULT, Template
from argogate.errors import ArgoError
from argogate.logs import LogSource, WhichLogs, missing, tails
from argogate.model.lifecycle import uniquely_named
from argogate.routes import LIVE, Routes
from argogate.secrecy import Secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime
    from pathlib import Path, PurePosixPath

    from argogate.argo.api import ArgoServer
    from argogate.artifacts.allowance import Allowance
    from argogate.artifacts.download import Progress, Transfer
    from argogate.artifacts.keeping import Kept
    from argogate.artifacts.plan import Wanted
    from argogate.model.workflow import Node, Workflow
    from argogate.observation import ArtifactFile, Observation, Target

SHORTEST_TIMEOUT = 0.1
MOST_FAILURES_TOLD = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactWish:
    """Which artifacts go where."""

    folder: Path
    taken: tuple[PurePosixPath, ...] = ()
    """Places in it that reports have."""
    patterns: tuple[str, ...] = ()
    """Which ones; all, where there are none."""
    required: tuple[str, ...] = ()
    """Which ones the gate cannot do without."""
    template: Template = DEFAULT
    unpacks: bool = False
    jobs: int = 4
    largest: int = 0
    """Bytes that one may have; 0 for any number."""
    largest_together: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LogWish:
    """Which logs go into the reports, and how much of each."""

    which: WhichLogs = WhichLogs.FAILED
    lines: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Collector:
    """Collects from one server, for all workflows of a gate."""

    server: ArgoServer
    request_timeout: float
    outage_timeout: float = 300
    now: Callable[[], float]
    until: float
    """The moment, by `now`, at which all must be collected."""
    sleep: Callable[[float], None]
    tell: Callable[[ArtifactFile], None]
    glance: Callable[[Progress], None] = lambda _: None
    say: Callable[[str], None] = lambda _: None
    _places: Places = field(default_factory=Places)
    """Those of all workflows that go into the same folder."""

    def reserve(self, observations: Sequence[Observation], wish: ArtifactWish | None) -> None:
        """Keep the places of manifests and reports free, before the first artifact takes one."""
        for place in wish.taken if wish else ():
            self._places.reserve(place)
        for observation in observations:
            if wish and observation.workflow:
                self._places.reserve(wish.template.manifest(observation.workflow))

    def collect(
        self, observation: Observation, logs: LogWish, artifacts: ArtifactWish | None
    ) -> Observation:
        """Return the observation with the evidence."""
        workflow = observation.workflow
        if workflow is None:
            return observation
        # An endless log leaves time for the artifacts, which can be required.
        left = self._left() / (2 if artifacts else 1)
        log_source = self._log_source(workflow, observation.target, self.now() + left)
        found = tails(workflow, logs.which, log_source, logs.lines)
        remarks = (*observation.remarks, *missing(workflow, found))
        seen = replace(observation, logs=found, remarks=remarks)
        if artifacts is None:
            return replace(seen, artifacts=tuple(described(one) for one in plan(workflow)))
        return self._with_artifacts(seen, workflow, artifacts)

    def _with_artifacts(
        self, observation: Observation, workflow: Workflow, wish: ArtifactWish
    ) -> Observation:
        patterns = (*wish.patterns, *wish.required) if wish.patterns else ()
        wanted = plan(workflow, patterns, wish.template, self._places)
        routes = Routes(self.server, workflow, self._timeout, self._left)
        kept, doubt = self._kept(observation, workflow, wanted, wish, routes)
        remarks = [*observation.remarks, *troubles(kept.artifacts)]
        remarks += unmatched(workflow, wish.patterns, wanted)
        remarks += [each for each in (kept.problem, doubt) if each]
        if wanted and routes.archived and not uniquely_named(workflow):
            remarks.append(AMBIGUOUS)
        return replace(
            observation,
            artifacts=kept.artifacts,
            remarks=tuple(remarks),
            shortfalls=(
                *observation.shortfalls,
                *shortfalls(workflow, wish.required, wanted, kept.artifacts),
            ),
        )

    def _kept(
        self,
        observation: Observation,
        workflow: Workflow,
        wanted: Sequence[Wanted],
        wish: ArtifactWish,
        routes: Routes,
    ) -> tuple[Kept, str]:
        """Fetch; return what is there, and a remark where that may have come of another run."""
        from argogate.artifacts.keeping import keep  # noqa: PLC0415 - only where it is needed

        path = wish.folder / wish.template.manifest(workflow)
        transfer = self._transfer(observation, wish, routes)
        tell = self._teller()
        kept = keep(transfer, workflow, wanted, path, tell)
        came_by_name = frozenset(
            (file.node_id, file.name)
            for file in kept.artifacts
            if file.route == LIVE and not file.reused
        )
        if not came_by_name or uniquely_named(workflow):
            return kept, ""
        try:
            doubt = routes.doubt()
        except ArgoError as error:
            return kept, f"{UNCERTAIN}: {error.message}"
        if not doubt:
            return kept, ""
        routes.keep_to_the_archive()
        transfer = self._transfer(observation, wish, routes)
        kept = keep(transfer, workflow, wanted, path, tell, doubted=came_by_name)
        return kept, f"{doubt}; they were fetched again, by its uid"

    def _transfer(self, observation: Observation, wish: ArtifactWish, routes: Routes) -> Transfer:
        # What fetches and unpacks is loaded only where something is fetched.
        from argogate.artifacts.download import Source, Transfer  # noqa: PLC0415

        return Transfer(
            source=Source(open=routes.open, entries=routes.entries),
            folder=wish.folder,
            jobs=wish.jobs,
            sleep=self.sleep,
            allowance=self._allowance(wish),
            moment=self._clock(observation),
            clean=lambda entries: Secrets(self.server.credential.secrets()).cut_from(entries),
            outage_timeout=self.outage_timeout,
            unpacks=wish.unpacks,
            glance=self.glance,
            say=self.say,
        )

    def _teller(self) -> Callable[[ArtifactFile], None]:
        """Return what tells of each artifact, and of so many failures: a remark counts them."""
        left = iter(range(MOST_FAILURES_TOLD))

        def tell(file: ArtifactFile) -> None:
            if not file.error or next(left, None) is not None:
                self.tell(file)

        return tell

    def _allowance(self, wish: ArtifactWish) -> Allowance:
        from argogate.artifacts.allowance import Allowance, Most  # noqa: PLC0415 - as above

        most = Most(each=wish.largest, together=wish.largest_together, until=self.until)
        return Allowance(most, self.now, lambda: shutil.disk_usage(wish.folder).free)

    def _clock(self, observation: Observation) -> Callable[[], datetime | None]:
        """Return what tells the time of day: the wait is over at this very moment."""
        began, offset = observation.began, observation.seconds - self.now()
        return lambda: began + timedelta(seconds=self.now() + offset) if began else None

    def _left(self) -> float:
        return max(self.until - self.now(), SHORTEST_TIMEOUT)

    def _timeout(self) -> float:
        return min(self.request_timeout, self._left())

    def _log_source(self, workflow: Workflow, target: Target, until: float) -> LogSource:
        def left() -> float:
            return max(until - self.now(), SHORTEST_TIMEOUT)

        def archived(node: Node, name: str) -> AbstractContextManager[Iterator[bytes | memoryview]]:
            where = place_of(workflow)
            timeout = min(self.request_timeout, left())
            return self.server.artifact(where, node.id, name, timeout=timeout, whole=left())

        def pod(pod: str, container: str, lines: int) -> list[str]:
            within = min(self.request_timeout, left())
            return self.server.log(
                target.namespace,
                target.name,
                pod,
                container,
                lines,
                timeout=within,
                whole=within,
            )

        return LogSource(pod=pod, archived=archived, is_late=lambda: self.now() >= until)


UNCERTAIN = "whether the artifacts are this run's could not be asked after the download"
AMBIGUOUS = (
    "the artifacts were read from the archive, and the workflow's name is not unique: by Argo's "
    "default keys they can be the bytes of a later run of that name"
)
