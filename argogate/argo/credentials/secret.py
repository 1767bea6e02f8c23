"""A text that nobody gets to see, and where it is kept."""

from __future__ import annotations

import os
from pathlib import Path

from argogate.errors import Unavailable

LARGEST_SECRET = 64 * 1024
OTHERS_MAY_READ = 0o044
MOUNTED = ("/var/run/secrets/", "/run/secrets/")
"""Where Kubernetes and Docker mount secrets, readable for everybody in the container."""


class Secret:
    """A secret that is fixed, or in a file that is read anew each time: something may renew it."""

    def __init__(self, source: str, text: str = "", *, path: str = "") -> None:
        """`source` names it in messages."""
        self.source = source
        self._text = text
        self._path = path

    @property
    def renewable(self) -> bool:
        """Whether reading it again may give another one."""
        return bool(self._path)

    def read(self) -> str:
        """Return it without white space around. Raises Unavailable for a file without one."""
        if not self._path:
            return self._text.strip()
        try:
            # Undecodable bytes become odd characters: a UnicodeDecodeError would carry the secret.
            with Path(self._path).open(encoding="utf-8-sig", errors="replace") as file:
                text = file.read(LARGEST_SECRET).strip()
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "no file has such a name"
            msg = f"{self.source} cannot be used: {reason}"
            raise Unavailable(msg) from error
        if not text:
            msg = f"{self.source} cannot be used: it is empty"
            raise Unavailable(msg)
        return text


def exposure(path: str) -> str:
    """Return a warning if other users of this machine may read the file, or an empty string."""
    place = os.path.abspath(path)  # noqa: PTH100 - `resolve` would follow a mount's links
    if os.name != "posix" or place.startswith(MOUNTED):
        return ""
    try:
        mode = Path(path).stat().st_mode
    except OSError:
        return ""
    if not mode & OTHERS_MAY_READ:
        return ""
    return f"{path} holds a secret, and other users of this machine may read it: chmod 600 {path}"
