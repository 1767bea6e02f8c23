"""A file for each output: results of a Tekton task, and what Argo reads by `valueFrom`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from argogate.files import write_whole
from argogate.reports.outputs import EMPTY, OUTPUTS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MOST_BYTES = 3000
"""Tekton hands on 4096 bytes of a task, marks and names among them, and fails it above that."""


def fill(folder: Path, values: Mapping[str, str]) -> str:
    """Write every output; return why that is impossible, or nothing."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, value in fitting(values).items():
            write_whole(folder / name, value.encode(errors="replace"))
    except OSError as error:
        return f"--output-files {folder} cannot be written: {error.strerror or error}"
    return ""


def fitting(values: Mapping[str, str]) -> Mapping[str, str]:
    """Return all names; a value that is too long beside those before it is as if there were none.

    What is JSON comes last, as it is the longest, and no reader needs it to decide.
    """
    found = {name: values.get(name, "") for name in OUTPUTS}
    room = MOST_BYTES
    for name in sorted(found, key=lambda name: EMPTY[name]):
        size = len(json.dumps(found[name]))
        if size > room:
            found[name] = EMPTY[name]
        room -= min(size, room)
    return found
