"""What may be asked about one workflow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from argogate.verdict.observation import Poll


class Questions(Protocol):
    """A server to ask; timeouts are in seconds, and each raises ArgoError."""

    def poll(self, namespace: str, name: str, *, timeout: float) -> Poll:
        """Look at whatever bears the name, without its nodes."""
        ...

    def tree(self, namespace: str, name: str, *, timeout: float) -> Poll:
        """Read it with its nodes."""
        ...

    def archived(self, uid: str, *, timeout: float) -> Poll:
        """Read the archived run of a uid, with its nodes."""
        ...
