"""Where the reports go, and what becomes of those that lie there from an earlier run."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import click

from argogate.cli.command import Command
from argogate.errors import Interrupted
from argogate.files import same_place, why_unwritable
from argogate.publishing import Reports, forget
from argogate.reports.formats import Format
from argogate.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

STEP_SUMMARY = "GITHUB_STEP_SUMMARY"
OF_THE_CI = (STEP_SUMMARY, *(f"GITHUB_{name}" for name in ("OUTPUT", "ENV", "PATH", "STATE")))
"""Files to which all steps of a job append."""
STDIN = "/dev/stdin"
"""By this path a system tells which file it is, where it is one."""

NO_FILE = "it is no file's name, and stdout is /dev/stdout"

_HEADER_FILE = r"[^=:]+[=:]\s*@(.+)"


@dataclass(frozen=True, kw_only=True)  # of two bases only one can have slots
class ReportFiles:
    """The options of a command that writes reports: which go where."""

    junit: Path | None
    html: Path | None
    summary: Path | None
    result: Path | None
    dotenv: Path | None
    dotenv_prefix: str
    annotations: Path | None
    parameters: Path | None


class Reporting(Command):
    """A command with reports: a refused one leaves none of an earlier run, which may be green."""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,  # noqa: ANN401 - click's signature
    ) -> click.Context:
        """Read the options. Where one is refused, the others still say which files are meant."""
        words = list(args)
        try:
            return super().make_context(info_name, args, parent, **extra)
        except click.UsageError:
            self.forget(words)
            raise

    def forget(self, words: list[str]) -> None:
        """Remove what is named as a report in words that cannot all be understood."""
        lenient: dict[str, Any] = {"resilient_parsing": True, "ignore_unknown_options": True}
        self._forget(super().make_context(self.name, words, **lenient).params)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's signature
        """Run the command; a signal that ends it before it has anything to report is a refusal."""
        try:
            return super().invoke(ctx)
        except (click.UsageError, Interrupted):
            self._forget(ctx.params)
            raise

    def _forget(self, given: Mapping[str, Any]) -> None:
        with suppress(OSError):
            taken = _read_or_shared(given, self.params)
            paths = [path for _, path in _named(given) if same_place(path) not in taken]
            forget([*paths, *_outputs_below(given.get("output_files"))])


def reports_of(ctx: click.Context) -> Reports:
    """Return which report goes where; of an earlier run nothing is left there.

    Raises click.UsageError for what cannot be written, or would destroy something.
    """
    given = ctx.params
    try:
        taken = _read_or_shared(given, ctx.command.params)
        for option, path in _outputs(given):
            if why := NO_FILE if str(path) == "-" else why_unwritable(path):
                msg = f"{option} {path} cannot be written: {why}; give another path"
                raise click.UsageError(msg)
            place = same_place(path)
            if place in taken:
                msg = f"{option} {path} would replace {taken[place]}; give another path"
                raise click.UsageError(msg)
            taken[place] = f"what {option} writes"
    except OSError as error:
        msg = f"the reports cannot be written here: {error.strerror or error}"
        raise click.UsageError(msg) from error
    paths = {report: path for report, path in _named(given) if not is_step_summary(path)}
    forget(paths.values())
    return Reports(paths=paths, prefix=given["dotenv_prefix"])


def places_below(folder: Path, given: Mapping[str, Any]) -> tuple[PurePosixPath, ...]:
    """Return where in a folder reports go: there is no room for anything else."""
    root = os.path.realpath(folder)
    places = (Path(same_place(path)) for _, path in _outputs(given))
    within = (place.relative_to(root) for place in places if place.is_relative_to(root))
    return tuple(PurePosixPath(place.as_posix()) for place in within)


def is_step_summary(path: Path | None) -> bool:
    """Whether it is the page to which the summary is added anyway."""
    page = os.environ.get(STEP_SUMMARY)
    return bool(path and page) and same_place(Path(str(path))) == same_place(Path(str(page)))


def _outputs_below(folder: Path | None) -> Iterator[Path]:
    """Yield what an earlier run may have left there: nothing else is touched."""
    if folder:
        from argogate.reports.outputs import OUTPUTS

        yield from (folder / name for name in OUTPUTS)


def _named(given: Mapping[str, Any]) -> Iterator[tuple[Format, Path]]:
    for report in Format:
        if path := given.get(report.value):
            yield report, path


def _outputs(given: Mapping[str, Any]) -> Iterator[tuple[str, Path]]:
    for report, path in _named(given):
        if not is_step_summary(path):
            yield f"--{report}", path
    if record := given.get("record"):
        yield "--record", record


def _read_or_shared(
    given: Mapping[str, Any], parameters: Sequence[click.Parameter]
) -> dict[str, str]:
    """Return places that no report may take, and what is there. Raises OSError."""
    found = dict(_read(given, parameters))
    for header in given.get("headers") or ():
        if match := re.fullmatch(_HEADER_FILE, header):
            found[match[1]] = "what --header reads"
    if os.path.isfile(STDIN):  # noqa: PTH113 - which never raises
        found[os.path.realpath(STDIN)] = "what is read on stdin"
    for name in OF_THE_CI:
        if path := os.environ.get(name):
            found[path] = f"the file of {name}"
    places = {}
    for path, what in found.items():
        places[same_place(Path(path))] = places[os.path.realpath(path)] = what
    return places


def _read(
    given: Mapping[str, Any], parameters: Sequence[click.Parameter]
) -> Iterator[tuple[str, str]]:
    """Yield paths from which the command reads, and what is there."""
    for parameter in parameters:
        if isinstance(parameter.type, click.Path) and (value := given.get(str(parameter.name))):
            if isinstance(parameter, click.Argument):
                yield from ((str(path), "a file that is read") for path in value)
            elif parameter.type.exists:
                yield str(value), f"what {parameter.opts[0]} reads"
