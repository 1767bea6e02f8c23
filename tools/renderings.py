"""Every rendering of every recorded run, as files: `python -m tools.renderings FOLDER`.

Two folders, made before and after a change, say with `diff -r` what it changed for readers.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from argogate.ci.github import GitHub
from argogate.reports.formats import Format, render
from argogate.reports.outputs import outputs
from argogate.reports.text import render_name, render_text
from argogate.verdict.suites import make_report
from tests.harness import Play, recorded
from tests.recorded_runs import PATIENCE, everything

if TYPE_CHECKING:
    from argogate.verdict.conclusion import Verdict


PORT = re.compile(rb"127\.0\.0\.1(:|&#58;)\d+")
"""Of the server that played the run: another one each time."""


def renderings(verdict: Verdict) -> dict[str, bytes]:
    """Return what each way of telling makes of a verdict, by the name of a file."""
    report = make_report(verdict)
    found = {f"{form}": render(form, report, str(form)) for form in Format}
    found["parameters.env"] = render(Format.PARAMETERS, report, "parameters.env")
    found["text"] = render_text(report).encode()
    found["name"] = render_name(report).encode()
    found["outputs"] = "".join(f"{k}={v}\n" for k, v in outputs(report).items()).encode()
    marks = GitHub(output=None, summary=None).marks(report)
    found["marks"] = "".join(f"{line}\n" for line in marks).encode()
    return found


def main(folder: Path) -> None:
    """Write the renderings, a folder for each run and workflow."""
    for run, name in everything():
        verdict = Play(run=recorded(run), names=[name], limits=PATIENCE).play().verdict
        place = folder / run / name
        place.mkdir(parents=True, exist_ok=True)
        for file, content in renderings(verdict).items():
            (place / file).write_bytes(PORT.sub(b"127.0.0.1:0", content))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
