"""What other tools do, in as few lines as it takes; `python -m bench.peers` as processes.

`argo wait` opens one stream of whole objects; Hera reads the whole object every five seconds.
"""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING

import requests

if TYPE_CHECKING:
    from collections.abc import Callable

HEADERS = {"Authorization": "Bearer sesame"}
HERA_PAUSE = 5.0


def stream(url: str, namespace: str, name: str) -> None:
    """Wait as `argo wait` does."""
    query = {
        "listOptions.fieldSelector": f"metadata.name={name}",
        "listOptions.resourceVersion": "0",
    }
    path = f"{url}/api/v1/workflow-events/{namespace}"
    with requests.get(path, query, headers=HEADERS, stream=True, timeout=60) as answer:
        for line in answer.iter_lines(chunk_size=None):
            if json.loads(line)["result"]["object"]["status"].get("finishedAt"):
                return


def poll(url: str, namespace: str, name: str, sleep: Callable[[float], None] = time.sleep) -> None:
    """Wait as Hera does: the first look is after the first pause."""
    with requests.Session() as session:
        while True:
            sleep(HERA_PAUSE)
            path = f"{url}/api/v1/workflows/{namespace}/{name}"
            status = session.get(path, headers=HEADERS, timeout=60).json()["status"]
            if status.get("phase") in {"Succeeded", "Failed", "Error"}:
                return


def pages(url: str) -> None:
    """List the workflows of all namespaces as a script does, whole objects in pages."""
    rows: list[dict[str, dict[str, str]]] = []
    query = {"listOptions.limit": "500"}
    with requests.Session() as session:
        while True:
            path = f"{url}/api/v1/workflows/"
            page = session.get(path, params=query, headers=HEADERS, timeout=60).json()
            rows += page["items"] or []
            if not page["metadata"].get("continue"):
                break
            query["listOptions.continue"] = page["metadata"]["continue"]
    for row in rows:
        print(row["metadata"]["namespace"], row["metadata"]["name"], row["status"]["phase"])


WAYS = {"stream": stream, "poll": poll, "pages": pages}


if __name__ == "__main__":
    WAYS[sys.argv[1]](*sys.argv[2:5])  # type: ignore[operator]
