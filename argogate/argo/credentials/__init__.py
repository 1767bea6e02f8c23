"""Where credentials come from. A secret never shows in `repr`, a message or a traceback.

What needs a library of its own (OAuth, the identity of a CI job) is imported from its module.
"""

from argogate.argo.credentials.base import Credential, Grant, Renewed
from argogate.argo.credentials.headers import Header, WithHeaders, parse_header
from argogate.argo.credentials.secret import LARGEST_SECRET, Secret, exposure
from argogate.argo.credentials.token import Asked, Basic, Token, TokenFile, header_value

__all__ = [
    "LARGEST_SECRET",
    "Asked",
    "Basic",
    "Credential",
    "Grant",
    "Header",
    "Renewed",
    "Secret",
    "Token",
    "TokenFile",
    "WithHeaders",
    "exposure",
    "header_value",
    "parse_header",
]
