"""What the doctor is asked to look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from argogate.argo.session import Transport
    from argogate.model.workflow import Shutdown


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One server, one namespace, and what a wait there would want to do."""

    transport: Transport
    now: Callable[[], datetime]
    """The time of day here."""
    timeout: float
    """Seconds for each request."""
    namespace: str
    name: str = ""
    """A workflow that is there, to try on it what cannot be tried without one."""
    several: bool = False
    """Whether workflows are found by a list: labels, or `@latest`."""
    listen: bool = True
    logs: bool = True
    artifacts: bool = False
    shutdown: Shutdown | None = None
