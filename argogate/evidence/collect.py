"""The evidence of a run that was seen: logs and artifacts. What fails is recorded, not raised."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from argogate.errors import ArgoError
from argogate.evidence.logs import WhichLogs, explain_missing, read_tails
from argogate.evidence.places import Places
from argogate.evidence.plan import plan
from argogate.evidence.remarks import (
    AMBIGUOUS,
    UNCERTAIN,
    find_shortfalls,
    remark_on_troubles,
    remark_on_unmatched,
)
from argogate.evidence.template import DEFAULT, Template
from argogate.model.lifecycle import uniquely_named
from argogate.values import dataclass, field, replace
from argogate.verdict.endings import TimedOut
from argogate.verdict.evidence import LIVE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import PurePosixPath

    from argogate.evidence.folder import Kept
    from argogate.evidence.manifest import Entry
    from argogate.evidence.plan import Wanted
    from argogate.evidence.ports import ArtifactReader, Readers, TimeLeft
    from argogate.evidence.transfer import Progress, Transfer
    from argogate.model.workflow import Workflow
    from argogate.verdict.evidence import ArtifactFile
    from argogate.verdict.observation import Observation

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

    readers: Readers
    time: TimeLeft
    """For all of them together."""
    outage_timeout: float = 300
    clean: Callable[[tuple[Entry, ...]], tuple[Entry, ...]]
    """Cuts out of the manifest what a server may have repeated of our secrets."""
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
        self,
        observation: Observation,
        logs: LogWish,
        artifacts: ArtifactWish | None,
        merged: tuple[str, ...] = (),
    ) -> Observation:
        """Return the observation with the evidence; `merged` names JUnit files among it."""
        workflow = observation.workflow
        if workflow is None:
            return observation
        # An endless log leaves time for the artifacts, which can be required.
        time = self.time.share(2 if artifacts or merged else 1)
        reader = self.readers.logs(workflow, time)
        given_up = isinstance(observation.ending, TimedOut)
        found = read_tails(workflow, logs.which, reader, logs.lines, time, given_up=given_up)
        remarks = (*observation.remarks, *explain_missing(workflow, found))
        seen = replace(observation, logs=found, remarks=remarks)
        if artifacts:
            return self._collect_artifacts(seen, workflow, artifacts, merged)
        if merged:
            seen = self._merge_only(seen, workflow, merged)
        return replace(seen, artifacts=tuple(one.describe() for one in plan(workflow)))

    def _merge_only(
        self, observation: Observation, workflow: Workflow, merged: tuple[str, ...]
    ) -> Observation:
        """Fetch what may be merged into a folder that goes again."""
        import tempfile  # noqa: PLC0415 - only where it is needed

        from argogate.evidence.merge import LARGEST_FETCHED, may_hold  # noqa: PLC0415 - as above

        wanted = tuple(one for one in plan(workflow) if may_hold(one, merged))
        with tempfile.TemporaryDirectory(prefix="argogate-") as scratch:
            wish = ArtifactWish(folder=Path(scratch), largest=LARGEST_FETCHED)
            quiet = replace(self, tell=self._tell_failure)
            reader = self.readers.artifacts(workflow, self.time)
            kept, doubt = quiet._fetch(observation, workflow, wanted, wish, reader)  # noqa: SLF001
            found = _merge(observation, workflow, wanted, kept.artifacts, merged)
        return replace(found, remarks=(*found.remarks, doubt)) if doubt else found

    def _tell_failure(self, file: ArtifactFile) -> None:
        if file.error:
            self.tell(file)

    def _collect_artifacts(
        self,
        observation: Observation,
        workflow: Workflow,
        wish: ArtifactWish,
        merged: tuple[str, ...],
    ) -> Observation:
        patterns = (*wish.patterns, *wish.required, *merged) if wish.patterns else ()
        wanted = plan(workflow, patterns, wish.template, self._places)
        reader = self.readers.artifacts(workflow, self.time)
        kept, doubt = self._fetch(observation, workflow, wanted, wish, reader)
        remarks = [*observation.remarks, *remark_on_troubles(kept.artifacts)]
        remarks += remark_on_unmatched(workflow, wish.patterns, wanted)
        remarks += [each for each in (kept.problem, doubt) if each]
        if wanted and reader.archived and not uniquely_named(workflow):
            remarks.append(AMBIGUOUS)
        lacking = find_shortfalls(workflow, wish.required, wanted, kept.artifacts)
        seen = replace(
            observation,
            artifacts=kept.artifacts,
            remarks=tuple(remarks),
            shortfalls=(*observation.shortfalls, *lacking),
        )
        return _merge(seen, workflow, wanted, kept.artifacts, merged) if merged else seen

    def _fetch(
        self,
        observation: Observation,
        workflow: Workflow,
        wanted: Sequence[Wanted],
        wish: ArtifactWish,
        reader: ArtifactReader,
    ) -> tuple[Kept, str]:
        """Fetch; return what is there, and a remark where that may have come of another run."""
        from argogate.evidence.folder import keep  # noqa: PLC0415 - only where it is needed

        path = wish.folder / wish.template.manifest(workflow)
        tell = self._limit_failures()
        transfer = self._prepare(observation, wish, reader)
        kept = keep(transfer, workflow, wanted, path, tell)
        came_by_name = frozenset(
            (file.node_id, file.name)
            for file in kept.artifacts
            if file.route == LIVE and not file.reused
        )
        if not came_by_name or uniquely_named(workflow):
            return kept, ""
        try:
            doubt = reader.doubt()
        except ArgoError as error:
            return kept, f"{UNCERTAIN}: {error.message}"
        if not doubt:
            return kept, ""
        reader.keep_to_the_archive()
        transfer = self._prepare(observation, wish, reader)
        kept = keep(transfer, workflow, wanted, path, tell, doubted=came_by_name)
        return kept, f"{doubt}; they were fetched again, by its uid"

    def _prepare(
        self, observation: Observation, wish: ArtifactWish, reader: ArtifactReader
    ) -> Transfer:
        # What fetches and unpacks is loaded only where something is fetched.
        from argogate.evidence.allowance import Allowance, Most, free_space  # noqa: PLC0415
        from argogate.evidence.transfer import Transfer  # noqa: PLC0415

        most = Most(each=wish.largest, together=wish.largest_together, until=self.time.until)
        return Transfer(
            source=reader,
            folder=wish.folder,
            jobs=wish.jobs,
            clock=self.time.clock,
            allowance=Allowance(most, self.time.clock, partial(free_space, wish.folder)),
            moment=self._continue_clock(observation),
            clean=self.clean,
            outage_timeout=self.outage_timeout,
            unpacks=wish.unpacks,
            glance=self.glance,
            say=self.say,
        )

    def _continue_clock(self, observation: Observation) -> Callable[[], datetime | None]:
        """Return what tells the time of day from now on: the wait is over at this very moment."""
        began, now = observation.began, self.time.clock.now
        offset = observation.seconds - now()

        def moment() -> datetime | None:
            return began + timedelta(seconds=now() + offset) if began else None

        return moment

    def _limit_failures(self) -> Callable[[ArtifactFile], None]:
        """Return what tells of each artifact, and of so many failures: a remark counts them."""
        left = iter(range(MOST_FAILURES_TOLD))

        def tell(file: ArtifactFile) -> None:
            if not file.error or next(left, None) is not None:
                self.tell(file)

        return tell


def _merge(
    observation: Observation,
    workflow: Workflow,
    wanted: Sequence[Wanted],
    files: Sequence[ArtifactFile],
    patterns: tuple[str, ...],
) -> Observation:
    """Add what the JUnit files among these artifacts say."""
    from argogate.evidence.merge import merge  # noqa: PLC0415 - only where it is asked for

    found = merge(workflow, observation.part, list(zip(wanted, files, strict=True)), patterns)
    return replace(
        observation,
        merged=found.files,
        remarks=(*observation.remarks, *found.remarks),
        shortfalls=(*observation.shortfalls, *found.shortfalls()),
    )
