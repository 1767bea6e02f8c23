"""What a plain wait loads: every job pays for it."""

from __future__ import annotations

import os
import subprocess
import sys
import time

from argo_replay.server import DemoServer
from tests.harness import TOKEN, recorded

MOST_OF_OURS = 138
"""Modules. One more costs a millisecond of each start, more where it makes classes of values."""
SELDOM = {
    "argogate.argo.credentials.headers",
    "argogate.argo.credentials.oauth",
    "argogate.argo.kubectl",
    "argogate.argo.recorder",
    "argogate.argo.rows",
    "argogate.cli.completing",
    "argogate.evidence.allowance",
    "argogate.evidence.transfer",
    "argogate.followed",
    "argogate.reports.junit",
    "argogate.reports.markdown",
    "argogate.reports.result",
    "argogate.waiting.shutdown",
    "asyncio",
    "id",
    "junit_xml",
    "requests_auth",
    "subprocess",
    "tenacity",
    "xml",
}
SELDOM_AS_A_WHOLE = (
    "argo_replay.",
    "argogate.doctor.",
    "argogate.following.",
    "argogate.lookups.",
    "argogate.reports.page.",
)
SCRIPT = """
import gc, sys
gc.callbacks.append(lambda phase, info: phase == "start" and collections.append(info))
collections = []
from argogate.__main__ import main
try:
    main()
finally:
    print(len(collections))
    print(*sys.modules)
"""


def test_a_plain_wait_loads_only_what_it_needs() -> None:
    with DemoServer([recorded("hello-succeeds")], token=TOKEN, speed=10_000) as server:
        time.sleep(0.02)
        own = ("ARGO", "COVERAGE", "GITHUB", "GITLAB")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(own)}
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, "wait", "hello-succeeds"],
            env={
                **kept,
                "ARGO_SERVER": server.url,
                "ARGO_TOKEN": TOKEN,
                "ARGO_NAMESPACE": "argo",
            },
            capture_output=True,
            text=True,
            check=True,
        )
    *_, collections, loaded = done.stdout.splitlines()
    modules = set(loaded.split())
    assert "argogate.gate" in modules
    assert modules & SELDOM == set()
    assert [each for each in modules if each.startswith(SELDOM_AS_A_WHOLE)] == []
    assert len([each for each in modules if each.startswith("argogate.")]) <= MOST_OF_OURS
    assert int(collections) <= 15, "the collector runs while modules are loaded"
