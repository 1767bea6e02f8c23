from __future__ import annotations

import gzip
import zlib

import pytest

from argogate.evidence import content
from argogate.evidence.content import Content, Inspector
from tests.evidence.making import GLUED, tar, tgz, zipped

TAR = tar(("a", b"a" * 700))
TGZ = tgz(("a", bytes(range(256)) * 30))
ZIP = zipped([("a", b"a", 0)])
SIZES = [1, 2, 3, 511, 512, 513, 1_000_000]


def inspected(body: bytes, size: int = 1_000_000) -> Inspector:
    inspector = Inspector()
    for start in range(0, len(body), size):
        inspector.feed(body[start : start + size])
    return inspector


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("body", "expected", "defect"),
    [
        (b"", Content.PLAIN, ""),
        (b"plain", Content.PLAIN, ""),
        (b"PK is no zip", Content.PLAIN, ""),
        (b"\x1f\x8b", Content.PLAIN, ""),
        (TAR, Content.TAR, ""),
        (TAR[:-9000], Content.TAR, "the tar has no end"),
        (TGZ, Content.TGZ, ""),
        (TGZ[:-1], Content.TGZ, "the gzip has no end"),
        (TGZ[:-9], Content.TGZ, "the gzip has no end"),
        (TGZ[:12], Content.GZIP, "the gzip has no end"),
        (TGZ + GLUED, Content.TGZ, "the gzip is damaged (Error -3"),
        (gzip.compress(TAR[:-9000], mtime=0), Content.TGZ, "the tar has no end"),
        (gzip.compress(b"x", mtime=0), Content.GZIP, ""),
        (gzip.compress(b"x", mtime=0) + gzip.compress(b"y", mtime=0), Content.GZIP, ""),
        (gzip.compress(b"", mtime=0) + TGZ, Content.TGZ, ""),
        (TGZ + bytes(700), Content.TGZ, ""),
        (TGZ + bytes(9) + TGZ, Content.TGZ, ""),
        (ZIP, Content.ZIP, ""),
        (zipped([]), Content.ZIP, ""),
        (ZIP + b"more", Content.ZIP, "the zip has no end"),
        (ZIP[:-1], Content.ZIP, "the zip has no end"),
        (ZIP[:30], Content.ZIP, "the zip has no end"),
    ],
)
def test_bytes_tell_what_they_are_and_whether_they_end(
    body: bytes, expected: Content, defect: str, size: int
) -> None:
    inspector = inspected(body, size)
    assert inspector.content() is expected
    assert inspector.defect().startswith(defect)
    assert bool(inspector.defect()) == bool(defect)


@pytest.mark.parametrize("size", SIZES)
def test_a_wrong_checksum_is_found(size: int) -> None:
    assert inspected(TGZ[:-8] + b"12345678", size).defect().startswith("the gzip is damaged")


def test_a_zip_may_have_a_comment() -> None:
    assert inspected(ZIP[:-2] + b"\xff\xff" + b"c" * 0xFFFF).defect() == ""
    assert inspected(ZIP[:-2] + b"\xff\xff" + b"c" * 0xFFFE).defect() == "the zip has no end"


def test_what_inflates_to_more_than_one_piece_is_followed_to_its_end() -> None:
    assert inspected(gzip.compress(bytes(9 * content.PIECE))).defect() == ""
    stream = zlib.compressobj(wbits=31)
    body = stream.compress(bytes(content.PIECE)) + stream.flush()
    assert inspected(body, 1).defect() == ""


def test_a_bomb_is_not_followed_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "MOST_INFLATED", 1000)
    assert inspected(gzip.compress(bytes(10_000_000))[:-1], 100).defect() == ""


def test_memory_stays_flat() -> None:
    inspector = Inspector()
    for _ in range(1000):
        inspector.feed(bytes(70_000))
    assert sum(len(chunk) for chunk in vars(inspector)["_recent"]) < content.TAIL + 70_000


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (GLUED, "unexpected EOF"),
        (b"x" * 5000 + GLUED, "unexpected EOF"),
        (GLUED.replace(b"unexpected EOF", b"r" * 100_000), "r" * 100_000),
        (GLUED.replace(b"unexpected EOF", b""), "for no reason"),
        (b"", ""),
        (TGZ + GLUED, "unexpected EOF"),
        (GLUED + b"and on", ""),
        (b"\nInternal Server Error\n", ""),
        (b"failed to stream artifact: x", ""),
    ],
)
def test_the_servers_error_at_the_end_is_found(body: bytes, reason: str, size: int) -> None:
    assert inspected(body, size).glued_error() == reason
