"""Which CI system runs us: a new one is a file beside this and a line here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from argogate.ci.plain import Plain

if TYPE_CHECKING:
    from collections.abc import Mapping


def detected(environ: Mapping[str, str], epoch: int = 0) -> Plain:
    """Return the system by the variable that it sets; `epoch` is the time in whole seconds."""
    if environ.get("GITHUB_ACTIONS") == "true":
        from argogate.ci.github import GitHub  # noqa: PLC0415 - loaded where it is needed

        return GitHub(output=_file(environ, "OUTPUT"), summary=_file(environ, "STEP_SUMMARY"))
    if environ.get("GITLAB_CI") == "true":
        from argogate.ci.gitlab import sections  # noqa: PLC0415 - loaded where it is needed

        return sections(epoch)
    return Plain()  # Jenkins, Buildkite, Tekton …: they read the log, the files, the exit code


def _file(environ: Mapping[str, str], name: str) -> Path | None:
    path = environ.get(f"GITHUB_{name}")
    return Path(path) if path else None
