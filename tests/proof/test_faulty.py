"""The proxy that spoils exchanges."""

from __future__ import annotations

from urllib.request import Request, urlopen

from proof.faulty import FaultyProxy
from proof.gate import TOKEN, playing, recorded


def test_who_was_answered_knows_that_the_connection_ends() -> None:
    with (
        playing(recorded("hello-succeeds")) as server,
        FaultyProxy(server.url, "never meant") as proxy,
    ):
        headers = {"Authorization": f"Bearer {TOKEN}"}
        with urlopen(Request(f"{proxy.url}/api/v1/version", headers=headers)) as response:  # noqa: S310 - loopback
            assert response.status == 200
            assert response.headers["Connection"] == "close"
        assert not proxy.came
