"""The artifact routes: live and archive strictly apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from argogate.errors import ArgoError
from argogate.model.lifecycle import from_archive

if TYPE_CHECKING:
    from argogate.model.workflow import Workflow


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
