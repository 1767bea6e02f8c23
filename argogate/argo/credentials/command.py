"""A token that a command prints: the client of a vault, or kubectl's credential plugins."""

from __future__ import annotations

import json
import shlex
import subprocess
from datetime import datetime
from pathlib import PurePath
from typing import TYPE_CHECKING

from argogate.argo.credentials.base import Grant, Renewed
from argogate.argo.credentials.jwt import claims_of, expiry_of
from argogate.argo.credentials.token import header_value
from argogate.argo.secrecy import Secrets
from argogate.model.lenient import object_in, text_in
from argogate.spell import duration, one_line

if TYPE_CHECKING:
    from collections.abc import Callable

TIMEOUT = 30.0
"""Seconds that the command gets."""
STEP = 0.05
"""Seconds between two looks whether it has ended."""
MOST_OUTPUT = 1 << 20
"""Bytes; what prints more, prints no token."""


class TokenCommand(Renewed):
    """Runs a command, without a shell, that prints a token or an ExecCredential.

    The latter is what plugins of kubectl print (`aws eks get-token`): JSON with `status.token`.
    """

    def __init__(
        self,
        command: str,
        wall: Callable[[], float],
        *,
        source: str = "",
        timeout: float = TIMEOUT,
    ) -> None:
        """Raises ValueError for a command that is empty or has an open quote."""
        self._words = shlex.split(command)
        if not self._words:
            msg = "the command is empty"
            raise ValueError(msg)
        # Its arguments may hold what must not be shown.
        program = PurePath(self._words[0].partition("=")[0]).name
        super().__init__(source or f"the token command {program}", wall)
        self._timeout = timeout

    def fetch(self) -> Grant:
        """Run it."""
        try:
            code, printed, said = _run(self._words, self._timeout)
        except subprocess.TimeoutExpired:  # which carries what was printed until then
            msg = f"did not end within {duration(self._timeout)}"
            raise self.failure(msg) from None
        except OverflowError:
            msg = "printed far more than a token"
            raise self.failure(msg) from None
        except (OSError, ValueError) as error:
            reason = (isinstance(error, OSError) and error.strerror) or "its name is odd"
            msg = f"cannot be run: {reason} (no shell is used)"
            raise self.failure(msg) from None
        if code:
            said = Secrets(printed.split()).cut(said)
            msg = f"ended with code {code}: {one_line(said) or 'it said nothing'}"
            raise self.failure(msg)
        return self._read(printed)

    def _read(self, printed: str) -> Grant:
        try:
            token, expires = _exec_credential(printed)
            header = header_value(token or printed, "what it printed")
        except ValueError as error:
            msg = f"gave no token: {error}"
            raise self.failure(msg) from None
        return Grant(header=header, expires=expires or expiry_of(claims_of(header)))


def _run(words: list[str], timeout: float) -> tuple[int, str, str]:
    """Return how a command ended, and what it printed to stdout and to stderr until then.

    It has ended when it has ended: a helper that it leaves behind may keep its pipes for ever.
    Raises subprocess.TimeoutExpired, OverflowError, OSError, ValueError.
    """
    with subprocess.Popen(  # noqa: S603 - the user's own command
        words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        try:
            printed, said = _heard(process, timeout)
        except BaseException:  # a signal too
            process.kill()
            raise
        return process.wait(), printed.decode("utf-8", "replace"), said.decode("utf-8", "replace")


def _heard(process: subprocess.Popen[bytes], timeout: float) -> tuple[bytes, bytes]:
    left = timeout
    while True:
        has_ended = process.poll() is not None
        try:
            return process.communicate(timeout=min(STEP, left))
        except subprocess.TimeoutExpired as error:
            heard = error.output or b"", error.stderr or b""
            left -= STEP
            if has_ended:
                return heard
            if max(map(len, heard)) > MOST_OUTPUT:
                raise OverflowError from None
            if left <= 0:
                raise


def _exec_credential(printed: str) -> tuple[str, float | None]:
    """Return token and expiry of an ExecCredential, or nothing for what is no JSON object."""
    if not printed.lstrip().startswith("{"):
        return "", None
    try:
        status = object_in(json.loads(printed), "status")
    except (ValueError, RecursionError):
        status = {}
    token = text_in(status, "token")
    if not token:
        msg = "what it printed begins with '{' but is no ExecCredential with status.token"
        raise ValueError(msg)
    try:
        expires = datetime.fromisoformat(text_in(status, "expirationTimestamp")).timestamp()
    except ValueError:
        return token, None
    return token, expires
