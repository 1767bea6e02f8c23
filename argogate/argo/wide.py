"""Reading much at once: half of what a large download costs is asking for more."""

from __future__ import annotations

import http.client
from itertools import cycle
from typing import TYPE_CHECKING, Any

from urllib3 import HTTPResponse
from urllib3.exceptions import ProtocolError

if TYPE_CHECKING:
    from collections.abc import Iterator

BLOCK = 1 << 20


def blocks(raw: object) -> Iterator[bytes | memoryview]:
    """Yield the body of a chunked answer, read into two buffers in turn.

    It is http.client that takes the chunks apart, and tells one that was cut off; on the way
    through urllib3 every chunk would be copied twice more. An answer that is being recorded
    takes that way. Raises urllib3's errors, OSError.
    """
    if not isinstance(raw, HTTPResponse):
        recorded: Any = raw
        yield from recorded.stream(BLOCK, decode_content=True)
        return
    source: Any = raw._original_response  # noqa: SLF001 - as requests itself does for cookies
    buffers = cycle([memoryview(bytearray(BLOCK)) for _ in range(2)])
    try:
        while size := source.readinto(block := next(buffers)):
            yield block[:size]
    except http.client.HTTPException as error:
        msg = f"Connection broken: {error!r}"
        raise ProtocolError(msg, error) from error
    raw.release_conn()
