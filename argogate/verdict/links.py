"""The way to the very node in Argo's UI.

Its pages read `tab`, `nodeId`, `sidePanel` and `uid` (ui/src/workflows/components/workflow-details
of argoproj/argo-workflows v4.1.2); with the uid they find a run that is only in the archive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from argogate.model.workflow import NodeType
from argogate.values import dataclass

if TYPE_CHECKING:
    from argogate.model.workflow import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The page of one run; one value for all of its cases."""

    url: str
    """Of the workflow, without a query; empty where there is none."""
    uid: str = ""

    def of_run(self) -> str:
        """Return the link to this run, be there a later one of its name or not."""
        if not self.url or not self.uid:
            return self.url
        return f"{self.url}?uid={_spell(self.uid)}"

    def of_node(self, node: Node) -> str:
        """Return the link to a node, its log open where it can have one."""
        if not self.url:
            return ""
        own = _spell(node.id)
        query = f"tab=workflow&nodeId={own}"
        if node.type is NodeType.POD:
            query += f"&sidePanel=logs:{own}:main"
        elif node.type is NodeType.CONTAINER:
            query += f"&sidePanel=logs:{_spell(node.boundary_id)}:{_spell(node.display_name)}"
        return f"{self.url}?{query}" + (f"&uid={_spell(self.uid)}" if self.uid else "")


def _spell(text: str) -> str:
    return quote(text, safe="", errors="replace")


NOWHERE = Page(url="")
