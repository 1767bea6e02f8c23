"""The gate beside a real Argo Server: some thirty workflows are made, waited for, and removed.

`make check-live` takes the server from ARGO_SERVER, ARGO_TOKEN, ARGO_NAMESPACE (and ARGO_SECURE,
ARGO_BASE_HREF, ARGO_INSECURE_SKIP_VERIFY as argo does); the token must be allowed to create, get,
list, watch and delete workflows. What `GET` says afterwards is the truth that each exit code is
compared with. `python -m proof live` does the same with a replay server.
"""

from __future__ import annotations

import argparse
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests

from argo_replay.making import make_run
from argo_replay.server import DemoServer
from argogate.argo.address import parse_address
from proof.gate import RED, ROOT, TOKEN
from proof.shapes import SHAPES, Shape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

PREFIX = "argogate-live-"
LABEL = "argogate/live"
JOBS = 4
MOST_SECONDS = 240.0
"""For one gate; a workflow has half of that."""
LIMITS = ("--timeout", "3m", "--poll-interval", "1s", "--max-poll-interval", "5s")
PASSED, FAILED, GONE, ASKS = 0, 1, 3, 7
FIELDS = "items.metadata.name,items.metadata.namespace"


class Refused(Exception):
    """The server, or we, do not want that."""


class Server:
    """Makes and removes workflows, and tells the truth about them."""

    def __init__(self, url: str, token: str, namespace: str, *, verify: bool = True) -> None:
        self._url = f"{url}/api/v1/workflows/{namespace}"
        self._session = requests.Session()
        self._session.verify = verify
        scheme = "" if token.startswith(("Bearer ", "Basic ")) else "Bearer "
        self._session.headers["Authorization"] = scheme + token

    def _ask(self, method: str, path: str = "", **more: Any) -> tuple[int, Any]:
        with self._session.request(method, self._url + path, timeout=30, **more) as answer:
            document = answer.json()
            if answer.status_code not in {200, 404}:
                msg = f"{method} {path}: {answer.status_code} {document.get('message')}"
                raise Refused(msg)
            return answer.status_code, document

    def names(self) -> list[str]:
        """Return all that the namespace holds."""
        _, document = self._ask("GET", params={"fields": FIELDS})
        return [row["metadata"]["name"] for row in document.get("items") or ()]

    def create(self, name: str, label: str, spec: Mapping[str, Any]) -> str:
        """Create a workflow; return its uid."""
        metadata = {"name": name, "labels": {LABEL: label}}
        kind = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow"}
        workflow = kind | {"metadata": metadata, "spec": spec}
        _, document = self._ask("POST", json={"workflow": workflow})
        return str(document["metadata"]["uid"])

    def get(self, name: str) -> Any:
        """Return a workflow; None if there is none."""
        status, document = self._ask("GET", f"/{name}")
        return document if status == requests.codes.ok else None

    def delete(self, name: str) -> None:
        """Remove it, if it is still there."""
        self._ask("DELETE", f"/{name}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One gate: what it is told to wait for, and what the truth makes of that."""

    what: str
    arguments: tuple[str, ...]
    names: tuple[str, ...]
    """The workflows that it is about."""
    node: str = ""
    code: int | None = None
    """The exit code, where no truth of the server's says it."""
    meanwhile: Callable[[], None] | None = None
    """Done two seconds after its start."""


@dataclass(slots=True, kw_only=True)
class Tally:
    """What was compared."""

    ways: int = 0
    codes: dict[int, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


def truth(workflow: Any, node: str = "") -> int:
    """Return the exit code that what `GET` says calls for."""
    if workflow is None:
        return GONE
    status = workflow["status"]
    nodes = list(status.get("nodes", {}).values())
    if node:
        found = [each for each in nodes if fnmatchcase(each.get("displayName", ""), node)]
        phases = {each.get("phase") for each in found}
        return PASSED if phases == {"Succeeded"} else FAILED
    if status.get("finishedAt"):
        return PASSED if status.get("phase") == "Succeeded" else FAILED
    return ASKS


def worst(codes: Iterable[int]) -> int:
    """Return the exit code of several."""
    return min(codes, key=(FAILED, GONE, ASKS, PASSED).index)


def prove(server: Server, environment: Mapping[str, str], shapes: Sequence[Shape]) -> Tally:
    """Make them, wait in all ways, compare, and remove them whatever happens."""
    mark = secrets.token_hex(3)
    made: dict[str, tuple[Shape, str]] = {}
    tally = Tally()
    try:
        ways = _live(server, mark, shapes, made)
        _try(server, environment, ways, tally)
        _try(server, environment, _afterwards(server, mark, made), tally)
    finally:
        for name in (*made, f"{PREFIX}{mark}-deleted", f"{PREFIX}{mark}-latest"):
            with suppress(Refused, requests.RequestException):  # what is left is told below
                server.delete(name)
    left = [name for name in server.names() if name.startswith(f"{PREFIX}{mark}")]
    tally.wrong += [f"{name} is still there" for name in left]
    return tally


def _live(
    server: Server, mark: str, shapes: Sequence[Shape], made: dict[str, tuple[Shape, str]]
) -> list[Way]:
    """Create them; return the ways to wait while they run."""
    for shape in shapes:
        name = f"{PREFIX}{mark}-{shape.name}"
        try:
            uid = server.create(name, f"{mark}-{'asks' if shape.asks else 'ends'}", shape.spec)
        except Refused as refusal:
            print(f"not made: {shape.name}: {refusal}")
        else:
            made[name] = shape, uid
    ending = tuple(name for name, (shape, _) in made.items() if not shape.asks)
    doomed = f"{PREFIX}{mark}-deleted"
    server.create(doomed, f"{mark}-deleted", SHAPES[1].spec)
    selector = f"{LABEL}={mark}-ends"
    ways = [
        Way(what="several", arguments=ending, names=ending),
        Way(what="labels", arguments=("-l", selector), names=ending),
        Way(
            what="deleted meanwhile",
            arguments=(doomed,),
            names=(doomed,),
            meanwhile=lambda: server.delete(doomed),
        ),
    ]
    for name, (shape, _) in made.items():
        more = ("--on-suspend", "fail") if shape.asks else ()
        ways.append(Way(what=shape.name, arguments=(name, *more), names=(name,)))
        if shape.node:
            node = ("--node", shape.node)
            what = f"{shape.name} --node {shape.node}"
            ways.append(Way(what=what, arguments=(name, *node), names=(name,), node=shape.node))
    return ways


def _afterwards(server: Server, mark: str, made: dict[str, tuple[Shape, str]]) -> list[Way]:
    """Return the ways to wait for what is over, or not there."""
    name, (shape, uid) = next(iter(made.items()))
    latest = f"{PREFIX}{mark}-latest"
    time.sleep(1.1)  # `@latest` goes by whole seconds
    server.create(latest, f"{mark}-latest", SHAPES[0].spec)
    never = f"{PREFIX}{mark}-never"
    soon = ("--appear-timeout", "3s")
    return [
        Way(what="@latest", arguments=("@latest",), names=(latest,)),
        Way(what=f"{shape.name} --uid", arguments=(name, "--uid", uid), names=(name,)),
        Way(
            what="another uid",
            arguments=(name, "--uid", f"0{uid[1:]}x", *soon),
            names=(name,),
            code=GONE,
        ),
        Way(what="never made", arguments=(never, *soon), names=(never,)),
    ]


def _try(server: Server, environment: Mapping[str, str], ways: list[Way], tally: Tally) -> None:
    with ThreadPoolExecutor(JOBS) as pool:
        tried = pool.map(lambda way: (way, *_gate(way, environment)), ways)
        for way, code, red, said in tried:
            real = [truth(server.get(name), way.node) for name in way.names]
            wanted = worst(real) if way.code is None else way.code
            tally.ways += 1
            tally.codes[code] = tally.codes.get(code, 0) + 1
            if code != wanted:
                tally.wrong.append(f"{way.what}: exit {code}, but GET says {wanted}: {said}")
            if red is not (code != 0):
                tally.wrong.append(f"{way.what}: exit {code}, JUnit red: {red}")


def _gate(way: Way, environment: Mapping[str, str]) -> tuple[int, bool | None, str]:
    """Run one; return its exit code, whether its JUnit report is red, and its last words."""
    with tempfile.TemporaryDirectory(prefix="live-") as folder:
        junit = Path(folder) / "junit.xml"
        reports = ("--junit", str(junit), "--artifacts", str(Path(folder) / "out"))
        command = [sys.executable, "-m", "argogate", "wait", *way.arguments, *LIMITS, *reports]
        with subprocess.Popen(
            command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as process:
            try:
                if way.meanwhile:
                    time.sleep(2)
                    way.meanwhile()
                said, _ = process.communicate(timeout=MOST_SECONDS)
            finally:
                process.kill()
        lines = said.decode(errors="replace").splitlines()
        try:
            cases = list(ET.parse(junit).iter("testcase"))
        except (OSError, ET.ParseError):
            red = None
        else:
            red = any(case.find(kind) is not None for case in cases for kind in RED)
        return process.returncode, red, " / ".join(lines[-3:])


def check_foreign(server: Server, *, allowed: bool) -> None:
    """Raise Refused where the namespace is somebody else's, too."""
    foreign = [name for name in server.names() if not name.startswith(PREFIX)]
    if foreign and not allowed:
        some = ", ".join(foreign[:3])
        msg = (
            f"the namespace holds {len(foreign)} workflows of others ({some}); "
            "take one of its own, or say --foreign-ok"
        )
        raise Refused(msg)


def run(seed: int, each: int) -> list[str]:  # noqa: ARG001 - all of it is tried
    """Play it against a replay server."""
    other = replace(make_run("unused"), workflows={})
    with DemoServer([other], token=TOKEN) as replay:
        variables = {
            "PATH": os.environ["PATH"],
            "HOME": os.environ["HOME"],
            "PYTHONPATH": str(ROOT),
            "ARGO_SERVER": replay.url,
            "ARGO_TOKEN": TOKEN,
            "ARGO_NAMESPACE": "argo",
        }
        server = Server(replay.url, TOKEN, "argo")
        check_foreign(server, allowed=False)
        return _tell(prove(server, variables, SHAPES))


def _tell(tally: Tally) -> list[str]:
    codes = ", ".join(f"{count} of {code}" for code, count in sorted(tally.codes.items()))
    print(f"{tally.ways} gates compared with what GET says; exit codes: {codes}")
    return tally.wrong


def main() -> None:
    """Ask the server of the environment; exit 1 where something was wrong, 2 where we refuse."""
    parser = argparse.ArgumentParser(prog="python -m proof.live", description=__doc__)
    parser.add_argument("--pods", action="store_true", help="also what needs pods to run")
    parser.add_argument("--foreign-ok", action="store_true", help="others' workflows are there")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that it cleans up
    given = os.environ
    needed = ("ARGO_SERVER", "ARGO_TOKEN", "ARGO_NAMESPACE")
    if missing := [name for name in needed if not given.get(name)]:
        parser.error(f"set {', '.join(missing)}")
    secure = given.get("ARGO_SECURE", "true") != "false"
    verify = given.get("ARGO_INSECURE_SKIP_VERIFY", "false") != "true"
    address = parse_address(
        given["ARGO_SERVER"], secure=secure, base_href=given.get("ARGO_BASE_HREF", "")
    )
    token, namespace = given["ARGO_TOKEN"], given["ARGO_NAMESPACE"]
    server = Server(address.url, token, namespace, verify=verify)
    try:
        check_foreign(server, allowed=asked.foreign_ok)
        shapes = [shape for shape in SHAPES if asked.pods or not shape.pods]
        environment = {**given, "PYTHONPATH": str(ROOT)}
        wrong = _tell(prove(server, environment, shapes))
    except (Refused, requests.RequestException) as refusal:
        parser.error(str(refusal))
    print(*(f"WRONG {each}" for each in wrong), sep="\n")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
