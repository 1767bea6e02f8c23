"""Reading much at once: half of what a large download costs is asking for more."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING, Any

from urllib3 import HTTPResponse
from urllib3.exceptions import ProtocolError

if TYPE_CHECKING:
    from collections.abc import Iterator

BLOCK = 1 << 20


def blocks(raw: object) -> Iterator[bytes | memoryview]:
    """Yield the body of a chunked answer; a block is the receiver's, to keep as long as it likes.

    So each has a buffer of its own. Were one filled again while somebody holds it, other bytes
    would be written than came, and their digest would agree with them.

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
