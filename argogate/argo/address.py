"""Where the Argo Server is: `host:port` as argo writes it, or a URL."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import quote, urlsplit

from argogate.values import dataclass

_PAGE = re.compile(
    r"/(?:(?:archived-|cron-)?workflows|workflow-templates)/[^/]+/[^/]+/?$"
    r"|/cluster-workflow-templates/[^/]+/?$"
)
"""Where the UI shows one thing; a base path never ends so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """The server's base URL, without a slash at its end."""

    url: str
    hidden: bool = False
    """Whether nobody can open it: the server is reached by a way of the gate's own."""

    @property
    def host(self) -> str:
        """The host without port and brackets."""
        return urlsplit(self.url).hostname or ""

    @property
    def encrypted(self) -> bool:
        """Whether TLS protects the token on its way."""
        return self.url.startswith("https://")

    @property
    def loopback(self) -> bool:
        """Whether the server is on this very machine."""
        return is_loopback(self.host)

    def refuse_exposure(self, permission: str) -> None:
        """Raise ValueError where a token would be shown to everybody on the way.

        `permission` says what to write where that is meant.
        """
        if not self.encrypted and not self.loopback:
            msg = (
                f"{self.url} is plain HTTP and would show the token to everybody on the way; "
                f"use https://, or say {permission} if that is meant"
            )
            raise ValueError(msg)

    def page_of(self, namespace: str, name: str, ui_url: str = "") -> str:
        """Return the page of a workflow in the Argo UI; nothing where nobody can open it."""
        if self.hidden and not ui_url:
            return ""
        base = ui_url.rstrip("/") or self.url
        return f"{base}/workflows/{quote(namespace, safe='')}/{quote(name, safe='')}"


def is_loopback(host: str) -> bool:
    """Return whether a host, as a URL names it, is this very machine."""
    address = as_ip(host)
    return host.lower() == "localhost" if address is None else address.is_loopback


def as_ip(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return a host as an address, IPv4 in the guise of IPv6 as the former; None for a name."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def parse_address(
    text: str, *, secure: bool = True, base_href: str = "", what: str = "the server address"
) -> Address:
    """Read `host:port`, `[::1]:2746` or a URL.

    A bare host gets `https`, or `http` where `secure` is false (argo's own `ARGO_SECURE`).
    `what` says whose it is. Raises ValueError with one sentence that says what is wrong.
    """
    given = text.strip()
    if "@" in given:  # before any message shows the text
        msg = f"{what} holds a user name or password; give credentials by ARGO_TOKEN"
        raise ValueError(msg)
    if "://" not in given:
        given = f"{'https' if secure else 'http'}://{given}"
    host, colon, _ = given.partition("://")[2].partition("/")[0].rpartition(":")
    if colon and ":" in host and "[" not in host:
        msg = f"{what} {text!r} is of IPv6; write it in brackets, as [::1]:2746"
        raise ValueError(msg)
    try:
        parts = urlsplit(given)
        port = parts.port
    except ValueError as error:
        reason = "its port is no number up to 65535" if "Port" in str(error) else error
        msg = f"{what} {text!r} cannot be read: {reason}"
        raise ValueError(msg) from error
    if parts.scheme not in {"http", "https"}:
        msg = f"{what} {text!r} begins with {parts.scheme}://, not http:// or https://"
        raise ValueError(msg)
    if not parts.hostname or port == 0 or " " in given or not given.isprintable():
        msg = f"{what} {text!r} names no host; write host:port or https://host"
        raise ValueError(msg)
    if page := _PAGE.search(parts.path):
        base = f"{parts.scheme}://{parts.netloc}{parts.path[: page.start()]}"
        msg = f"{what} is that of a page of the UI; write {base}"
        raise ValueError(msg)
    if parts.query or parts.fragment:
        msg = f"{what} holds a query or fragment; give the bare address"
        raise ValueError(msg)
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    path = "/".join(filter(None, (parts.path.strip("/"), base_href.strip("/"))))
    return Address(
        url=f"{parts.scheme}://{host}"
        + (f":{port}" if port else "")
        + (f"/{quote(path, safe='/%')}" if path else ""),
    )
