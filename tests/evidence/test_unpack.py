from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import itertools
import random
import struct
import tarfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from argogate.evidence import members as archives
from argogate.evidence.allowance import Exceeded
from argogate.evidence.content import Content
from argogate.evidence.members import LARGEST_HEADER, Refused
from argogate.evidence.names import Names
from argogate.evidence.unpack import BOUNDS, DEEPEST, Bounds, unpack
from tests.effort import calls
from tests.evidence.making import files_in, info, tar, tgz, zipped

if TYPE_CHECKING:
    from collections.abc import Callable

    from argogate.evidence.manifest import FileRecord

SYMLINK, HARD_LINK, FOLDER = tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE
REGULAR, LINKED, EXECUTABLE, PIPE = 0o100644, 0o120777, 0o100755, 0o010644


def unpacked(
    folder: Path,
    content: bytes,
    bounds: Bounds = BOUNDS,
    allow: Callable[[int], None] = lambda _: None,
) -> tuple[FileRecord, ...]:
    packed, into = folder / "packed", folder / "deep" / "er" / "out"
    packed.write_bytes(content)
    into.mkdir(parents=True)
    if content.startswith(b"PK"):
        kind = Content.ZIP
    else:
        kind = Content.TGZ if content.startswith(b"\x1f\x8b") else Content.TAR
    return unpack(packed, kind, into, bounds, allow)


def outside(folder: Path) -> list[str]:
    return [name for name in files_in(folder) if not name.startswith(("deep/er/out/", "packed"))]


GOOD = [("d/a.txt", b"a"), ("./d/sub/b", b"bb"), ("ünï (1) & x.txt", b"")]


@pytest.mark.parametrize(
    "content",
    [tar(*GOOD), tgz(*GOOD), zipped((name, body, REGULAR) for name, body in GOOD)],
)
def test_members_lie_where_they_should_with_size_and_digest(tmp_path: Path, content: bytes) -> None:
    records = unpacked(tmp_path, content)
    out = tmp_path / "deep/er/out"
    assert files_in(out) == ["d/a.txt", "d/sub/b", "ünï (1) & x.txt"]
    for record in records:
        body = (out / record.path).read_bytes()
        assert (record.size, record.sha256) == (len(body), hashlib.sha256(body).hexdigest())
    assert outside(tmp_path) == []


def test_links_within_stay_and_nothing_else_of_a_mode(tmp_path: Path) -> None:
    records = unpacked(
        tmp_path,
        tgz(
            info("lib/x", SYMLINK, "x.1"),
            info("lib/x.1", SYMLINK, "../store/x.1.2"),
            info("dangling", SYMLINK, "nowhere"),
            info("round", SYMLINK, "about"),
            info("about", SYMLINK, "round"),
            info("here", SYMLINK, "."),
            info("store", FOLDER, mode=0o7777),
            ("store/x.1.2", b"it"),
            info("set", tarfile.REGTYPE, mode=0o6755),
            info("same", HARD_LINK, "store/x.1.2"),
            info("store/x.1.2", HARD_LINK, "store/x.1.2"),
            info("lib/all", SYMLINK, "../store"),
        ),
    )
    out = tmp_path / "deep/er/out"
    assert files_in(out) == ["lib/all", "lib/x", "lib/x.1", "same", "set", "store/x.1.2"]
    assert (out / "lib/x").readlink() == Path("../store/x.1.2")
    assert (out / "lib/x").read_bytes() == (out / "same").read_bytes() == b"it"
    assert not (out / "same").is_symlink()
    assert (out / "set").stat().st_mode & 0o7111 == 0o111
    assert (out / "store").stat().st_mode & 0o7000 == 0
    assert {record.link for record in records} == {"", "../store", "../store/x.1.2"}


def test_links_of_a_zip_are_links(tmp_path: Path) -> None:
    content = zipped(
        [("a/", b"", 0o40755), ("a/f", b"f", EXECUTABLE), ("l", b"a/f", LINKED), ("n", b"", LINKED)]
    )
    unpacked(tmp_path, content)
    out = tmp_path / "deep/er/out"
    assert files_in(out) == ["a/f", "l"]
    assert (out / "l").readlink() == Path("a/f")
    assert (out / "a/f").stat().st_mode & 0o111


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (tar(("../out.txt", b"x")), "'../out.txt' would lie outside"),
        (tar(("a/../../out.txt", b"x")), "would lie outside"),
        (tar(("/etc/evil", b"x")), "'/etc/evil' would lie outside"),
        (tgz(("..\\..\\out.txt", b"x")), "would lie outside"),
        (tar(("C:\\evil", b"x")), "would lie outside"),
        (tar(("a/" * DEEPEST + "x", b"x")), "too deep"),
        (zipped([("../../slip.txt", b"x", REGULAR)]), "would lie outside"),
        (zipped([("/abs.txt", b"x", REGULAR)]), "would lie outside"),
        (zipped([("l", b"../../../x", LINKED)]), "'l' leads outside, to '../../../x'"),
        (zipped([("pipe", b"", PIPE)]), "'pipe' is a device"),
        (tar(info("l", SYMLINK, "/etc")), "'l' leads outside, to '/etc'"),
        (tar(info("d/l", SYMLINK, "../../x")), "leads outside"),
        (tar(info("d/l", SYMLINK, "C:/x")), "leads outside"),
        (tar(info("a", SYMLINK, "b"), info("b", SYMLINK, "../x")), "'b' leads outside"),
        (tar(info("h", HARD_LINK, "/etc/passwd")), "'h' leads to no file in it"),
        (tar(info("h", HARD_LINK, "../packed")), "leads to no file in it"),
        (tar(info("s", SYMLINK, "x"), info("h", HARD_LINK, "s")), "leads to no file in it"),
        (tar(info("n", tarfile.CHRTYPE)), "'n' is a device"),
        (tar(info("n", tarfile.BLKTYPE)), "is a device"),
        (tar(info("n", tarfile.FIFOTYPE)), "is a device"),
        (tar(info("n", b"Z")), "is a device"),
        (tar(info("n", tarfile.GNUTYPE_SPARSE)), "is sparse"),
        (
            tar(
                info("z", FOLDER),
                ("f", b""),
                info("p/q/r", SYMLINK, "../../z"),
                info("p/q/r/x", SYMLINK, "../../../f"),
            ),
            "lies behind another link",
        ),
        (b"ustar", "cannot be read"),
        (b"\x1f\x8b\x08nothing", "cannot be read"),
        (b"PK\x03\x04 and nothing", "it cannot be read"),
        (b"PK\x05\x06", "it cannot be read"),
        (b"PK\x05\x06" + b"\xff" * 18, "cannot be read"),
        (b"PK\x05\x06" + b"\x01\x00" * 9, "cannot be read"),
    ],
)
def test_what_is_not_safe_is_refused_and_nothing_lies_outside(
    tmp_path: Path, content: bytes, why: str
) -> None:
    with pytest.raises(Refused) as refused:
        unpacked(tmp_path, content)
    assert why in str(refused.value)
    assert outside(tmp_path) == []


@pytest.mark.parametrize(
    "members",
    [
        [info("d", SYMLINK, "e"), ("e/f", b""), ("d/x", b"x")],
        [("d", b"x"), ("d/x", b"x")],
        [("d/x", b"x"), ("d", b"x")],
        [("d", b"x"), info("d", FOLDER)],
        [("d", b"x"), info("d", SYMLINK, "x"), ("x", b"")],
    ],
)
def test_what_is_both_file_and_folder_is_an_error_of_the_file_system(
    tmp_path: Path, members: list[tuple[str, bytes]]
) -> None:
    with pytest.raises(OSError, match=r"exists|directory"):
        unpacked(tmp_path, tar(*members))
    assert outside(tmp_path) == []


SMALL = Bounds(members=10_000, size=1 << 20, ratio=10, harmless=1000)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (
            tgz(("zeros", bytes(500_000))),
            r"it unpacks to more than 5\.\d KiB, too much for its own",
        ),
        (zipped([("zeros", bytes(500_000), REGULAR)]), "unpacks to more than"),
        (tar(("zeros", bytes(2 << 20))), "unpacks to more than 1.0 MiB"),
        (tgz(*((f"{number}", b"") for number in range(500))), "unpacks to more than"),
    ],
)
def test_a_bomb_is_refused(tmp_path: Path, content: bytes, why: str) -> None:
    with pytest.raises(Refused, match=why):
        unpacked(tmp_path, content, SMALL)


def test_as_many_members_as_may_be_are_fine_and_one_more_is_refused(tmp_path: Path) -> None:
    many = [(f"d{number % 20}/{number}", b"") for number in range(200)]
    bounds = Bounds(members=200)
    assert len(unpacked(tmp_path / "zip", zipped((*one, REGULAR) for one in many), bounds)) == 200
    with pytest.raises(Refused, match="more than 200 members"):
        unpacked(tmp_path / "tar", tar(*many, ("x", b"")), bounds)


@pytest.fixture(autouse=True)
def _folders(tmp_path: Path) -> None:
    (tmp_path / "zip").mkdir()
    (tmp_path / "tar").mkdir()


def test_a_header_may_not_be_read_into_memory_whatever_its_size(tmp_path: Path) -> None:
    name = "n" * (LARGEST_HEADER + 1)
    with pytest.raises(Refused, match=r"a header of 1\.0 MiB"):
        unpacked(tmp_path, tgz((name, b"")))


def test_names_that_other_systems_refuse_or_confuse_are_changed(tmp_path: Path) -> None:
    names = ["A", "a", "e\u0301", "\u00e9", "con.txt", "x:y", "dot.", "\u202egnp.exe", "d/q", "D/q"]
    unpacked(tmp_path, tar(*((name, b"x") for name in names)))
    found = files_in(tmp_path / "deep/er/out")
    assert found == sorted(
        ["A", "a-2", "\u00e9", "\u00e9-2", "_con.txt", "x_y", "dot", "_gnp.exe", "d/q", "D-2/q"]
    )


def test_what_is_written_is_asked_for_first(tmp_path: Path) -> None:
    def allow(size: int) -> None:
        if size > 5:
            msg = "disk full"
            raise Exceeded(msg)

    with pytest.raises(Exceeded, match="disk full"):
        unpacked(tmp_path, tar(("a", b"1234"), ("b", b"123456")), allow=allow)


def test_an_encrypted_zip_is_refused(tmp_path: Path) -> None:
    content = bytearray(zipped([("a", b"secret", REGULAR)]))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + offset] |= 1
    with pytest.raises(Refused, match="encrypted"):
        unpacked(tmp_path, bytes(content))


def test_a_member_that_says_it_is_a_file_but_has_no_content_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="cannot be read"):
        unpacked(tmp_path, tar(("a", b"12345" * 500))[:1024])


def damaged(content: bytes, at: int, size: int = 20) -> bytes:
    changed = bytes(byte ^ 0xFF for byte in content[at : at + size])
    return content[:at] + changed + content[at + size :]


def packed_with(method: int) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        archive.writestr("a.txt", b"x" * 5000)
    return stream.getvalue()


def leading_nowhere() -> bytes:
    """Return a zip whose index gives its member a place of 2⁶⁴ - 64."""
    extra = struct.pack("<HHQ", 1, 8, (1 << 64) - 64)
    whole = b"PK\1\2" + struct.pack("<4B4HL2L5H2L", 45, *(0,) * 16, 0xFFFFFFFF)
    entry = bytearray(whole)
    entry[28:32] = struct.pack("<HH", 1, len(extra))
    index = bytes(entry) + b"a" + extra
    return index + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, len(index), 0, 0)


@pytest.mark.parametrize(
    "content",
    [
        damaged(packed_with(zipfile.ZIP_LZMA), 50),
        damaged(packed_with(zipfile.ZIP_BZIP2), 45),
        damaged(packed_with(zipfile.ZIP_DEFLATED), 40, 5),
        packed_with(zipfile.ZIP_STORED).replace(b"a.txt", b"\0.txt"),
        leading_nowhere(),
    ],
    ids=["lzma", "bzip2", "deflate", "no name", "no place"],
)
def test_whatever_an_archive_raises_is_a_refusal_of_it(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(Refused, match="it cannot be read: "):
        unpacked(tmp_path, content)


ONE, TWO = tar(("a", b"1")), tar(("a", b"1"), ("b", b"2"))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (damaged(TWO, 1030), "the header of a member is damaged, at byte 1024"),
        (TWO[:1024] + bytes(512) + TWO[1024:], "something follows behind its end"),
        (ONE + TWO, "something follows behind its end"),
        (ONE[:1024] + TWO[1024:1300], "the header of a member is damaged, at byte 1024"),
    ],
    ids=["damaged", "a gap", "two in a row", "half a header"],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_what_would_be_left_out_of_a_tar_without_a_word_is_refused(
    tmp_path: Path, content: bytes, why: str, pack: Callable[[bytes], bytes]
) -> None:
    with pytest.raises(Refused, match=why):
        unpacked(tmp_path, pack(content))


@pytest.mark.parametrize("more", [b"", bytes(512), bytes(1_000_000)])
def test_zeros_behind_a_tar_are_its_padding(tmp_path: Path, more: bytes) -> None:
    unpacked(tmp_path, gzip.compress(ONE + more))
    assert "deep/er/out/a" in files_in(tmp_path)


def index_of(count: int, *, zip64: bool) -> bytes:
    """Return a zip that is all index; with `zip64` only a second record tells its true size."""
    index = (b"PK\1\2" + bytes(24) + b"\1" + bytes(17) + b"a") * count
    end = b""
    told, size = min(count, 0xFFFF), len(index)
    if zip64:
        true = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, 0)
        end, told, size = true + struct.pack("<4sLQL", b"PK\6\7", 0, size, 1), 1, 47
    return index + end + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, told, told, size, 0, 0)


@pytest.mark.parametrize("zip64", [False, True])
def test_a_zip_with_too_many_members_is_refused_before_they_are_read(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    zip64: bool,  # noqa: FBT001 - a row of the table
) -> None:
    bounds = Bounds(members=1000)
    few = index_of(1000, zip64=zip64)
    with pytest.raises(Refused, match="it cannot be read: "):  # each at the place of the first
        unpacked(tmp_path, few, bounds)
    monkeypatch.setattr(zipfile, "ZipInfo", None)
    with pytest.raises(Refused, match="it has more than 1000 members"):
        unpacked(tmp_path / "zip", index_of(1001, zip64=zip64), bounds)
    monkeypatch.setattr(archives, "LARGEST_INDEX", 70_000)
    with pytest.raises(Refused, match="its list of members is too large"):
        unpacked(tmp_path / "tar", index_of(2000, zip64=zip64))


def test_names_that_become_one_are_placed_at_a_cost_that_grows_with_their_number() -> None:
    def placed(number: int) -> None:
        names = Names()
        odd = itertools.islice(itertools.product('<>:"|?*', repeat=6), number)
        assert len({names.place(("".join(name),)) for name in odd}) == number

    assert calls(lambda: placed(2000)) < 5 * calls(lambda: placed(500))


@pytest.mark.parametrize("seed", range(60))
def test_damaged_archives_never_lie_outside_nor_raise_anything_else(
    tmp_path: Path, seed: int
) -> None:
    dice = random.Random(seed)
    whole = [tar(*GOOD, info("l", SYMLINK, "d/a.txt")), zipped((*one, REGULAR) for one in GOOD)]
    content = bytearray(whole[seed % 2])
    for _ in range(dice.randrange(1, 12)):
        content[dice.randrange(len(content))] = dice.randrange(256)
    if content[0] != whole[seed % 2][0]:
        content[0] = whole[seed % 2][0]
    with contextlib.suppress(Refused, OSError):
        unpacked(tmp_path, gzip.compress(bytes(content)) if seed % 4 == 0 else bytes(content))
    assert outside(tmp_path) == []


def test_a_stream_is_read_to_its_end_even_if_a_member_is_skipped(tmp_path: Path) -> None:
    stream = io.BytesIO(tar(("./", b""), (".", b"skipped" * 100_000), ("b", b"b")))
    assert [record.path for record in unpacked(tmp_path, stream.getvalue())] == ["b"]
