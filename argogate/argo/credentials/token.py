"""Credentials that are there already: a token, a file with one, a user's name and password."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

from argogate.argo.credentials.base import Credential
from argogate.argo.credentials.looks import PATH, unlike_a_token
from argogate.argo.credentials.secret import Secret
from argogate.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable


class Token(Credential):
    """A fixed token, as `ARGO_TOKEN` holds it: bare, `Bearer …` or `Basic …`."""

    def __init__(self, text: str, source: str) -> None:
        """Raises ValueError where the text can be none."""
        super().__init__(source)
        self._header = self._known(header_value(text, source))

    def header(self) -> str:
        """Return the one value there is."""
        return self._header


class TokenFile(Credential):
    """A file that something else renews: a projected service-account token, a vault agent."""

    renewable = True

    def __init__(self, path: str, source: str = "") -> None:
        super().__init__(source or f"the token file {path}")
        self._secret = Secret(self.source, path=path)

    def header(self) -> str:
        """Return what the file holds now."""
        text = self._secret.read()
        try:
            return self._known(header_value(text, self.source))
        except ValueError as error:
            msg = f"{self.source} cannot be used: {error}"
            raise Unavailable(msg) from error


class Asked(Credential):
    """A function of the caller's, asked before every request: whatever renews tokens there."""

    renewable = True

    def __init__(self, ask: Callable[[], str], source: str) -> None:
        super().__init__(source)
        self._ask = ask

    def header(self) -> str:
        """Return what the function says now. Raises Unavailable where that can be no token."""
        try:
            return self._known(header_value(self._ask(), self.source))
        except ValueError as error:
            raise Unavailable(str(error)) from error


class Basic(Credential):
    """A user's name and password: for a proxy in front, since Kubernetes takes them no more."""

    def __init__(self, user: str, password: Secret) -> None:
        """Raises ValueError where the name can be none."""
        super().__init__(f"the user {user} and {password.source}")
        self.renewable = password.renewable
        if ":" in user or not user.isprintable():
            msg = "a user's name has no colon and no control characters (--basic-user)"
            raise ValueError(msg)
        self._user = user
        self._password = password

    def header(self) -> str:
        """Return both as RFC 7617 has it."""
        password = self._password.read()
        self._secrets.add(password)
        pair = f"{self._user}:{password}".encode()
        return self._known(f"Basic {base64.b64encode(pair).decode()}")


def header_value(text: str, source: str) -> str:
    """Mend what people paste: a bare token, a doubled or small `bearer`.

    The server takes `Bearer ` and `Basic ` literally (server/auth/gatekeeper.go:133-213).
    Raises ValueError for an empty text, for one that cannot be a header, and for one that was
    meant to become a token and did not.
    """
    words = text.split()
    if not words:
        msg = f"{source} is empty"
        raise ValueError(msg)
    scheme = "Bearer"
    while words and words[0].lower() in {"bearer", "basic"}:
        scheme = words.pop(0).capitalize()
    if looks := unlike_a_token(" ".join(words)):
        remedy = "; give it with --token-file" if looks == PATH else ""
        msg = f"{source} is no token but looks like {looks}{remedy}"
        raise ValueError(msg)
    if len(words) != 1 or not re.fullmatch(r"[\x21-\x7e]+", words[0]):
        msg = f"{source} holds no single token but {len(words)} words or odd characters"
        raise ValueError(msg)
    return f"{scheme} {words[0]}"
