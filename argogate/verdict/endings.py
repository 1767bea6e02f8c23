"""How a wait can end, as values: `judge` knows each of them."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from argogate.values import dataclass

if TYPE_CHECKING:
    from argogate.model.workflow import Workflow


class Limit(StrEnum):
    """A limit that can run out, by the name of its option."""

    TIMEOUT = "--timeout"
    PENDING = "--pending-timeout"
    STALL = "--stall-timeout"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """It ended; `poll` is the answer that showed it and fixes the verdict."""

    poll: Workflow
    settled: bool = True
    """False where `finishedAt` never came and the settle timeout decided (Argo 3.4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NeverAppeared:
    """Nothing acceptable appeared under the name within the appear timeout."""

    waited: float
    found: str = ""
    """What was there instead, and which option would accept it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """The run that was being watched is gone, and the archive has no result of it."""

    why_no_result: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced:
    """Another run bears the name now."""

    new_uid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessDenied:
    """Credentials or permissions were refused."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRefused:
    """The server calls the request itself wrong (400)."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreachable:
    """No trustworthy answer within the outage budget, or none to be expected at all."""

    reason: str
    outage: float = 0
    """Seconds of consecutive failures; 0 where waiting could not have helped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedOut:
    """A limit ran out; `reason` says what it was waiting for where that is known."""

    limit: Limit
    seconds: float
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspended:
    """It waits for an approval and the user asked to fail then."""

    approvals: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartEnded:
    """The nodes that were asked for (`--node`) are final; `poll` is the run with its nodes."""

    poll: Workflow
    nodes: tuple[str, ...]
    """Ids of the nodes that matched, attempts folded into their Retry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartMissing:
    """The workflow ended and no node matched `--node`."""

    poll: Workflow
    patterns: tuple[str, ...]
    names: tuple[str, ...]
    """Names of the nodes that exist."""
    unread: bool = False
    """Whether nobody knows what nodes there are, as they could not be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Abandoned:
    """Not waited for any longer, as another workflow of the gate failed (`--fail-fast`)."""

    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    """A signal ended the wait."""

    signal_name: str
    """`SIGINT`, `SIGTERM` or `SIGHUP`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crashed:
    """argogate itself failed."""

    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """No end at all: what the reports say from the start on, until they are replaced."""


Ending: TypeAlias = (
    Finished
    | NeverAppeared
    | Deleted
    | Replaced
    | AccessDenied
    | RequestRefused
    | Unreachable
    | TimedOut
    | Suspended
    | PartEnded
    | PartMissing
    | Abandoned
    | Cancelled
    | Crashed
    | Unfinished
)
