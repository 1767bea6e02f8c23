"""Where the artifacts of one run are asked for: of the cluster, or of the archive."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from argogate.argo.browsing import is_away, is_missing, place_of
from argogate.errors import ArgoError, NotFound
from argogate.model.lifecycle import from_archive, same_attempt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from argogate.argo.api import ArgoServer
    from argogate.argo.browsing import Where
    from argogate.artifacts.plan import Wanted
    from argogate.model.workflow import Workflow

Found = TypeVar("Found")

LIVE, ARCHIVE = "live", "archive"


class Routes:
    """Asks where the run was seen last; should it have moved meanwhile, on the other route."""

    def __init__(
        self,
        server: ArgoServer,
        workflow: Workflow,
        timeout: Callable[[], float],
        left: Callable[[], float],
    ) -> None:
        """`timeout` bounds an answer's head and each pause behind it, `left` the whole."""
        self._server = server
        self._timeout = timeout
        self._left = left
        self._workflow = workflow
        self._where = place_of(workflow)
        self._by_uid_only = False
        self.archived = False
        """Whether anything was read from the archive."""

    @contextmanager
    def open(self, one: Wanted, inside: str) -> Iterator[tuple[str, Iterator[bytes | memoryview]]]:
        """Open an artifact, or a file inside a directory. Raises ArgoError."""
        with ExitStack() as stack:

            def entered(where: Where) -> Iterator[bytes | memoryview]:
                node, name = one.node.id, one.artifact.name
                opened = self._server.artifact(
                    where, node, name, inside, timeout=self._timeout(), whole=self._left()
                )
                return stack.enter_context(opened)

            yield self._either(entered)

    def entries(self, one: Wanted, inside: str) -> tuple[str, ...] | None:
        """List a folder of a directory. Raises ArgoError."""
        _, found = self._either(
            lambda where: self._server.entries(
                where, one.node.id, one.artifact.name, inside, timeout=self._timeout()
            )
        )
        return found

    def doubt(self) -> str:
        """Return why what came by name may be another run's; empty where it is this one's.

        The live route knows names only, and node ids are the same from run to run. So it is
        asked afterwards who bears the name. Raises ArgoError where nobody can tell.
        """
        mine = self._workflow
        try:
            now = self._server.poll(mine.namespace, mine.name, timeout=self._timeout()).workflow
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
            return self._noted(where, ask(where))
        except ArgoError as error:
            if not is_missing(error):
                raise
            if self._by_uid_only:
                msg = f"the archive has nothing of it ({error.message})"
                raise NotFound(msg) from error
            other = replace(where, archived=not where.archived)
            try:
                found = self._noted(other, ask(other))
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

    def _noted(self, where: Where, found: Found) -> tuple[str, Found]:
        self.archived = self.archived or where.archived
        return ARCHIVE if where.archived else LIVE, found
