"""The recorded runs that come with the program."""

import json
from collections.abc import Mapping
from importlib.resources import as_file, files
from pathlib import Path

from argogate.demo.run import Run, parse


def scenarios() -> Mapping[str, tuple[Run, str]]:
    """Every shipped run by the name of its scenario, with one line that says what it shows."""
    found = {}
    with as_file(files("argogate.demo") / "runs") as directory:
        for path in sorted(Path(directory).glob("*.json")):
            run = parse(json.loads(path.read_text(encoding="utf-8")))
            found[run.scenario] = (run, run.shows)
    return found
