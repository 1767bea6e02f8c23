"""Headers that go with every request: the API key of a gateway, besides the token for Argo."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

from argogate.argo.credentials.base import Credential
from argogate.argo.credentials.looks import unlike_a_secret, unlike_a_token
from argogate.argo.credentials.secret import Secret
from argogate.errors import Unavailable
from argogate.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from requests import PreparedRequest

_FORM = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+) *(?:=|: *)(.*)", re.DOTALL)
"""A name is a token of RFC 9110, section 5.6.2: it has neither `=` nor `:`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """A header of the user's."""

    name: str
    value: Secret
    literal: bool
    """Whether the value itself was written down, so that it is in argv."""
    path: str = ""
    """The file that holds the value."""


def parse_header(text: str, environ: Mapping[str, str]) -> Header:
    """Read `NAME=VALUE`, `NAME=@FILE`, `NAME=$VARIABLE`, or argo's `Name: value`.

    Raises ValueError; its text shows the name at most.
    """
    found = _FORM.fullmatch(text.strip())
    if not found or not found[2]:
        msg = "a header is NAME=@FILE, NAME=$VARIABLE, NAME=VALUE or 'NAME: VALUE'"
        raise ValueError(msg)
    name, value = found[1], found[2]
    source = f"the header {name}"
    if value.startswith("@"):
        path = value[1:]
        secret = Secret(f"{source} from {path}", path=path)
        with suppress(Unavailable):  # which may yet be written, as long as there is a file
            _refuse_mistakes(secret.source, name, secret.read())
        return Header(name=name, value=secret, literal=False, path=path)
    literal = not re.fullmatch(r"\$[A-Za-z_][A-Za-z0-9_]*", value)
    fixed = value if literal else environ.get(value[1:], "")
    if not fixed.strip():
        msg = f"{source}: the variable {value[1:]} is not set"
        raise ValueError(msg)
    if not fixed.strip().isprintable() or not fixed.isascii():
        msg = f"{source} holds characters that no header may have"
        raise ValueError(msg)
    _refuse_mistakes(source, name, fixed.strip())
    return Header(name=name, value=Secret(source, fixed), literal=literal)


def _refuse_mistakes(source: str, name: str, value: str) -> None:
    """Raise ValueError for what was meant to become a value and did not, alone or after a word."""
    if name.lower() == "authorization":
        looks = unlike_a_token(value.rpartition(" ")[2])
    else:
        looks = next(filter(None, map(unlike_a_secret, [value, *value.split()])), "")
    if looks:
        msg = f"{source} has no value but what looks like {looks}"
        raise ValueError(msg)


class WithHeaders(Credential):
    """A credential and the headers that go with it."""

    def __init__(self, inner: Credential, headers: Sequence[Header]) -> None:
        named = [f"the header {header.name}" for header in headers]
        super().__init__(" and ".join(filter(None, [inner.source, *named])))
        self.renewable = inner.renewable or any(header.value.renewable for header in headers)
        self._inner = inner
        self._headers = tuple(headers)

    def header(self) -> str:
        """Return the `Authorization` of the credential."""
        return self._inner.header()

    def refused(self, header: str) -> None:
        """Pass it on."""
        self._inner.refused(header)

    def secrets(self) -> frozenset[str]:
        """Return those of all."""
        return self._inner.secrets() | super().secrets()

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Put all headers on the request."""
        request = self._inner(request)
        for header in self._headers:
            value = header.value.read()
            if not value.isprintable() or not value.isascii():
                msg = f"{header.value.source} cannot be used: it holds odd characters"
                raise Unavailable(msg)
            self._secrets.add(value)
            if header.name.lower() in {"authorization", "proxy-authorization"}:
                self._known(value)
            request.headers[header.name] = value
        return request
