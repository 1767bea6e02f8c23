"""Where the artifacts and logs of one run are read: in the cluster, or in the archive."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Protocol, TypeVar
from urllib.parse import quote

from argogate.argo.directories import is_away, is_missing
from argogate.errors import ArgoError, NotFound
from argogate.model.lifecycle import from_archive, same_attempt
from argogate.values import dataclass, replace
from argogate.verdict.evidence import ARCHIVE, LIVE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from argogate.argo.api import ArgoServer
    from argogate.model.workflow import Workflow

Found = TypeVar("Found")


class TimeLeft(Protocol):
    """How long reading may take, in seconds."""

    def timeout(self) -> float:
        """Return the bound of an answer's head, and of each pause behind it."""
        ...

    def left(self) -> float:
        """Return the bound of the whole."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Where a run is to be found. The live and the archive route do not back each other up."""

    namespace: str
    workflow: str
    uid: str
    archived: bool
    """Which of the two is asked."""

    def file(self, node_id: str, artifact: str, inside: str = "") -> str:
        """Return the path of an artifact, or of what is inside of one that is a directory.

        A folder ends in `/`, or the server answers with a redirect that loses the base path.
        Raises ArgoError for names that would lead to another path: the token goes with them.
        """
        if not inside and self.archived:
            return _path("artifacts-by-uid", self.uid, node_id, artifact)
        if not inside:
            return _path("artifacts", self.namespace, self.workflow, node_id, artifact)
        run = ("archived-workflows", self.uid) if self.archived else ("workflows", self.workflow)
        root = _path("artifact-files", self.namespace, *run, node_id, "outputs", artifact)
        name = inside.lstrip("/")
        _refuse_climbing(*name.split("/"))
        return f"{root}/{quote(name)}"


def place_of(workflow: Workflow) -> Where:
    """Return where a run was when it was read."""
    return Where(
        namespace=workflow.namespace,
        workflow=workflow.name,
        uid=workflow.uid,
        archived=from_archive(workflow),
    )


@dataclass(frozen=True, slots=True)
class Readers:
    """Gives what reads the evidence of one run."""

    server: ArgoServer

    def artifacts(self, workflow: Workflow, time: TimeLeft) -> RunArtifacts:
        """Return what reads its artifacts."""
        return RunArtifacts(self.server, workflow, time)

    def logs(self, workflow: Workflow, time: TimeLeft) -> RunLogs:
        """Return what reads its logs."""
        return RunLogs(self.server, workflow, time)


class RunArtifacts:
    """Asks where the run was seen last; should it have moved meanwhile, on the other route."""

    def __init__(self, server: ArgoServer, workflow: Workflow, time: TimeLeft) -> None:
        """Ask nothing yet."""
        self._server = server
        self._workflow = workflow
        self._time = time
        self._where = place_of(workflow)
        self._by_uid_only = False
        self.archived = False
        """Whether anything was read from the archive."""

    @contextmanager
    def open(
        self, node_id: str, artifact: str, inside: str
    ) -> Iterator[tuple[str, Iterator[bytes | memoryview]]]:
        """Open an artifact, or a file inside a directory. Raises ArgoError."""
        with ExitStack() as stack:

            def enter(where: Where) -> Iterator[bytes | memoryview]:
                timeout, whole = self._time.timeout(), self._time.left()
                opened = self._server.artifact(
                    where, node_id, artifact, inside, timeout=timeout, whole=whole
                )
                return stack.enter_context(opened)

            yield self._either(enter)

    def entries(self, node_id: str, artifact: str, inside: str) -> tuple[str, ...] | None:
        """List a folder of a directory. Raises ArgoError."""

        def list_folder(where: Where) -> tuple[str, ...] | None:
            timeout = self._time.timeout()
            return self._server.entries(where, node_id, artifact, inside, timeout=timeout)

        _, found = self._either(list_folder)
        return found

    def doubt(self) -> str:
        """Return why what came by name may be another run's; empty where it is this one's.

        The live route knows names only, and node ids are the same from run to run. So it is
        asked afterwards who bears the name. Raises ArgoError where nobody can tell.
        """
        mine = self._workflow
        try:
            timeout = self._time.timeout()
            now = self._server.poll(mine.namespace, mine.name, timeout=timeout).workflow
        except NotFound:
            return ""
        if from_archive(now) or (now.uid == mine.uid and same_attempt(now, mine)):
            return ""
        if now.uid == mine.uid:
            return "the run was retried while its artifacts were downloaded"
        return "another run took its name while its artifacts were downloaded"

    def keep_to_the_archive(self) -> None:
        """Ask by uid from now on, and nowhere else."""
        self._by_uid_only = True
        self._where = replace(self._where, archived=True)

    def _either(self, ask: Callable[[Where], Found]) -> tuple[str, Found]:
        """Ask on one route and, where nothing is there, on the other one."""
        where = self._where
        try:
            return self._note(where, ask(where))
        except ArgoError as error:
            if not is_missing(error):
                raise
            if self._by_uid_only:
                msg = f"the archive has nothing of it ({error.message})"
                raise NotFound(msg) from error
            other = replace(where, archived=not where.archived)
            try:
                found = self._note(other, ask(other))
            except ArgoError as none:
                if is_away(none):
                    raise
                msg = (
                    "there is nothing in the storage, so it was removed or is an empty directory "
                    f"({error.message})"
                )
                raise NotFound(msg) from error
            self._where = other
            return found

    def _note(self, where: Where, found: Found) -> tuple[str, Found]:
        self.archived = self.archived or where.archived
        return ARCHIVE if where.archived else LIVE, found


@dataclass(frozen=True, slots=True)
class RunLogs:
    """Reads the logs of one run, of pods and archived ones."""

    server: ArgoServer
    workflow: Workflow
    time: TimeLeft

    def of_pod(self, pod: str, container: str, lines: int) -> list[str]:
        """Return the last lines of a pod's container. Raises ArgoError, CutShort."""
        run, within = self.workflow, self.time.timeout()
        return self.server.log(
            run.namespace, run.name, pod, container, lines, timeout=within, whole=within
        )

    def archived(
        self, node_id: str, artifact: str
    ) -> AbstractContextManager[Iterator[bytes | memoryview]]:
        """Open a node's log artifact of this name: its chunks. Raises ArgoError."""
        where = place_of(self.workflow)
        timeout, whole = self.time.timeout(), self.time.left()
        return self.server.artifact(where, node_id, artifact, timeout=timeout, whole=whole)


def _path(*segments: str) -> str:
    """Return a path of segments. Raises ArgoError where one would lead elsewhere."""
    _refuse_climbing(*segments)
    if "" in segments:
        msg = "there is no address for what has no name"
        raise ArgoError(msg)
    return "".join(f"/{quote(segment, safe='')}" for segment in segments)


def _refuse_climbing(*segments: str) -> None:
    """Raise ArgoError for segments that a URL loses, and with them where it leads."""
    if not {".", ".."}.isdisjoint(segments):
        msg = f"there is no address for a name like {'/'.join(segments)[:100]!r}"
        raise ArgoError(msg)
