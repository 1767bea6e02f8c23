"""Options and environment → who asks, and what must not be shown."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, assert_never

import click

from argogate.argo.credentials import Basic, Credential, TokenFile, exposure
from argogate.cli import sources
from argogate.cli.options.waiting import SERVICE_ACCOUNT
from argogate.cli.sources import (
    CLIENT_SECRET,
    NO_CREDENTIAL,
    PASSWORD,
    TOKEN_VARIABLES,
    Auth,
)
from argogate.spell import listing
from argogate.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from argogate.argo.credentials.headers import Header
    from argogate.argo.credentials.oauth import Client
    from argogate.argo.kubectl import Kubectl

HEADERS = "ARGOGATE_HEADER"


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialOptions:
    """What the user said about credentials; empty where nothing was said."""

    auth: str
    token_file: str | None
    token_command: str | None = field(repr=False)
    kube_token: str | None
    kubectl_program: str
    kube_context: str
    namespace: str
    oidc_audience: str | None
    oauth_token_url: str | None
    oauth_authorize_url: str | None
    oauth_client_id: str | None
    oauth_client_secret_file: str | None
    oauth_scope: str
    oauth_audience: str
    oauth_redirect_port: int
    basic_user: str | None
    basic_password_file: str | None
    headers: tuple[str, ...] = field(repr=False)
    ca_cert: str | None

    @property
    def kubectl(self) -> Kubectl:
        """Return which kubectl is asked, and about which cluster."""
        from argogate.argo.kubectl import Kubectl

        return Kubectl(program=self.kubectl_program, context=self.kube_context)

    def credential(self, environ: Mapping[str, str]) -> Credential:
        """Return where the credentials come from. Raises click.UsageError."""
        try:
            headers = self._headers(environ)
            for header in headers:
                sources.refuse_missing(header)
            chosen = self._chosen(environ, headers)
            inner = self._made(chosen, environ)
        except ValueError as error:
            raise click.UsageError(str(error)) from None
        if not headers:
            return inner
        from argogate.argo.credentials.headers import WithHeaders

        return WithHeaders(inner, headers)

    def cautions(self, environ: Mapping[str, str]) -> list[str]:
        """Return what the user should know about how the secrets are kept."""
        headers = self._headers(environ)
        files = (
            self.token_file,
            self.oauth_client_secret_file,
            self.basic_password_file,
            *(header.path for header in headers),
        )
        found = [warning for file in files if file and (warning := exposure(file))]
        shown = [] if environ.get(HEADERS) else [each.name for each in headers if each.literal]
        if shown:
            found.append(
                f"the value of the header {listing(shown)} can be seen in the process list; if it "
                "is a secret, write NAME=@FILE or NAME=$VARIABLE"
            )
        return found

    def _headers(self, environ: Mapping[str, str]) -> list[Header]:
        if not self.headers:
            return []
        from argogate.argo.credentials.headers import parse_header

        return [parse_header(text, environ) for text in self.headers]

    def _chosen(self, environ: Mapping[str, str], headers: list[Header]) -> Auth:
        own = any(header.name.lower() == "authorization" for header in headers)
        if own and self.auth not in {"auto", Auth.NONE}:
            msg = f"--header Authorization and --auth {self.auth} exclude each other; give one"
            raise ValueError(msg)
        if own:
            return Auth.NONE
        if self.auth != "auto":
            return Auth(self.auth)
        there = {
            Auth.TOKEN_FILE: self.token_file,
            Auth.TOKEN_COMMAND: self.token_command,
            Auth.KUBE_TOKEN: self.kube_token,
            Auth.OAUTH: self.oauth_token_url,
            Auth.OIDC: self.oidc_audience,
            Auth.BASIC: self.basic_user,
            Auth.TOKEN: any(environ.get(name) for name in TOKEN_VARIABLES),
            Auth.IN_CLUSTER: (SERVICE_ACCOUNT / "token").is_file(),
        }
        for source, given in there.items():
            if given:
                return source
        raise ValueError(NO_CREDENTIAL)

    def _made(self, source: Auth, environ: Mapping[str, str]) -> Credential:
        """Return the credential of a source. Raises ValueError."""
        made: Credential
        match source:
            case Auth.NONE:
                made = Credential()
            case Auth.TOKEN:
                made = sources.token(environ)
            case Auth.TOKEN_FILE:
                made = sources.token_file(sources.needed(self.token_file, source, "FILE"))
            case Auth.IN_CLUSTER:
                made = TokenFile(str(SERVICE_ACCOUNT / "token"), "the service account of this pod")
            case Auth.TOKEN_COMMAND:
                made = sources.token_command(sources.needed(self.token_command, source, "COMMAND"))
            case Auth.KUBE_TOKEN:
                account = sources.needed(self.kube_token, source, "SERVICEACCOUNT")
                made = sources.kube_token(account, self.namespace, self.kubectl)
            case Auth.OIDC:
                made = sources.identity(
                    sources.needed(self.oidc_audience, source, "AUDIENCE"), environ
                )
            case Auth.OAUTH:
                made = self._oauth(environ)
            case Auth.BASIC:
                made = self._basic(environ)
            case _:
                assert_never(source)
        return made

    def _basic(self, environ: Mapping[str, str]) -> Credential:
        user = sources.needed(self.basic_user, Auth.BASIC, "NAME")
        sources.refuse_mistakes("--basic-user", user)
        password = sources.secret(self.basic_password_file, PASSWORD, "password", environ)
        if password:
            sources.refuse_mistakes(password.source, sources.now(password), "--basic-password-file")
        if password is None:
            msg = f"--basic-user needs a password: set {PASSWORD} or give --basic-password-file"
            raise ValueError(msg)
        return Basic(user, password)

    def _oauth(self, environ: Mapping[str, str]) -> Credential:
        from argogate.argo.credentials.oauth import Client, ClientCredentials

        secret = sources.secret(
            self.oauth_client_secret_file, CLIENT_SECRET, "client secret", environ
        )
        client = Client(
            token_url=sources.endpoint(self.oauth_token_url, "--oauth-token-url"),
            client_id=sources.needed(self.oauth_client_id, Auth.OAUTH, "ID"),
            secret=secret,
            scope=self.oauth_scope,
            audience=self.oauth_audience,
            ca_file=self.ca_cert or "",
        )
        sources.refuse_mistakes("--oauth-client-id", client.client_id)
        if secret:
            sources.refuse_mistakes(
                secret.source, sources.now(secret), "--oauth-client-secret-file"
            )
        if self.oauth_authorize_url:
            return self._login(client)
        if secret is None:
            msg = (
                f"--oauth-client-id needs its secret: set {CLIENT_SECRET} or "
                "--oauth-client-secret-file (or, for a person, --oauth-authorize-url)"
            )
            raise ValueError(msg)
        return ClientCredentials(client, secret, sources.wall)

    def _login(self, client: Client) -> Credential:
        import webbrowser

        from argogate.argo.credentials.browser import Login

        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            msg = (
                "--oauth-authorize-url needs a person at a terminal; in a pipeline leave it away "
                "and give a client secret"
            )
            raise ValueError(msg)
        return Login(
            client,
            sources.endpoint(self.oauth_authorize_url, "--oauth-authorize-url"),
            sources.wall,
            show=lambda sentence: click.echo(f"argogate: {sentence}", err=True),
            browse=webbrowser.open,
            port=self.oauth_redirect_port,
        )
