"""What was meant to become a secret and did not: told before it is sent as one.

A server only says that it knows no such token, and whoever reads that looks for an expiry.
"""

from __future__ import annotations

import base64
import re

_UNFILLED = re.compile(
    r"\$[A-Z_][A-Z0-9_]{2,}"  # sh
    r"|\$env:\w+|\$\(.*\)|\$\{.*\}"  # PowerShell; Azure, make; sh, GitHub, Jenkins
    r"|%[A-Za-z_]\w*%|![A-Z_][A-Z0-9_]*!"  # cmd
    r"|\{\{.*\}\}",  # Argo, Helm, Jinja
    re.DOTALL,
)
"""A whole value like this: nobody chooses such a password."""
_NEVER_IN_A_TOKEN = re.compile(r"[$%(){}<>]")
"""Of what RFC 6750, section 2.1, and Argo's own `v2:…` rule out, only what such forms have."""
_PATH = re.compile(r"(?:/[\w.@~-]+){2,}|[A-Za-z]:[\\/].+", re.ASCII)
_NOTHING = re.compile(r"null|undefined|none|\*+", re.IGNORECASE)
"""What programs print where there is nothing, or where it is hidden."""
PLACEHOLDER = "a placeholder that nobody has filled in"
QUOTED = "a value with quotes around it; leave them away"
ENCODED = "a token in base64, as Secrets hold it; decode it (base64 -d)"
PATH = "the path of a file"


def unlike_a_secret(text: str) -> str:
    """Return what a value looks like that can be no password or key, or an empty string."""
    if _UNFILLED.fullmatch(text):
        return PLACEHOLDER
    if re.fullmatch("([\"'`]).*\\1", text, re.DOTALL):
        return QUOTED
    return ENCODED if _is_encoded_token(text) else ""


def unlike_a_token(text: str) -> str:
    """Return what a value looks like that can be no token, which has fewer characters."""
    if re.search("^[\"'`]|[\"'`]$", text):
        return QUOTED
    if _NOTHING.fullmatch(text) or _NEVER_IN_A_TOKEN.search(text):
        return PLACEHOLDER
    return unlike_a_secret(text) or (PATH if is_path(text) else "")


def is_path(text: str) -> bool:
    """Return whether a value is the path of a file, as a CI's variable of type File holds it.

    A token in base64 may begin with a slash too, but seldom has two and neither `+` nor `=`.
    """
    return bool(_PATH.fullmatch(text))


def _is_encoded_token(text: str) -> bool:
    """Return whether this is the base64 of a JWT, which itself begins with that of `{"`."""
    packed = "".join(text.split()).rstrip("=").encode("ascii", "replace")
    try:
        inner = base64.b64decode(packed + b"=" * (-len(packed) % 4), altchars=b"-_")
    except ValueError:
        return False
    return bool(re.fullmatch(rb"\s*(?:[Bb]earer\s+)?eyJ[\w-]*\.[\w-]+\.[\w-]*\s*", inner))
