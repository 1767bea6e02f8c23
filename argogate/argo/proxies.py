"""Which proxy a request takes: HTTPS_PROXY and its kin, and NO_PROXY as Go reads it.

Argo's own client and kubectl read it so, and whoever sets these variables has tried them there.
`requests` sends loopback through a proxy, and knows neither `*.corp` nor networks of IPv6.
"""

from __future__ import annotations

import ipaddress
import os
from urllib.parse import urlsplit
from urllib.request import (  # noqa: TID251 - where `requests` finds them too; nothing is asked
    getproxies,
    getproxies_environment,
    proxy_bypass,
)

from argogate.argo.address import as_ip, is_loopback

PORTS = {"http": 80, "https": 443}


def port_of(url: str) -> int:
    """Return the port of a URL, which may be the one of its scheme."""
    parts = urlsplit(url)
    return parts.port or PORTS[parts.scheme]


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
