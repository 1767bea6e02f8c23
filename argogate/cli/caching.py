"""`--cache-dir`: where documents of finished runs are kept, and whether they are."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from argogate.argo.api import ArgoServer
from argogate.cli.options.connection import NO_CACHE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from argogate.argo.session import Transport


def asked(
    transport: Transport,
    cache_dir: str | None,
    environ: Mapping[str, str],
    caution: Callable[[str], None],
) -> ArgoServer:
    """Return the server to ask, with a cache where there is to be one.

    `caution` is told why a folder that was asked for is not used, and what it is of no use for.
    """
    place = folder(cache_dir, environ)
    if place is None:
        return ArgoServer(transport)
    from argogate.argo.cache import Cache, Remembering

    cache = Cache(place, transport.address.url, time.time)
    if cache_dir is not None and (why := cache.why_unused()):
        caution(f"--cache-dir {place} is not used: {why}")
    return Remembering(transport, cache, caution)


def folder(cache_dir: str | None, environ: Mapping[str, str]) -> Path | None:
    """Return where documents are kept; None where they are not."""
    if cache_dir is not None:
        return None if cache_dir in {"", NO_CACHE} else Path(cache_dir)
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
