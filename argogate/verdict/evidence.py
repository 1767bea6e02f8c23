"""What was collected of a run, as values: artifacts, logs, the tests of its own JUnit files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argogate.values import dataclass
from argogate.verdict.report import Outcome

if TYPE_CHECKING:
    from datetime import datetime

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
