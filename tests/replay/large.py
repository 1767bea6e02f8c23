"""A workflow with as many leaves as wanted, after the recorded one with a thousand."""

from dataclasses import replace
from pathlib import Path

from argo_replay.run import Change, Run, load, merge

_RECORDED = Path(__file__).parent.parent / "runs" / "large-1000.json"


def large(leaves: int) -> Run:
    """The recorded run, with its leaves repeated up to that number, at its end."""
    run = load(_RECORDED)
    ((name, changes),) = run.workflows.items()
    end = changes[-1].object
    assert end is not None
    nodes = end["status"]["nodes"]
    templates = [key for key, node in nodes.items() if node["type"] == "Suspend"]
    more = {}
    for number in range(leaves - len(templates)):
        key = f"{name}-{number}"
        node = nodes[templates[number % len(templates)]]
        more[key] = node | {"id": key, "name": f"{node['name']}.{number}"}
    grown = merge(end, {"status": {"nodes": more}})
    return replace(run, workflows={name: (*changes[:-1], Change(at=changes[-1].at, object=grown))})
