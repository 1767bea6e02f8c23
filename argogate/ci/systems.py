"""Which CI system runs us: a new one is a file beside this and a line here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from argogate.ci.plain import Plain

if TYPE_CHECKING:
    from collections.abc import Mapping

BUILDKITE_STEP = ("BUILDKITE_STEP_ID", "BUILDKITE_PARALLEL_JOB")


def detected(environ: Mapping[str, str], epoch: int = 0) -> Plain:
    """Return the system by the variable that it sets; `epoch` is the time in whole seconds."""
    if environ.get("GITHUB_ACTIONS") == "true":
        from argogate.ci.github import GitHub  # noqa: PLC0415 - loaded where it is needed

        return GitHub(output=_file(environ, "OUTPUT"), summary=_file(environ, "STEP_SUMMARY"))
    if environ.get("GITLAB_CI") == "true":
        from argogate.ci.gitlab import sections  # noqa: PLC0415 - loaded where it is needed

        return sections(epoch)
    if environ.get("TF_BUILD") == "True":
        from argogate.ci.azure import Azure  # noqa: PLC0415 - as above

        return Azure(summary=_summary(environ))
    if environ.get("TEAMCITY_VERSION"):
        from argogate.ci.teamcity import TeamCity  # noqa: PLC0415 - as above

        return TeamCity()
    if environ.get("BUILDKITE") == "true":
        from shutil import which  # noqa: PLC0415 - as above

        from argogate.ci.buildkite import Buildkite  # noqa: PLC0415 - as above

        return Buildkite(
            agent=which("buildkite-agent", path=environ.get("PATH", "")) or "",
            step="/".join(environ.get(name, "") for name in BUILDKITE_STEP),
        )
    return Plain()  # Jenkins, CircleCI, Bitbucket …: they read the log, the files, the exit code


def _file(environ: Mapping[str, str], name: str) -> Path | None:
    path = environ.get(f"GITHUB_{name}")
    return Path(path) if path else None


def _summary(environ: Mapping[str, str]) -> Path | None:
    """Return a file that the agent reads when the step is over; its name is shown as a title."""
    from secrets import token_hex  # noqa: PLC0415 - as above

    folder = environ.get("AGENT_TEMPDIRECTORY")
    return Path(folder) / f"argogate-{token_hex(4)}.md" if folder else None
