"""Options and environment → a server to ask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from argogate.argo.address import Address, parse_address
from argogate.argo.api import ArgoServer
from argogate.argo.credentials import exposure
from argogate.argo.session import Transport
from argogate.argo.tls import Trust
from argogate.cli.credentials import CredentialOptions
from argogate.cli.output import hide

if TYPE_CHECKING:
    from collections.abc import Mapping

    from argogate.argo.recorder import Recorder

SERVER_HINT = (
    "no Argo Server is named; give --server HOST:PORT or set ARGO_SERVER (argogate talks to the "
    "Argo Server, not to Kubernetes, so a kubeconfig does not help)"
)
UNCHECKED = "-k: the server's certificate is not checked, so anybody could be answering"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionOptions(CredentialOptions):
    """What the user said about the connection."""

    server: str | None
    base_href: str
    secure: bool
    insecure_skip_verify: bool
    client_certificate: str | None
    client_key: str | None
    ui_url: str

    def address(self) -> Address:
        """Return where the server is. Raises click.UsageError."""
        if not self.server:
            raise click.UsageError(SERVER_HINT)
        try:
            return parse_address(self.server, secure=self.secure, base_href=self.base_href)
        except ValueError as error:
            raise click.UsageError(str(error)) from error

    def warnings(self, environ: Mapping[str, str]) -> list[str]:
        """Return what weakens the connection, a sentence each."""
        found = self.cautions(environ)
        if self.client_key and (warning := exposure(self.client_key)):
            found.append(warning)
        return [UNCHECKED, *found] if self.insecure_skip_verify else found

    def connect(
        self,
        environ: Mapping[str, str],
        recorder: Recorder | None = None,
    ) -> ArgoServer:
        """Return the server, nothing asked yet. Raises click.UsageError."""
        return ArgoServer(self.transport(environ, recorder))

    def transport(
        self,
        environ: Mapping[str, str],
        recorder: Recorder | None = None,
    ) -> Transport:
        """Return the session, nothing opened yet. Raises click.UsageError."""
        address = self.address()
        credential = self.credential(environ)
        hide(credential.secrets)
        trust = Trust(
            verify=not self.insecure_skip_verify,
            ca_file=self.ca_cert or "",
            client_certificate=self.client_certificate or "",
            client_key=self.client_key or "",
        )
        try:
            if self.secure and credential.source:
                address.refuse_exposure("--no-secure (ARGO_SECURE=false)")
            return Transport(address, credential, trust, recorder)
        except ValueError as error:
            raise click.UsageError(str(error)) from error
