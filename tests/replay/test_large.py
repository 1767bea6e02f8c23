import requests

from argo_replay.server import DemoServer
from tests.clock import SimulatedClock
from tests.replay.large import large


def test_a_workflow_with_five_thousand_leaves_is_served_whole() -> None:
    run = large(5000)
    clock = SimulatedClock()
    with DemoServer([run], clock=clock) as server:
        clock.sleep(run.ends)
        url = f"{server.url}/api/v1/workflows/argo/large-1000"
        nodes = requests.get(url, timeout=10).json()["status"]["nodes"]
    assert sum(node["type"] == "Suspend" for node in nodes.values()) == 5000
