"""What was said about one source of credentials → the source, or what is wrong with it."""

from __future__ import annotations

import os
import shlex
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from argogate.argo.address import Address
from argogate.argo.credentials import Credential, Secret, Token, TokenFile, header_value
from argogate.argo.credentials.looks import PATH, is_path, unlike_a_secret
from argogate.errors import Unavailable
from argogate.model.workflow import is_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from argogate.argo.credentials.headers import Header
    from argogate.argo.kubectl import Kubectl

TOKEN_VARIABLES = ("ARGOGATE_TOKEN", "ARGO_TOKEN")
LIFE = "15m"
"""It is renewed before its end; Kubernetes gives none for less than ten minutes."""
CLIENT_SECRET, PASSWORD = "ARGOGATE_OAUTH_CLIENT_SECRET", "ARGOGATE_BASIC_PASSWORD"
NO_CREDENTIAL = (
    "no token is there; set ARGO_TOKEN or give --token-file FILE (or --auth none for a server "
    "that asks for none)"
)


class Auth(StrEnum):
    """Sources of credentials, in the order in which `auto` looks for them."""

    TOKEN_FILE = "token-file"  # noqa: S105 - a word
    TOKEN_COMMAND = "token-command"  # noqa: S105 - a word
    KUBE_TOKEN = "kube-token"  # noqa: S105 - a word
    OAUTH = "oauth"
    OIDC = "oidc"
    BASIC = "basic"
    TOKEN = "token"  # noqa: S105 - a word
    IN_CLUSTER = "in-cluster"
    NONE = "none"


def token(environ: Mapping[str, str]) -> Token:
    """Return the token of a variable. Raises ValueError."""
    for name in TOKEN_VARIABLES:
        if text := environ.get(name):
            return Token(text, f"the token of {name}")
    raise ValueError(NO_CREDENTIAL)


def token_file(path: str) -> TokenFile:
    """Return the token of a file, which must be there again later. Raises ValueError."""
    if not Path(path).is_file():
        msg = f"--token-file {path} can be read once only; use --token-command instead"
        raise ValueError(msg)
    made = TokenFile(path)
    if text := now(Secret(made.source, path=path)):
        header_value(text, made.source)
    return made


def refuse_missing(header: Header) -> None:
    """Raise ValueError for a file that cannot be read: no request could ever be sent."""
    path = Path(header.path)
    if not header.path or (path.is_file() and os.access(path, os.R_OK)):
        return
    why = "cannot be read (again)" if path.exists() else "does not exist"
    msg = f"the header {header.name}: the file {path} {why}"
    raise ValueError(msg)


def refuse_mistakes(what: str, text: str, option: str = "") -> None:
    """Raise ValueError for what was meant to become a value and did not.

    With an `option` that takes a file, the path of one counts as well.
    """
    looks = unlike_a_secret(text)
    if option and is_path(text):
        looks = f"{PATH}; give it with {option}"
    if looks:
        msg = f"{what} looks like {looks}"
        raise ValueError(msg)


def now(secret: Secret) -> str:
    """Return what a secret is now; nothing where it is in a file that is yet to be written."""
    try:
        return secret.read()
    except Unavailable:
        return ""


def token_command(command: str) -> Credential:
    """Return the token that a command prints. Raises ValueError."""
    from argogate.argo.credentials.command import TokenCommand

    try:
        return TokenCommand(command, wall)
    except ValueError as error:
        msg = f"--token-command cannot be run: {error}"
        raise ValueError(msg) from None


def kube_token(account: str, namespace: str, kubectl: Kubectl) -> Credential:
    """Return the token that kubectl creates for `[NAMESPACE/]SERVICEACCOUNT`. Raises ValueError."""
    from argogate.argo.credentials.command import TokenCommand

    home, slash, name = account.rpartition("/")
    if not is_name(name) or (slash and not is_name(home)):
        msg = f"--kube-token {account!r} is no [NAMESPACE/]SERVICEACCOUNT"
        raise ValueError(msg)
    kubectl.require()
    home = home or namespace
    words = kubectl.words(home, "create", "token", name, "--duration", LIFE)
    source = f"the token of {home}/{name} (kubectl create token)"
    return TokenCommand(shlex.join(words), wall, source=source)


def identity(audience: str, environ: Mapping[str, str]) -> Credential:
    """Return the identity that the CI system gives the job."""
    from argogate.argo.credentials.identity import CiIdentity

    return CiIdentity(audience, wall, environ)


NEEDED = {
    Auth.TOKEN_FILE: "--token-file",
    Auth.TOKEN_COMMAND: "--token-command",
    Auth.KUBE_TOKEN: "--kube-token",
    Auth.OIDC: "--oidc-audience",
    Auth.OAUTH: "--oauth-client-id",
    Auth.BASIC: "--basic-user",
}


def needed(value: str | None, source: Auth, what: str) -> str:
    """Return what a source cannot do without. Raises ValueError."""
    if not value:
        msg = f"--auth {source} needs {NEEDED[source]} {what}"
        raise ValueError(msg)
    return value


def secret(file: str | None, variable: str, what: str, environ: Mapping[str, str]) -> Secret | None:
    """Return a secret of a file or a variable, or None where neither is given."""
    if file:
        return Secret(f"the {what} in {file}", path=file)
    text = environ.get(variable, "").strip()
    return Secret(f"the {what} of {variable}", text) if text else None


def endpoint(url: str | None, option: str) -> str:
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


def wall() -> float:
    """Return the seconds since 1970."""
    return datetime.now(UTC).timestamp()
