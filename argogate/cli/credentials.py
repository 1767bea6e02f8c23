"""Options and environment → who asks, and what must not be shown."""

from __future__ import annotations

import os
import sys
import webbrowser
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

import click

from argogate.argo.address import Address
from argogate.argo.credentials import (
    Basic,
    Credential,
    Header,
    Secret,
    Token,
    TokenFile,
    WithHeaders,
    exposure,
    header_value,
    parse_header,
)
from argogate.argo.credentials.looks import PATH, is_path, unlike_a_secret
from argogate.cli.options import SERVICE_ACCOUNT
from argogate.errors import Unavailable
from argogate.spell import listing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from argogate.argo.credentials.oauth import Client

TOKEN_VARIABLES = ("ARGOGATE_TOKEN", "ARGO_TOKEN")
CLIENT_SECRET, PASSWORD = "ARGOGATE_OAUTH_CLIENT_SECRET", "ARGOGATE_BASIC_PASSWORD"
HEADERS = "ARGOGATE_HEADER"
NO_CREDENTIAL = (
    "no token is there; set ARGO_TOKEN or give --token-file FILE (or --auth none for a server "
    "that asks for none)"
)


class Auth(StrEnum):
    """Sources of credentials, in the order in which `auto` looks for them."""

    TOKEN_FILE = "token-file"  # noqa: S105 - a word
    TOKEN_COMMAND = "token-command"  # noqa: S105 - a word
    OAUTH = "oauth"
    OIDC = "oidc"
    BASIC = "basic"
    TOKEN = "token"  # noqa: S105 - a word
    IN_CLUSTER = "in-cluster"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialOptions:
    """What the user said about credentials; empty where nothing was said."""

    auth: str
    token_file: str | None
    token_command: str | None = field(repr=False)
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

    def credential(self, environ: Mapping[str, str]) -> Credential:
        """Return where the credentials come from. Raises click.UsageError."""
        try:
            headers = [parse_header(text, environ) for text in self.headers]
            for header in headers:
                _refuse_missing(header)
            chosen = self._chosen(environ, headers)
            inner = self._made(chosen, environ)
        except ValueError as error:
            raise click.UsageError(str(error)) from None
        return WithHeaders(inner, headers) if headers else inner

    def cautions(self, environ: Mapping[str, str]) -> list[str]:
        """Return what the user should know about how the secrets are kept."""
        headers = [parse_header(text, environ) for text in self.headers]
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
                made = _token(environ)
            case Auth.TOKEN_FILE:
                made = _token_file(_needed(self.token_file, source, "FILE"))
            case Auth.IN_CLUSTER:
                made = TokenFile(str(SERVICE_ACCOUNT / "token"), "the service account of this pod")
            case Auth.TOKEN_COMMAND:
                made = _command(_needed(self.token_command, source, "COMMAND"))
            case Auth.OIDC:
                made = _identity(_needed(self.oidc_audience, source, "AUDIENCE"), environ)
            case Auth.OAUTH:
                made = self._oauth(environ)
            case Auth.BASIC:
                made = self._basic(environ)
            case _:
                assert_never(source)
        return made

    def _basic(self, environ: Mapping[str, str]) -> Credential:
        user = _needed(self.basic_user, Auth.BASIC, "NAME")
        _refuse_mistakes("--basic-user", user)
        password = _secret(self.basic_password_file, PASSWORD, "password", environ)
        if password:
            _refuse_mistakes(password.source, _now(password), "--basic-password-file")
        if password is None:
            msg = f"--basic-user needs a password: set {PASSWORD} or give --basic-password-file"
            raise ValueError(msg)
        return Basic(user, password)

    def _oauth(self, environ: Mapping[str, str]) -> Credential:
        from argogate.argo.credentials.oauth import Client, ClientCredentials

        secret = _secret(self.oauth_client_secret_file, CLIENT_SECRET, "client secret", environ)
        client = Client(
            token_url=_endpoint(self.oauth_token_url, "--oauth-token-url"),
            client_id=_needed(self.oauth_client_id, Auth.OAUTH, "ID"),
            secret=secret,
            scope=self.oauth_scope,
            audience=self.oauth_audience,
            ca_file=self.ca_cert or "",
        )
        _refuse_mistakes("--oauth-client-id", client.client_id)
        if secret:
            _refuse_mistakes(secret.source, _now(secret), "--oauth-client-secret-file")
        if self.oauth_authorize_url:
            return self._login(client)
        if secret is None:
            msg = (
                f"--oauth-client-id needs its secret: set {CLIENT_SECRET} or "
                "--oauth-client-secret-file (or, for a person, --oauth-authorize-url)"
            )
            raise ValueError(msg)
        return ClientCredentials(client, secret, _wall)

    def _login(self, client: Client) -> Credential:
        from argogate.argo.credentials.browser import Login

        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            msg = (
                "--oauth-authorize-url needs a person at a terminal; in a pipeline leave it away "
                "and give a client secret"
            )
            raise ValueError(msg)
        return Login(
            client,
            _endpoint(self.oauth_authorize_url, "--oauth-authorize-url"),
            _wall,
            show=lambda sentence: click.echo(f"argogate: {sentence}", err=True),
            browse=webbrowser.open,
            port=self.oauth_redirect_port,
        )


def _token(environ: Mapping[str, str]) -> Token:
    for name in TOKEN_VARIABLES:
        if text := environ.get(name):
            return Token(text, f"the token of {name}")
    raise ValueError(NO_CREDENTIAL)


def _token_file(path: str) -> TokenFile:
    if not Path(path).is_file():
        msg = f"--token-file {path} can be read once only; use --token-command instead"
        raise ValueError(msg)
    made = TokenFile(path)
    if text := _now(Secret(made.source, path=path)):
        header_value(text, made.source)
    return made


def _refuse_missing(header: Header) -> None:
    """Raise ValueError for a file that cannot be read: no request could ever be sent."""
    path = Path(header.path)
    if not header.path or (path.is_file() and os.access(path, os.R_OK)):
        return
    why = "cannot be read (again)" if path.exists() else "does not exist"
    msg = f"the header {header.name}: the file {path} {why}"
    raise ValueError(msg)


def _refuse_mistakes(what: str, text: str, option: str = "") -> None:
    """Raise ValueError for what was meant to become a value and did not.

    With an `option` that takes a file, the path of one counts as well.
    """
    looks = unlike_a_secret(text)
    if option and is_path(text):
        looks = f"{PATH}; give it with {option}"
    if looks:
        msg = f"{what} looks like {looks}"
        raise ValueError(msg)


def _now(secret: Secret) -> str:
    """Return what a secret is now; nothing where it is in a file that is yet to be written."""
    try:
        return secret.read()
    except Unavailable:
        return ""


def _command(command: str) -> Credential:
    from argogate.argo.credentials.command import TokenCommand

    try:
        return TokenCommand(command, _wall)
    except ValueError as error:
        msg = f"--token-command cannot be run: {error}"
        raise ValueError(msg) from None


def _identity(audience: str, environ: Mapping[str, str]) -> Credential:
    from argogate.argo.credentials.identity import CiIdentity

    return CiIdentity(audience, _wall, environ)


NEEDED = {
    Auth.TOKEN_FILE: "--token-file",
    Auth.TOKEN_COMMAND: "--token-command",
    Auth.OIDC: "--oidc-audience",
    Auth.OAUTH: "--oauth-client-id",
    Auth.BASIC: "--basic-user",
}


def _needed(value: str | None, source: Auth, what: str) -> str:
    if not value:
        msg = f"--auth {source} needs {NEEDED[source]} {what}"
        raise ValueError(msg)
    return value


def _secret(
    file: str | None, variable: str, what: str, environ: Mapping[str, str]
) -> Secret | None:
    if file:
        return Secret(f"the {what} in {file}", path=file)
    text = environ.get(variable, "").strip()
    return Secret(f"the {what} of {variable}", text) if text else None


def _endpoint(url: str | None, option: str) -> str:
    """Return the address of an authorization server, which gets our secret."""
    given = Address(url=url or "")
    try:
        safe = given.encrypted or (given.url.startswith("http://") and given.loopback)
        safe = safe and bool(given.host) and "@" not in given.url
    except ValueError:
        safe = False
    if not safe:
        msg = f"{option} must be an https:// address without a user's name"
        raise ValueError(msg)
    return given.url


def _wall() -> float:
    return datetime.now(UTC).timestamp()
