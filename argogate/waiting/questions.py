"""What may be asked about one workflow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from argogate.verdict.observation import Poll


class Questions(Protocol):
    """A server to ask; each raises ArgoError.

    `timeout` in seconds bounds all of a look. Of a tree, which can be a thousand times as large, it
    bounds the time to the head and every pause, and `whole` all together.
    """

    def poll(self, namespace: str, name: str, *, timeout: float) -> Poll:
        """Look at whatever bears the name, without its nodes."""
        ...

    def tree(self, namespace: str, name: str, *, timeout: float, whole: float) -> Poll:
        """Read it with its nodes."""
        ...

    def archived(self, uid: str, *, timeout: float, whole: float) -> Poll:
        """Read the archived run of a uid, with its nodes."""
        ...
