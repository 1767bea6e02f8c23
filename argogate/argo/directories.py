"""What the server says of an artifact that is a directory, or that is not there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from argogate.errors import ArgoError, Impossible, NotFound, NotUnderstood, Unavailable

if TYPE_CHECKING:
    from argogate.argo.answers import Answer

LISTING = b"<html><body><ul>"
"""How the server begins one (server/artifacts/artifact_server.go:466-498)."""
UP = ".."
CLOSED = "closed without an answer"
TEMPORARY_REDIRECT = 307
NOT_FOUND, INTERNAL_ERROR = 404, 500
ASTRAY = r"answered 404: (an HTML page|default backend|404 page not found)"
"""How nginx, the default backend of Kubernetes, and Traefik have nothing of a name."""
DIRECTORY = r"failed to stream artifact: .*: is a directory\b"


def directory_of(error: Unavailable) -> Impossible | None:
    """Return what an error means where the artifact is a directory in Google Cloud Storage.

    For this storage the server knows no directories before it tries to read one as a file
    (workflow/artifacts/gcs/gcs.go); listing it and reading its files works as for any other.
    """
    if error.status == INTERNAL_ERROR and re.search(DIRECTORY, error.message):
        return Impossible(error.message)
    return None


def is_missing(error: ArgoError) -> bool:
    """Return whether an error says that nothing is there, and not only that nobody knows the way.

    The artifact routes say `Not Found` and no more. An ingress whose server is away says 404 too.
    """
    if isinstance(error, Unavailable):
        return error.status == NOT_FOUND and not re.search(ASTRAY, error.message)
    return isinstance(error, NotFound)


def is_away(error: ArgoError) -> bool:
    """Return whether an error of the archive's route leaves open whether something is there.

    A plain 500 is a server without an archive; one that closes the connection without an answer
    fell over a uid that it does not know (releases up to 3.7.15 and 4.0.6).
    """
    if not isinstance(error, Unavailable) or is_missing(error):
        return False
    return error.status != INTERNAL_ERROR and CLOSED not in error.message


def leads_to_index(answer: Answer) -> bool:
    """Whether it sends to the `index.html` of a folder, instead of listing it."""
    return answer.status == TEMPORARY_REDIRECT and answer.headers.get("Location", "").endswith(
        "/index.html"
    )


def entries_in(answer: Answer) -> tuple[str, ...]:
    """Return the names that a listing shows. Raises NotUnderstood where it is none.

    The text tells the name; the address of a link is escaped, and how depends on the release.
    """
    if not answer.body.startswith(LISTING):
        msg = f"{answer.url} answered with a web page instead of a listing of the {answer.what}"
        raise NotUnderstood(msg)
    from argogate.argo.listing import Links  # noqa: PLC0415 - few waits read a directory

    parser = Links()
    parser.feed(answer.body.decode("utf-8", "replace"))
    parser.close()
    return tuple(name for name in parser.names if name != UP)
