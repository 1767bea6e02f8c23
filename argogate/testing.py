"""A pytest plugin: `argo_replay`, an Argo Server of one's own, without a cluster.

It comes with argogate and loads nothing until a test asks for it:

    from argo_replay.making import make_run

    def test_the_pipeline_waits(argo_replay):
        argo_replay.play(make_run("nightly", parameters={"digest": "sha256:1f"}))
        ...  # ask argo_replay.url, with the token of the fixture argo_replay_token
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

    from argo_replay.server import DemoServer


@pytest.fixture(scope="session")
def argo_replay_token() -> str:
    """Return the one valid token; override it to choose another."""
    return "argo-replay-token"


@pytest.fixture(scope="session")
def argo_replay_tls() -> ssl.SSLContext | None:
    """Return None, for plain HTTP; override it with a context to serve https."""
    return None


@pytest.fixture(scope="session")
def argo_replay_speed() -> float:
    """Return how many seconds of a run pass in a second; override it to play faster."""
    return 1.0


@pytest.fixture(scope="session")
def argo_replay_server(
    argo_replay_token: str, argo_replay_tls: ssl.SSLContext | None, argo_replay_speed: float
) -> Iterator[DemoServer]:
    """Serve on loopback for the whole session: use `argo_replay`, which is empty for each test."""
    from argo_replay.server import DemoServer  # noqa: PLC0415 - a plugin costs every pytest start

    with DemoServer(
        [], token=argo_replay_token, tls=argo_replay_tls, speed=argo_replay_speed
    ) as server:
        yield server


@pytest.fixture
def argo_replay(argo_replay_server: DemoServer) -> Iterator[DemoServer]:
    """Return the server with no workflow on it; `play(run, …)` puts some there.

    `url` is where it is, `requests` what it was asked since the last `play`.
    """
    argo_replay_server.play()
    yield argo_replay_server
    argo_replay_server.play()
