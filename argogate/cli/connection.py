"""Options and environment → a server to ask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from argogate.argo.address import Address, parse_address
from argogate.argo.api import ArgoServer
from argogate.argo.credentials import Credential, Token, TokenFile
from argogate.argo.transport import Transport, Trust

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TOKEN_VARIABLES = ("ARGOGATE_TOKEN", "ARGO_TOKEN")
SERVER_HINT = (
    "no Argo Server is named; give --server HOST:PORT or set ARGO_SERVER (argogate talks to the "
    "Argo Server, not to Kubernetes, so a kubeconfig does not help)"
)
NO_CREDENTIAL = (
    "no token is there; set ARGO_TOKEN or give --token-file FILE (or --auth none for a server "
    "that asks for none)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionOptions:
    """What the user said about the connection."""

    server: str | None
    base_href: str
    secure: bool
    insecure_skip_verify: bool
    ca_cert: str | None
    token_file: str | None
    auth: str
    ui_url: str

    def address(self) -> Address:
        """Return where the server is. Raises click.UsageError."""
        if not self.server:
            raise click.UsageError(SERVER_HINT)
        try:
            return parse_address(self.server, secure=self.secure, base_href=self.base_href)
        except ValueError as error:
            raise click.UsageError(str(error)) from error

    def credential(self, environ: Mapping[str, str]) -> Credential:
        """Return where the token comes from. Raises click.UsageError."""
        if self.auth == "none":
            return Credential()
        try:
            if self.token_file:
                return TokenFile(self.token_file)
            for name in TOKEN_VARIABLES:
                if text := environ.get(name):
                    return Token(text, f"the token of {name}")
        except ValueError as error:
            raise click.UsageError(str(error)) from error
        raise click.UsageError(NO_CREDENTIAL)

    def connect(self, environ: Mapping[str, str], now: Callable[[], float]) -> ArgoServer:
        """Return the server, nothing asked yet. Raises click.UsageError."""
        address = self.address()
        credential = self.credential(environ)
        exposed = not address.encrypted and not address.loopback and self.auth != "none"
        if exposed and self.secure:
            msg = (
                f"{address.url} is plain HTTP and would show the token to everybody on the way; "
                "use https://, or say --no-secure (ARGO_SECURE=false) if that is meant"
            )
            raise click.UsageError(msg)
        trust = Trust(verify=not self.insecure_skip_verify, ca_file=self.ca_cert or "")
        try:
            return ArgoServer(Transport(address, credential, trust, now))
        except ValueError as error:
            raise click.UsageError(str(error)) from error
