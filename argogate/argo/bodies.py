"""Bodies of answers, read as they arrive: in chunks, or in blocks where they are large."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING, Any, TypeVar

from urllib3 import HTTPResponse
from urllib3.exceptions import DecodeError, ProtocolError
from urllib3.response import GzipDecoderState

from argogate import spell
from argogate.argo.failures import bare, translated
from argogate.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    import requests

    from argogate.argo.deadline import Deadline

Piece = TypeVar("Piece", bytes, bytes | memoryview)

LARGEST_DOCUMENT = 1 << 28
"""Bytes of one JSON answer, unpacked; the server itself sends 100 MiB (GRPC_MESSAGE_SIZE)."""
ASKED_FOR = "gzip, deflate"
"""How a body may be compressed: others are only understood, if at all, where more is installed."""
KNOWN_CODINGS = frozenset({"gzip", "x-gzip", "deflate", "identity", ""})
CHUNK = 1 << 18
BLOCK = 1 << 20
"""Bytes: half of what a large download costs is asking for more."""


def whole(response: requests.Response, what: str, deadline: Deadline) -> bytes:
    """Return a body that is a document. Raises Unavailable."""
    body = bytearray()
    try:
        for chunk in chunks(response, what, deadline.timeout):
            body += chunk
            if len(body) > LARGEST_DOCUMENT:
                raise _endless(response, body)
    except Unavailable as error:
        if body and deadline.is_over:
            raise _endless(response, body) from error
        raise
    return bytes(body)


def chunks(response: requests.Response, what: str, timeout: float) -> Iterator[bytes]:
    """Yield the body as it arrives; `iter_content` would wait for CHUNK bytes however they drip."""
    with translated(response.url, what, timeout):
        _refuse_unknown_coding(response)
        while chunk := response.raw.read1(CHUNK, decode_content=True):
            yield chunk
        if response.raw.tell() and any(map(_lacks_end, _decoders(response.raw))):
            msg = "Connection broken: what was compressed on the way has no end"
            raise ProtocolError(msg)


def blocks(response: requests.Response, what: str, timeout: float) -> Iterator[bytes | memoryview]:
    """Yield the body of a large, chunked answer; a block is the receiver's, to keep for ever."""
    with translated(response.url, what, timeout):
        yield from _unpacked(response.raw)


def in_time(
    pieces: Iterator[Piece], what: str, deadline: Deadline, limit: float | None
) -> Iterator[Piece]:
    """Yield the pieces; tell time that is over as a whole from a pause."""
    try:
        yield from pieces
    except Unavailable as error:
        if limit is None or not deadline.is_over:
            raise
        msg = f"the {what} did not end within {spell.duration(limit)}"
        raise Unavailable(msg) from error


def _refuse_unknown_coding(response: requests.Response) -> None:
    """Raise for a body that was compressed as nobody asked for: urllib3 leaves it so."""
    codings = response.headers.get("Content-Encoding", "identity").lower().split(",")
    if unknown := [word for coding in codings if (word := coding.strip()) not in KNOWN_CODINGS]:
        msg = f"the answer is encoded as {unknown[0]}, which was not asked for"
        raise DecodeError(msg)


def _decoders(raw: Any) -> list[Any]:  # noqa: ANN401 - of urllib3, or one that records it
    """Return what inflates the body; urllib3 itself never looks whether it came to an end."""
    decoder = raw._decoder  # noqa: SLF001 - it has no other name
    return getattr(decoder, "_decoders", [decoder])


def _lacks_end(decoder: Any) -> bool:  # noqa: ANN401 - no type of it is public
    """Whether a stream in a body was cut off; what stands behind a whole one is left alone."""
    if getattr(decoder, "_state", None) == GzipDecoderState.SWALLOW_DATA:
        return False
    return not getattr(getattr(decoder, "_obj", None), "eof", True)


def _unpacked(raw: object) -> Iterator[bytes | memoryview]:
    """Yield the body of a chunked answer, each block in a buffer of its own.

    Were one filled again while somebody holds it, other bytes would be written than came, and
    their digest would agree with them.

    It is http.client that takes the chunks apart, and tells one that was cut off; on the way
    through urllib3 every chunk would be copied twice more. An answer that is being recorded
    takes that way. Raises urllib3's errors, OSError.
    """
    if not isinstance(raw, HTTPResponse):
        recorded: Any = raw
        yield from recorded.stream(BLOCK, decode_content=True)
        return
    source: Any = raw._original_response  # noqa: SLF001 - as requests itself does for cookies
    try:
        while size := source.readinto(block := memoryview(bytearray(BLOCK))):
            yield block[:size]
    except http.client.HTTPException as error:
        msg = f"Connection broken: {error!r}"
        raise ProtocolError(msg, error) from error
    raw.release_conn()


def _endless(response: requests.Response, body: bytearray) -> Unavailable:
    size = spell.size(len(body))
    body.clear()  # which the error's traceback would hold for as long as the outage is remembered
    return Unavailable(f"{bare(response.url)} sent {size} and no end of it")
