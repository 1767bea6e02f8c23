"""What can stop a request, sorted by remedy. A workflow that failed is a value, not an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class ArgoError(Exception):
    """A request that gave no usable answer; the text is one sentence for the user."""

    def __init__(self, message: str, *, later: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.later = later or message
        """The same for a server that has answered before: without guesses at its address."""
        self.server_time: datetime | None = None
        """The server's clock (`Date` header) in its answer, where there was one."""


class Unavailable(ArgoError):
    """Ask again: connection refused or cut, timeout, 408, 425, 429, 5xx, a proxy's error page."""

    def __init__(
        self, message: str, *, retry_after: float = 0, status: int = 0, later: str = ""
    ) -> None:
        super().__init__(message, later=later)
        self.status = status
        """The HTTP status; 0 where there was no answer, or a good one that broke off."""
        self.retry_after = retry_after
        """Seconds for which the server asked not to be asked again; 0 where it did not say."""


class CutShort(Unavailable):
    """A log that broke off, or that was given no more time, with what had come of it."""

    def __init__(self, message: str, lines: tuple[str, ...]) -> None:
        super().__init__(message)
        self.lines = lines


class NotUnderstood(Unavailable):
    """HTML or nonsense with status 200: a wrong address at first contact, a hiccup afterwards."""

    def __init__(self, message: str, *, passing: bool = False) -> None:
        super().__init__(message)
        self.passing = passing
        """Whether it may be a hiccup at first contact too, as it is no page of another site."""


class CertificateRefused(Unavailable):
    """The server's certificate is not trusted: to be mended at first contact."""


class NotFound(ArgoError):
    """The Argo Server itself says that there is no such thing (JSON 404, code 5, its words)."""

    def __init__(self, message: str, *, names_another: bool = False) -> None:
        super().__init__(message)
        self.names_another = names_another
        """Whether it is about another workflow than was asked for, so that it proves little."""


class Denied(ArgoError):
    """401 or 403: a new credential, or a permission, is needed."""

    def __init__(self, message: str, *, status: int, renewable: bool) -> None:
        super().__init__(message)
        self.status = status
        self.renewable = renewable
        """Whether the source of the credential may give another one."""


def worth_repeating(error: BaseException) -> bool:
    """Whether asking again may help: after an outage, or with a token that is renewed."""
    if isinstance(error, Denied):
        return error.renewable and error.status == 401  # noqa: PLR2004 - not 403: a permission
    return isinstance(error, Unavailable)


class Malformed(ArgoError):
    """The Argo Server calls the request itself wrong (400 with a gRPC code)."""


class Impossible(ArgoError):
    """The server will never answer this: message too large, no archive, artifact off."""


class NoArchive(Impossible):
    """The server keeps no archive, so nothing is in it."""


class Interrupted(BaseException):
    """A signal arrived. No error: nothing but the gate itself may catch it."""

    def __init__(self, signal_name: str) -> None:
        super().__init__(signal_name)
        self.signal_name = signal_name
