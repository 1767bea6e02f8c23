"""How a wait ended, as a value: everything that `judge` may look at."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from argogate.verdict.report import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from argogate.model.workflow import Workflow


class Limit(StrEnum):
    """A limit that can run out, by the name of its option."""

    TIMEOUT = "--timeout"
    PENDING = "--pending-timeout"
    STALL = "--stall-timeout"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The workflow that was asked for."""

    namespace: str
    name: str
    url: str = ""
    """Its page in the Argo UI."""
    named: bool = True
    """Whether this is a name, not what was to be looked for: `@latest`, `-l app=web`."""

    suite: str = ""
    """What reports call it, if the user chose that (`--suite-name`)."""
    stem: str = ""
    """Its name without the numbers that a CI system gives its runs, if it ended in some."""

    def __str__(self) -> str:
        """Spell `namespace/name`, as Argo's own messages do."""
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """It ended; `poll` is the answer that showed it and fixes the verdict."""

    poll: Workflow
    settled: bool = True
    """False where `finishedAt` never came and the settle timeout decided (Argo 3.4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NeverAppeared:
    """Nothing acceptable appeared under the name within the appear timeout."""

    waited: float
    found: str = ""
    """What was there instead, and which option would accept it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """The run that was being watched is gone, and the archive has no result of it."""

    why_no_result: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced:
    """Another run bears the name now."""

    new_uid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessDenied:
    """Credentials or permissions were refused."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRefused:
    """The server calls the request itself wrong (400)."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreachable:
    """No trustworthy answer within the outage budget, or none to be expected at all."""

    reason: str
    outage: float = 0
    """Seconds of consecutive failures; 0 where waiting could not have helped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedOut:
    """A limit ran out; `reason` says what it was waiting for where that is known."""

    limit: Limit
    seconds: float
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspended:
    """It waits for an approval and the user asked to fail then."""

    approvals: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartEnded:
    """The nodes that were asked for (`--node`) are final; `poll` is the run with its nodes."""

    poll: Workflow
    nodes: tuple[str, ...]
    """Ids of the nodes that matched, attempts folded into their Retry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartMissing:
    """The workflow ended and no node matched `--node`."""

    poll: Workflow
    patterns: tuple[str, ...]
    names: tuple[str, ...]
    """Names of the nodes that exist."""
    unread: bool = False
    """Whether nobody knows what nodes there are, as they could not be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Abandoned:
    """Not waited for any longer, as another workflow of the gate failed (`--fail-fast`)."""

    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    """A signal ended the wait."""

    signal_name: str
    """`SIGINT`, `SIGTERM` or `SIGHUP`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crashed:
    """argogate itself failed."""

    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """No end at all: what the reports say from the start on, until they are replaced."""


Ending: TypeAlias = (
    Finished
    | NeverAppeared
    | Deleted
    | Replaced
    | AccessDenied
    | RequestRefused
    | Unreachable
    | TimedOut
    | Suspended
    | PartEnded
    | PartMissing
    | Abandoned
    | Cancelled
    | Crashed
    | Unfinished
)


LIVE, ARCHIVE = "live", "archive"
"""The two routes to an artifact: the first one knows names only, the second one uids."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactFile:
    """One output artifact of a run: downloaded, failed, or only listed."""

    node_id: str
    node_path: str
    template: str
    name: str
    path: str = ""
    """Where it lies, relative to the working directory; empty where it was not downloaded.

    A folder, where it is a directory or was unpacked.
    """
    size: int = 0
    """Bytes that were transferred: of the packed file, where it was unpacked."""
    sha256: str = ""
    """Of these bytes; empty for a directory, which has none of its own."""
    error: str = ""
    """Why it is not there, or not whole."""
    warning: str = ""
    content: str = ""
    """What the bytes turned out to be: `plain`, `tgz`, `gzip`, `tar`, `zip` or `directory`."""
    files: int = 0
    """How many files it is on disk."""
    unpacked: bool = False
    reused: bool = False
    """Whether an earlier run of the gate had fetched it, and it is unchanged."""
    route: str = ""
    """Where it was fetched: `live` or `archive`."""
    started_at: datetime | None = None
    """When its node started."""
    finished_at: datetime | None = None
    fetched_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogTail:
    """The last lines that a node's container printed."""

    node_id: str
    lines: tuple[str, ...] = ()
    problem: str = ""
    """Why there are none, where they could not be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedTest:
    """A test case as a JUnit file has it, its texts cut to a bound."""

    name: str
    classname: str = ""
    outcome: Outcome = Outcome.PASSED
    type: str = ""
    """Of its failure, as the file has it: `AssertionError`."""
    message: str = ""
    text: str = ""
    """What the failure says besides: a trace."""
    output: str = ""
    """The end of what it printed, where it is red."""
    seconds: float = 0
    file: str = ""
    """Where it stands: `tests/test_a.py:17`."""
    attempts: tuple[str, ...] = ()
    """Why earlier attempts failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedSuite:
    """A suite of a JUnit file that has tests."""

    name: str
    seconds: float = 0
    timestamp: datetime | None = None
    tests: tuple[MergedTest, ...] = ()
    left_out: int = 0
    """How many more tests there are, which were too many to be kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedFile:
    """A JUnit file among the artifacts of a node (`--junit-merge`)."""

    node_id: str
    node_path: str
    name: str
    """Of the artifact, with the path inside it where it holds several: `reports/unit.xml`."""
    problem: str = ""
    """Why it could not be merged."""
    suites: tuple[MergedSuite, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One workflow at the end of the wait, with the evidence collected afterwards."""

    target: Target
    ending: Ending
    workflow: Workflow | None = None
    """As last seen; with its nodes where the tree could be read."""
    began: datetime | None = None
    seconds: float = 0
    """How long the gate waited for it."""
    remarks: tuple[str, ...] = ()
    """What makes the reports thinner than they should be, a sentence each."""
    artifacts: tuple[ArtifactFile, ...] = ()
    logs: tuple[LogTail, ...] = ()
    merged: tuple[MergedFile, ...] = ()
    """Of tests that ran inside of nodes: they are shown, and decide nothing."""
    part: tuple[str, ...] = ()
    """Ids of the nodes that the gate is about; empty where it is about all of them."""
    pending: Mapping[str, str] = field(default_factory=dict)
    """Node id → why nothing ran for a while: `Pending: ErrImagePull: …`."""
    shortfalls: tuple[str, ...] = ()
    """Required reports and artifacts that could not be produced, a sentence each."""
    shutting_down: str = ""
    """`stop` or `terminate`: what the gate does with it after the reports, as it is given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """One answer about one workflow."""

    workflow: Workflow
    server_time: datetime | None = None
    """The server's clock (`Date` header) when it answered."""
    size: int = 0
    """Bytes of the body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Glimpse:
    """A frame of the event stream, or a row of a list: a reason to look, never to judge."""

    workflow: Workflow
    deleted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """All workflows of a kind, as one answer shows them: rows may repeat, lag and lack fields."""

    rows: tuple[Workflow, ...]
    server_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeWarning:
    """A Kubernetes event about a node that failed."""

    workflow: str
    uid: str
    node_id: str
    node_name: str
    message: str
