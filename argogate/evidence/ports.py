"""What collecting needs of others, who know nothing of this package, and the time they get."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from argogate.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from argogate.model.workflow import Workflow

SHORTEST_TIMEOUT = 0.1
"""Seconds that a request gets, however late it is."""
OUT_OF_TIME = "the time for collecting ran out (--collect-timeout)"


class Clock(Protocol):
    """A clock that only goes forward, in seconds since an arbitrary moment."""

    def now(self) -> float:
        """Return the time."""
        ...

    def sleep(self, seconds: float) -> None:
        """Return after that long."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLeft:
    """How long collecting may take, and one request of it."""

    clock: Clock
    until: float
    """The moment at which all must be over."""
    request_timeout: float

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to be begun."""
        return self.clock.now() >= self.until

    def left(self) -> float:
        """Return the seconds that are left for all."""
        return max(self.until - self.clock.now(), SHORTEST_TIMEOUT)

    def timeout(self) -> float:
        """Return the seconds that the next request gets."""
        return min(self.request_timeout, self.left())

    def share(self, parts: int) -> TimeLeft:
        """Return one of so many equal parts, to be used first."""
        return replace(self, until=self.clock.now() + self.left() / parts)


class Source(Protocol):
    """Reads the artifacts of one run."""

    def open(
        self, node_id: str, artifact: str, inside: str
    ) -> AbstractContextManager[tuple[str, Iterator[bytes | memoryview]]]:
        """Open an artifact, or the file of this name inside it: the route, and its chunks.

        A chunk is the receiver's, to keep. Raises ArgoError; Impossible where it is a directory.
        """
        ...

    def entries(self, node_id: str, artifact: str, inside: str) -> tuple[str, ...] | None:
        """List a folder of a directory: names of files, and of folders with a `/`.

        None where it hides behind its index page. Raises ArgoError.
        """
        ...


class ArtifactReader(Source, Protocol):
    """Knows besides on which route it read, and how sure it is of the run."""

    @property
    def archived(self) -> bool:
        """Whether anything was read from the archive."""
        ...

    def doubt(self) -> str:
        """Return why what came by name may be another run's; empty where it is this one's.

        Raises ArgoError where nobody can tell.
        """
        ...

    def keep_to_the_archive(self) -> None:
        """Read by uid from now on, and nowhere else."""
        ...


class LogReader(Protocol):
    """Reads the logs of one run."""

    def of_pod(self, pod: str, container: str, lines: int) -> list[str]:
        """Return the last lines of a pod's container; none where the pod is gone.

        Raises ArgoError; CutShort where it breaks off.
        """
        ...

    def archived(
        self, node_id: str, artifact: str
    ) -> AbstractContextManager[Iterator[bytes | memoryview]]:
        """Open a node's log artifact of this name: its chunks. Raises ArgoError."""
        ...


class Readers(Protocol):
    """Gives what reads the evidence of one run, within a time."""

    def artifacts(self, workflow: Workflow, time: TimeLeft) -> ArtifactReader:
        """Return what reads its artifacts."""
        ...

    def logs(self, workflow: Workflow, time: TimeLeft) -> LogReader:
        """Return what reads its logs."""
        ...
