"""How Go writes JSON, dates and workflows."""

import json
from datetime import datetime, timedelta
from typing import Any

from argo_replay.run import Object

# U+FFFD is what invalid UTF-8 became, which Go escapes too.
_ESCAPES = str.maketrans({char: f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029\ufffd"})


def encode(value: Any, *, sort: bool = False) -> bytes:  # noqa: ANN401 -- any JSON value
    """Write JSON as `encoding/json` does: no blanks, markup escaped; only maps are sorted."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=sort)
    return text.translate(_ESCAPES).encode("utf-8", "surrogatepass")


def http_date(moment: datetime, zone: str = "GMT") -> str:
    """An RFC 1123 date; rate-limit headers have the zone `UTC`, which strict parsers refuse."""
    return moment.strftime(f"%a, %d %b %Y %H:%M:%S {zone}")


def next_second(moment: datetime) -> datetime:
    """The end of the rate limiter's current window."""
    return moment.replace(microsecond=0) + timedelta(seconds=1)


def restore(workflow: Object) -> Object:
    """Put back the null times of status and nodes, which a run file leaves out."""
    if "status" not in workflow:
        return workflow
    status = _timed(workflow["status"])
    if "nodes" in status:
        status["nodes"] = {name: _timed(node) for name, node in status["nodes"].items()}
    return workflow | {"status": status}


def decode(workflow: Object, *, creation_time: bool) -> Object:
    """What a projected workflow is after a Go struct was filled with it: zero values reappear.

    Args:
        workflow: what is left of the workflow.
        creation_time: whether this version writes `creationTimestamp: null`, as all up to v4.0 do.
    """
    metadata = _filled(workflow.get("metadata", {}))
    if creation_time:
        metadata = {"creationTimestamp": None} | metadata
    spec = workflow.get("spec", {})
    spec = spec | {"arguments": spec.get("arguments", {})}
    if "templates" in spec:
        spec["templates"] = [
            {"inputs": {}, "outputs": {}, "metadata": {}} | template
            for template in spec["templates"]
        ]
    status = _filled(workflow.get("status", {}))
    if "nodes" in status:
        status |= {
            "nodes": {
                key: {"id": "", "name": "", "type": ""} | node
                for key, node in status["nodes"].items()
            }
        }
    return restore({"metadata": metadata, "spec": spec, "status": status})


def _filled(members: Object) -> Object:
    return {name: value for name, value in members.items() if value not in ({}, [])}


def _timed(timed: Object) -> Object:
    return {**timed, "startedAt": timed.get("startedAt"), "finishedAt": timed.get("finishedAt")}
