"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import secrets
import tempfile
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """Open a temporary file beside `path` that takes its name when the block ends well.

    Otherwise it is removed, and what bore the name before stays. A pipe or a device, such as
    /dev/stdout, is written to as it is. Raises OSError.
    """
    path = path.resolve()
    if _is_special(path):
        with path.open("wb") as stream:
            yield stream
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".argogate.{secrets.token_hex(8)}.part")
    try:
        with part.open("xb") as stream:
            yield stream
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that is there whole or not at all. Raises OSError."""
    with whole_file(path) as stream:
        stream.write(content)


def why_unwritable(path: Path) -> str:
    """Return why a file of this name could not be written here, or an empty string."""
    try:
        if path.is_dir():
            return "it is a directory"
        if _is_special(path):
            return "" if os.access(path, os.W_OK) else "permission denied"
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _is_special(path: Path) -> bool:
    """Whether it is there and neither file nor folder: to be replaced by nobody."""
    return path.exists() and not path.is_file() and not path.is_dir()
