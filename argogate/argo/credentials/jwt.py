"""What a token says of itself. It is read, not verified: only the server can tell if it is true."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

LATEST = 1e11
"""Seconds since 1970; what lies beyond is no time."""


def claims_of(header: str) -> dict[str, Any]:
    """Return the claims of the JWT in an `Authorization` header; nothing where it is none."""
    parts = header.rpartition(" ")[2].split(".")
    if len(parts) != 3:  # noqa: PLR2004 - header, payload, signature
        return {}
    payload = parts[1]
    try:
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}


def expiry_of(claims: Mapping[str, Any]) -> float | None:
    """Return the claim `exp`, in seconds since 1970 (RFC 7519, section 4.1.4)."""
    expires = claims.get("exp")
    if isinstance(expires, bool) or not isinstance(expires, int | float):
        return None
    return float(expires) if 0 < expires < LATEST else None
