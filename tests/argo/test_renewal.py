"""The life of a credential that expires: renewed in time, on a 401, and never more than needed."""

from __future__ import annotations

import threading

import pytest

from argogate.argo.credentials import Grant, Renewed
from argogate.argo.credentials.jwt import claims_of, expiry_of
from argogate.errors import ArgoError, Denied, Unavailable
from tests.clock import SimulatedClock
from tests.tokens import jwt

LIFE = 600.0


class Issued(Renewed):
    """Numbers what it gives; an error in `trouble` is what it gives instead."""

    def __init__(self, clock: SimulatedClock, lifetime: float | None) -> None:
        super().__init__("the source", clock.now)
        self._clock = clock
        self._lifetime = lifetime
        self.fetched = 0
        self.trouble: ArgoError | None = None

    def fetch(self) -> Grant:
        self.fetched += 1
        if self.trouble:
            raise self.trouble
        expires = None if self._lifetime is None else self._clock.now() + self._lifetime
        return Grant(header=f"Bearer token-number-{self.fetched}", expires=expires)


@pytest.mark.parametrize(
    ("lifetime", "kept", "renewed"),
    [
        (LIFE, LIFE - 61, LIFE - 59),
        (3600.0, 3539, 3541),
        (90.0, 44, 46),
        (20.0, 9, 11),
    ],
)
def test_it_is_kept_until_a_minute_before_its_end_or_half_of_a_short_life(
    lifetime: float, kept: float, renewed: float
) -> None:
    clock = SimulatedClock(1000)
    source = Issued(clock, lifetime)
    first = source.header()
    clock.sleep(kept)
    assert source.header() == first
    clock.sleep(renewed - kept)
    assert source.header() != first
    assert source.fetched == 2


@pytest.mark.parametrize("lifetime", [None, -1.0, -LIFE])
def test_one_without_an_end_or_past_it_by_a_wrong_clock_is_kept_until_it_is_refused(
    lifetime: float | None,
) -> None:
    clock = SimulatedClock(1000)
    source = Issued(clock, lifetime)
    first = source.header()
    clock.sleep(86400)
    assert source.header() == first
    source.refused(first)
    assert source.header() == "Bearer token-number-2"


def test_a_refusal_of_an_old_one_does_not_drop_the_new_one() -> None:
    source = Issued(SimulatedClock(), LIFE)
    first = source.header()
    source.refused(first)
    second = source.header()
    source.refused(first)
    assert source.header() == second
    source.refused("")


def test_while_the_old_one_serves_a_failing_renewal_is_tried_now_and_then() -> None:
    clock = SimulatedClock()
    source = Issued(clock, LIFE)
    first = source.header()
    clock.sleep(LIFE - 50)
    source.trouble = Unavailable("out of order")
    assert [source.header() for _ in range(5)] == [first] * 5
    assert source.fetched == 2
    clock.sleep(11)
    assert source.header() == first
    assert source.fetched == 3
    source.trouble = None
    clock.sleep(11)
    assert source.header() != first


def test_once_the_old_one_has_expired_the_failure_is_told() -> None:
    clock = SimulatedClock()
    source = Issued(clock, LIFE)
    source.header()
    source.trouble = Unavailable("out of order")
    clock.sleep(LIFE)
    for _ in range(2):
        with pytest.raises(Unavailable, match="out of order"):
            source.header()
    source.trouble = None
    assert source.header() == "Bearer token-number-4"


def test_a_refused_one_without_an_end_cannot_serve_on() -> None:
    source = Issued(SimulatedClock(), None)
    source.refused(source.header())
    source.trouble = Unavailable("out of order")
    with pytest.raises(Unavailable):
        source.header()


def test_a_source_that_never_served_is_to_be_mended_and_later_it_is_a_hiccup() -> None:
    source = Issued(SimulatedClock(), LIFE)
    first = source.failure("is broken")
    source.header()
    later = source.failure("is broken")
    assert isinstance(first, Denied)
    assert first.renewable
    assert type(later) is Unavailable
    assert first.message == later.message == "the source is broken"


def test_many_threads_share_one_renewal() -> None:
    source = Issued(SimulatedClock(), LIFE)
    barrier = threading.Barrier(8)
    seen: list[str] = []

    def ask() -> None:
        barrier.wait()
        seen.append(source.header())

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(seen) == {"Bearer token-number-1"}
    assert source.fetched == 1


def test_every_token_that_was_used_stays_a_secret_and_in_no_repr() -> None:
    source = Issued(SimulatedClock(), None)
    source.refused(source.header())
    source.header()
    assert source.secrets() == {"token-number-1", "token-number-2"}
    assert "token-number" not in f"{source!r} {source} {source.fetch()!r}"


@pytest.mark.parametrize(
    ("header", "expires"),
    [
        (f"Bearer {jwt(exp=1700000000)}", 1700000000.0),
        (f"Bearer {jwt(exp=1700000000.5)}", 1700000000.5),
        (jwt(exp=5), 5.0),
        (f"Bearer {jwt(exp='1700000000')}", None),
        (f"Bearer {jwt(exp=True)}", None),
        (f"Bearer {jwt(exp=-1)}", None),
        (f"Bearer {jwt(exp=10**400)}", None),
        (f"Bearer {jwt(exp=float('inf'))}", None),
        (f"Bearer {jwt()}", None),
        ("Bearer opaque", None),
        ("Bearer a.b.c", None),
        ("Bearer a.é.c", None),
        ("Bearer e30.W10.x", None),
        ("Bearer x." + "W1tbW1tb" * 20000 + ".x", None),
        ("", None),
    ],
)
def test_the_end_of_a_token_is_read_from_it(header: str, expires: float | None) -> None:
    assert expiry_of(claims_of(header)) == expires
