"""`--cache-dir`: where documents of finished runs are kept, and whether they are."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from argogate.argo.api import ArgoServer
from argogate.cli.options.declare import option, stacked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from argogate.argo.session import Transport

OFF = "none"

CACHE = stacked(
    "Connection",
    option(
        "--cache-dir",
        metavar="DIR",
        help="Folder in which whole documents of finished runs are kept, trusted only after a "
        f"small look agrees; '{OFF}' keeps nothing.  [default: at a terminal that of the system, "
        "in CI none]",
    ),
)


def asked(transport: Transport, cache_dir: str | None, environ: Mapping[str, str]) -> ArgoServer:
    """Return the server to ask, with a cache where there is to be one."""
    place = folder(cache_dir, environ)
    if place is None:
        return ArgoServer(transport)
    from argogate.argo.cache import Cache, Remembering

    return Remembering(transport, Cache(place, transport.address.url, time.time))


def folder(cache_dir: str | None, environ: Mapping[str, str]) -> Path | None:
    """Return where documents are kept; None where they are not."""
    if cache_dir is not None:
        return None if cache_dir in {"", OFF} else Path(cache_dir)
    if environ.get("CI") or not sys.stderr.isatty():
        return None
    return _of_the_system(environ)


def _of_the_system(environ: Mapping[str, str]) -> Path | None:
    """Return where programs keep what can be had again, on this system."""
    local, home = environ.get("LOCALAPPDATA", ""), environ.get("HOME", "")
    if sys.platform == "win32":
        return Path(local, "argogate", "Cache") if local else None
    if not home:
        return None
    if sys.platform == "darwin":
        return Path(home, "Library", "Caches", "argogate")
    given = environ.get("XDG_CACHE_HOME", "")
    # By its specification a relative path is to be ignored.
    return Path(given if Path(given).is_absolute() else Path(home, ".cache")) / "argogate"
