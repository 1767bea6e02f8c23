"""Where credentials come from. A secret never shows in `repr`, a message or a traceback.

What needs a library of its own (OAuth, the identity of a CI job) or is seldom asked for (headers)
is imported from its module.
"""

from argogate.argo.credentials.base import Credential, Grant, Renewed
from argogate.argo.credentials.secret import LARGEST_SECRET, Secret, exposure
from argogate.argo.credentials.token import Asked, Basic, Token, TokenFile, header_value

__all__ = [
    "LARGEST_SECRET",
    "Asked",
    "Basic",
    "Credential",
    "Grant",
    "Renewed",
    "Secret",
    "Token",
    "TokenFile",
    "exposure",
    "header_value",
]
