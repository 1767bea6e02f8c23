"""Options and environment → a server to ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from argogate.argo.address import Address, parse_address
from argogate.argo.api import ArgoServer
from argogate.argo.credentials import exposure
from argogate.argo.session import Transport
from argogate.argo.tls import Trust
from argogate.cli.credentials import CredentialOptions
from argogate.cli.output import hide
from argogate.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from argogate.argo.kubectl import Service
    from argogate.argo.portforward import PortForward
    from argogate.argo.recorder import Recorder

SERVER_HINT = (
    "no Argo Server is named; give --server HOST:PORT or set ARGO_SERVER (argogate talks to the "
    "Argo Server, not to Kubernetes; where only a kubeconfig leads there, give --port-forward "
    "argo/argo-server --kube-token SERVICEACCOUNT)"
)
FORWARDED = (
    "--port-forward: the server's own certificate is not checked, only the way to it is kubectl's; "
    "give its authority with --ca-cert"
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
    port_forward: str | None

    def address(self) -> Address:
        """Return where the server is. Raises click.UsageError."""
        if service := self._service():
            path = self.base_href.strip("/")
            url = f"https://{service.host}:{service.port}" + (f"/{path}" if path else "")
            return Address(url=url, hidden=True)
        if not self.server:
            raise click.UsageError(SERVER_HINT)
        try:
            return parse_address(self.server, secure=self.secure, base_href=self.base_href)
        except ValueError as error:
            raise click.UsageError(str(error)) from error

    def _service(self) -> Service | None:
        """Return what is reached through kubectl, if anything. Raises click.UsageError."""
        if not self.port_forward:
            return None
        from argogate.argo.kubectl import parse_service

        ctx = click.get_current_context()
        if ctx.get_parameter_source("server") is ParameterSource.COMMANDLINE:
            msg = "--server and --port-forward are two ways to a server; give one"
            raise click.UsageError(msg)
        try:
            return parse_service(self.port_forward, self.namespace)
        except ValueError as error:
            msg = f"--port-forward: {error}"
            raise click.UsageError(msg) from None

    def warnings(self, environ: Mapping[str, str]) -> list[str]:
        """Return what weakens the connection, a sentence each."""
        found = self.cautions(environ)
        if self.client_key and (warning := exposure(self.client_key)):
            found.append(warning)
        if self.insecure_skip_verify:
            return [UNCHECKED, *found]
        return [FORWARDED, *found] if self.port_forward and not self.ca_cert else found

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
        service = self._service()
        trust = Trust(
            verify=not self.insecure_skip_verify and (not service or bool(self.ca_cert)),
            ca_file=self.ca_cert or "",
            client_certificate=self.client_certificate or "",
            client_key=self.client_key or "",
        )
        try:
            if self.secure and credential.source and not service:
                address.refuse_exposure("--no-secure (ARGO_SECURE=false)")
            return Transport(address, credential, trust, recorder, self._forward(service))
        except ValueError as error:
            raise click.UsageError(str(error)) from error

    def _forward(self, service: Service | None) -> PortForward | None:
        """Return the way to a service, which ends with the command."""
        if service is None:
            return None
        from argogate.argo.portforward import PortForward

        self.kubectl.require()
        forward = PortForward(service, self.kubectl)
        click.get_current_context().call_on_close(forward.close)
        return forward
