"""`--record`: a recording that is closed in every ending of a command."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from argogate.files import why_unwritable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from argogate.argo.recorder import Recorder


@contextmanager
def recording(
    path: Path | None, now: Callable[[], float], caution: Callable[[str], None]
) -> Iterator[Recorder | None]:
    """Yield a recorder, or None where none is wanted. Raises click.UsageError.

    A recording that fails is warned about and changes no exit code: it is no report.
    """
    if path is None:
        yield None
        return
    if why := why_unwritable(path):
        msg = f"--record {path} cannot be written: {why}; give another path"
        raise click.UsageError(msg)
    from argogate.argo.recorder import Recorder

    recorder = Recorder(path, datetime.now(UTC), now)
    try:
        yield recorder
    finally:
        try:
            recorder.close()
        except OSError as error:
            caution(f"the recording {path} could not be written: {error.strerror or error}")
