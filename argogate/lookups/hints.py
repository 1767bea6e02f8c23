"""Names that are close to one that nothing bears: one bounded question, where it is allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from argogate.errors import ArgoError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from argogate.verdict.observation import Target

MOST_NAMES = 3
SECONDS = 5.0
"""What a hint may cost at most."""
CLOSE = 0.75
"""How alike two names are, of 1."""


class Names(Protocol):
    """Tells names of workflows."""

    def names(self, namespace: str, *, timeout: float) -> tuple[str, ...]:
        """Return some, maybe not all. Raises ArgoError."""
        ...


def close_names(target: Target, server: Names) -> list[str]:
    """Return names of workflows that are close to one that is not there; none where unknown."""
    from difflib import get_close_matches  # noqa: PLC0415 - seldom needed

    try:
        names = server.names(target.namespace, timeout=SECONDS)
    except ArgoError:
        return []
    others = [name for name in names if name != target.name]
    return get_close_matches(target.name, others, n=MOST_NAMES, cutoff=CLOSE)


def did_you_mean(names: Sequence[str]) -> str:
    """Return the question."""
    return f"did you mean {' or '.join(names)}?"
