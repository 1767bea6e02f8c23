"""Where the `Authorization` header comes from. A secret never shows in `repr` or a message."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from requests.auth import AuthBase

from argogate.errors import Unavailable

if TYPE_CHECKING:
    from requests import PreparedRequest

LARGEST_TOKEN = 64 * 1024


class Credential(AuthBase):
    """A source of the header; being an AuthBase it also keeps `~/.netrc` from being used."""

    source = "no credentials"
    """Where it comes from, in the words of a message."""
    renewable = False
    """Whether asking the source again may give another credential."""

    def header(self) -> str:
        """Return the value of the `Authorization` header, or an empty string.

        Raises Unavailable where the source has none at the moment.
        """
        return ""

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Put the header on the request."""
        if value := self.header():
            request.headers["Authorization"] = value
        return request


class Token(Credential):
    """A fixed token, as `ARGO_TOKEN` holds it: bare, `Bearer …` or `Basic …`."""

    def __init__(self, text: str, source: str) -> None:
        self.source = source
        self._header = header_value(text, source)

    def header(self) -> str:
        """Return the one value there is."""
        return self._header


class TokenFile(Credential):
    """A file that something else renews: a projected service-account token, a vault agent."""

    renewable = True

    def __init__(self, path: str) -> None:
        self.source = f"the token file {path}"
        self._path = Path(path)

    def header(self) -> str:
        """Return what the file holds now."""
        try:
            # Undecodable bytes become odd characters: a UnicodeDecodeError would carry the secret.
            with self._path.open(encoding="utf-8-sig", errors="replace") as file:
                return header_value(file.read(LARGEST_TOKEN), self.source)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            msg = f"{self.source} cannot be used: {reason}"
            raise Unavailable(msg) from error


def header_value(text: str, source: str) -> str:
    """Mend what people paste: a bare token, a doubled or small `bearer`.

    The server takes `Bearer ` and `Basic ` literally (server/auth/gatekeeper.go:133-213).
    Raises ValueError for an empty text and for one that cannot be a header.
    """
    words = text.split()
    if not words:
        msg = f"{source} is empty"
        raise ValueError(msg)
    scheme = "Bearer"
    while words and words[0].lower() in {"bearer", "basic"}:
        scheme = words.pop(0).capitalize()
    if len(words) != 1 or not re.fullmatch(r"[\x21-\x7e]+", words[0]):
        msg = f"{source} holds no single token but {len(words)} words or odd characters"
        raise ValueError(msg)
    return f"{scheme} {words[0]}"
