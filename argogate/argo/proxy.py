"""Which proxy a request takes: HTTPS_PROXY and its kin, and NO_PROXY as Go reads it.

Argo's own client and kubectl read it so, and whoever sets these variables has tried them there.
`requests` sends loopback through a proxy, and knows neither `*.corp` nor networks of IPv6.
"""

from __future__ import annotations

import base64
import ipaddress
import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import (  # noqa: TID251 - where `requests` finds them too; nothing is asked
    getproxies,
    getproxies_environment,
    proxy_bypass,
)

from requests.utils import get_auth_from_url

from argogate.argo.address import as_ip, is_loopback
from argogate.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping

PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """A forward proxy."""

    url: str
    """Without user and password."""
    host: str
    port: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What it wants to see before it opens a tunnel."""

    @property
    def encrypted(self) -> bool:
        """Whether it is spoken to over TLS itself."""
        return self.url.startswith("https://")


def proxy_of(url: str) -> Proxy | None:
    """Return the proxy that a request takes, as HTTPS_PROXY, NO_PROXY and their kin say.

    Raises ValueError for one that cannot be used; the text holds no password.
    """
    given = proxy_for(url)
    if not given:
        return None
    whole = given if "://" in given else f"http://{given}"
    try:
        parts = urlsplit(whole)
        port = port_of(whole)
    except (ValueError, KeyError):
        parts, port = urlsplit(""), 0
    if not parts.hostname:
        msg = (
            "the proxy of the environment cannot be used (SOCKS is not supported); "
            "check HTTPS_PROXY and ALL_PROXY"
        )
        raise ValueError(msg)
    user, password = get_auth_from_url(whole)
    secret = base64.b64encode(f"{user}:{password}".encode()).decode()
    return Proxy(
        url=f"{parts.scheme}://{parts.hostname}:{port}",
        host=parts.hostname,
        port=port,
        headers={"Proxy-Authorization": f"Basic {secret}"} if user else {},
    )


def proxy_for(url: str) -> str:
    """Return the proxy of the environment for this URL as it is written there, or nothing."""
    proxies = getproxies()
    parts = urlsplit(url)
    given = proxies.get(parts.scheme) or proxies.get("all") or ""
    host = parts.hostname or ""
    if not given or is_loopback(host):
        return ""
    if not getproxies_environment():  # the settings of a desktop have exceptions of their own
        return "" if proxy_bypass(host) else given
    return "" if excepted(host, port_of(url), _exceptions()) else given


def _exceptions() -> str:
    """Return the variable that Go reads; Python's own reader prefers small letters, even empty."""
    environ = os.environ  # noqa: TID251 - where `requests` finds the proxies too
    return environ.get("NO_PROXY") or environ.get("no_proxy") or ""


def excepted(host: str, port: int, exceptions: str) -> bool:
    """Return whether NO_PROXY names this host: itself, a domain, an address or a network.

    The rules are those of golang.org/x/net/http/httpproxy: `corp.test` means the name and all
    below it, `.corp.test` and `*.corp.test` only what is below, `*` everything, and all but a
    network may be followed by a port.
    """
    entries = (entry.strip().lower() for entry in exceptions.split(","))
    return any(_names(entry, host.lower(), port) for entry in entries if entry)


def _names(entry: str, host: str, port: int) -> bool:
    if entry == "*":
        return True
    address = as_ip(host)
    if "/" in entry:
        return address is not None and _holds(entry, address)
    name, wanted = _parted(entry)
    if wanted and wanted != str(port):
        return False
    if (own := as_ip(name)) is not None:
        return own == address
    domain = name.removeprefix("*") if name.startswith("*.") else name
    if not domain or address is not None:
        return False
    return host.endswith(domain) if domain.startswith(".") else f".{host}".endswith(f".{domain}")


def _parted(entry: str) -> tuple[str, str]:
    """Return name and port of an entry, which may be `[::1]:80`, `::1`, `name:80` or `name`."""
    if as_ip(entry) is not None:
        return entry, ""
    name, colon, port = entry.rpartition(":")
    if not colon or "]" in port:
        return entry.strip("[]"), ""
    return name.strip("[]"), port


def _holds(network: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    try:
        return address in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False


def port_of(url: str) -> int:
    """Return the port of a URL, which may be the one of its scheme."""
    parts = urlsplit(url)
    return parts.port or PORTS[parts.scheme]
