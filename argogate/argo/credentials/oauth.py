"""OAuth 2.0 tokens, for a proxy in front of the server: client credentials (RFC 6749, 4.4)."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from requests.exceptions import JSONDecodeError
from requests_auth import GrantNotProvided, InvalidGrantRequest, OAuth2ClientCredentials

from argogate.argo.credentials.base import UNAUTHORIZED, Credential, Grant, Renewed
from argogate.argo.credentials.jwt import claims_of, expiry_of
from argogate.argo.credentials.token import header_value
from argogate.argo.deadline import at_most
from argogate.argo.failures import bare, translated
from argogate.argo.secrecy import Secrets
from argogate.argo.session import open_session
from argogate.argo.tls import Trust
from argogate.errors import Denied, NotUnderstood, Unavailable
from argogate.spell import one_line
from argogate.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests

    from argogate.argo.credentials.secret import Secret

TIMEOUT = 30
"""Seconds that the token endpoint gets, unless the request that needs the token has less."""
LARGEST_ANSWER = 1 << 20
"""Bytes, unpacked."""
WHAT = "access token"


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """What an authorization server knows us as."""

    token_url: str
    client_id: str
    secret: Secret | None = None
    """None for a public client, as a person's own machine is one."""
    scope: str = ""
    audience: str = ""
    ca_file: str = ""
    """An authority to trust besides the system's. There is no way not to verify."""

    def parameters(self) -> dict[str, str]:
        """Return what narrows the token that is asked for."""
        wanted = {"scope": self.scope, "audience": self.audience}
        return {name: value for name, value in wanted.items() if value}

    def session(self) -> requests.Session:
        """Return a session for the token endpoint: no redirect, no `~/.netrc`."""
        session = open_session(Trust(ca_file=self.ca_file), Credential())
        session.hooks["response"] += [_refuse_outage, _refuse_flood]
        return session


class ClientCredentials(Renewed):
    """A machine's own identity: id and secret are exchanged for a token."""

    def __init__(self, client: Client, secret: Secret, wall: Callable[[], float]) -> None:
        super().__init__(f"the OAuth client {client.client_id} of {bare(client.token_url)}", wall)
        self._client = client
        self._secret = secret

    def fetch(self) -> Grant:
        """Ask the token endpoint."""
        client, secret = self._client, self._secret.read()
        self._secrets.add(secret)
        with translated(client.token_url, WHAT, at_most(TIMEOUT)), client.session() as session:
            exchange = OAuth2ClientCredentials(
                client.token_url,
                client.client_id,
                secret,
                timeout=TIMEOUT,
                session=session,
                **client.parameters(),
            )
            try:
                _, token, *rest = exchange.request_new_token()
            except InvalidGrantRequest as error:
                raise denied(self.source, Secrets([secret]).cut(str(error))) from None
            except (GrantNotProvided, JSONDecodeError, AttributeError):
                # The text of these errors is the whole answer, whatever it holds.
                raise nonsense(client.token_url) from None
        return granted(client.token_url, token, rest[0] if rest else None, self._wall())


def granted(url: str, token: object, lifetime: object, now: float) -> Grant:
    """Return what a token endpoint gave; `lifetime` is its `expires_in`, in seconds."""
    try:
        header = header_value(token if isinstance(token, str) else "", "the token")
    except ValueError:
        raise nonsense(url) from None
    try:
        expires = now + float(str(lifetime))
    except ValueError:  # none given: RFC 6749, section 5.1, only recommends it
        return Grant(header=header, expires=expiry_of(claims_of(header)))
    return Grant(header=header, expires=expires)


def denied(source: str, reason: str) -> Denied:
    """Return the error of an authorization server that gives no token."""
    msg = f"{source} is refused: {one_line(reason)}; check id, secret, scope and audience"
    return Denied(msg, status=UNAUTHORIZED, renewable=False)


def nonsense(url: str) -> NotUnderstood:
    """Return the error of an answer that holds no token."""
    return NotUnderstood(
        f"{bare(url)} answered without an access token: check that this is the token endpoint"
    )


def _refuse_outage(response: requests.Response, **_: Any) -> None:  # noqa: ANN401 - as requests calls it
    """Tell an endpoint that is out of order from one that says no, before the library reads it."""
    url, status = bare(response.url), response.status_code
    error: Unavailable | None = None
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        error = NotUnderstood(
            f"{url} answered {status}, a redirect: check that this is the token endpoint"
        )
    elif status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS:
        error = Unavailable(f"{url} answered {status} to the request for an {WHAT}")
    elif status == HTTPStatus.NOT_FOUND or "html" in response.headers.get("Content-Type", ""):
        error = nonsense(url)
    if error:
        response.close()
        raise error


def _refuse_flood(response: requests.Response, **_: Any) -> None:  # noqa: ANN401 - as above
    """Read the answer as far as one can go: `requests` would unpack and keep whatever comes."""
    body = response.raw.read(LARGEST_ANSWER + 1, decode_content=True)
    if len(body) > LARGEST_ANSWER:
        response.close()
        raise nonsense(response.url)
    response._content = body  # noqa: SLF001 - there is no other way to hand it on
