"""The recorded runs that come with the program."""

import json
from collections.abc import Mapping
from importlib.resources import files

from argo_replay.run import Run, parse


def scenarios() -> Mapping[str, tuple[Run, str]]:
    """Every shipped run by the name of its scenario, with one line that says what it shows."""
    found = {}
    for file in sorted((files("argo_replay") / "runs").iterdir(), key=lambda file: file.name):
        run = parse(json.loads(file.read_text(encoding="utf-8")))
        found[run.scenario] = (run, run.shows)
    return found
