from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from argogate.files import (
    is_special,
    same_place,
    way_back,
    whole_file,
    why_unwritable,
    write_whole,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(params=[0o022, 0o077, 0o000])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    assert os.umask(before) == request.param


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def write_half(path: Path, error: BaseException) -> None:
    with whole_file(path) as stream:
        stream.write(b"half")
        stream.flush()
        raise error


def test_a_file_has_the_rights_that_the_umask_gives(tmp_path: Path, umask: int) -> None:
    path = tmp_path / "report.xml"
    write_whole(path, b"x")
    assert path.stat().st_mode & 0o777 == 0o666 & ~umask


def test_folders_are_made_on_the_way(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "report.xml"
    write_whole(path, b"\x00\xff\n")
    assert path.read_bytes() == b"\x00\xff\n"
    assert names(path.parent) == ["report.xml"]


def test_an_existing_file_is_replaced_at_the_end_and_not_before(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"old")
    with whole_file(path) as stream:
        stream.write(b"new")
        stream.flush()
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert names(tmp_path) == ["x"]


@pytest.mark.parametrize("error", [ValueError("no"), OSError(28, "full"), KeyboardInterrupt()])
def test_an_existing_file_is_kept_on_a_failure(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"old")
    with pytest.raises(type(error)):
        write_half(path, error)
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["x"]


def test_nothing_is_left_of_a_file_that_failed(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no"):
        write_half(tmp_path / "x", ValueError("no"))
    assert names(tmp_path) == []


def test_a_directory_in_the_way_is_an_error_and_stays(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    with pytest.raises(IsADirectoryError):
        write_whole(tmp_path / "x", b"")
    assert names(tmp_path) == ["x"]


def write_and_lose(path: Path) -> None:
    with whole_file(path):
        for other in path.parent.iterdir():
            other.unlink()
        path.parent.rmdir()


def test_a_folder_that_vanishes_meanwhile_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_and_lose(tmp_path / "a" / "x")
    assert names(tmp_path) == []


@pytest.mark.parametrize("name", ["x" * 255, "ü" * 127, "🎉" * 63])
def test_the_longest_names_can_be_written(tmp_path: Path, name: str) -> None:
    write_whole(tmp_path / name, b"x")
    assert names(tmp_path) == [name]


def test_a_name_that_is_too_long_is_an_error_that_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="too long"):
        write_whole(tmp_path / ("x" * 256), b"x")
    assert names(tmp_path) == []


def test_what_can_be_written_is_not_touched_by_the_question(tmp_path: Path) -> None:
    (tmp_path / "old").write_bytes(b"old")
    assert why_unwritable(tmp_path / "old") == ""
    assert why_unwritable(tmp_path / "new" / "x") == ""
    assert (tmp_path / "old").read_bytes() == b"old"
    assert names(tmp_path / "new") == []


def test_a_directory_cannot_be_written(tmp_path: Path) -> None:
    assert why_unwritable(tmp_path) == "it is a directory"


def test_a_file_as_a_folder_is_a_reason(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert why_unwritable(tmp_path / "file" / "x") == "File exists"
    assert why_unwritable(tmp_path / "file" / "a" / "x") == "Not a directory"


def test_a_pipe_or_device_is_written_to_and_stays_what_it_is(tmp_path: Path) -> None:
    assert why_unwritable(Path(os.devnull)) == ""
    write_whole(Path(os.devnull), b"gone")
    assert Path(os.devnull).is_char_device()
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_whole(pipe, b"through")
    assert os.read(reader, 100) == b"through"
    os.close(reader)
    assert pipe.is_fifo()


def test_a_link_is_replaced_and_never_followed(tmp_path: Path) -> None:
    for name, leads_to in (("out", "real"), ("a", "b"), ("b", "a"), ("null", os.devnull)):
        (tmp_path / name).symlink_to(leads_to)
    (tmp_path / "real").write_bytes(b"precious")
    for name in ("out", "a", "null"):
        path = tmp_path / name
        assert why_unwritable(path) == ""
        write_whole(path, b"new")
        assert not path.is_symlink()
        assert path.read_bytes() == b"new"
    assert (tmp_path / "real").read_bytes() == b"precious"


def test_a_pipe_that_nobody_reads_is_an_error_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="No such device or address"):
        write_whole(tmp_path / "pipe", b"x")


def test_a_pipe_whose_reader_reads_no_more_is_an_error_after_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("argogate.files.PATIENCE", 0.05)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    with pytest.raises(TimeoutError, match="nothing was read from it"):
        write_whole(pipe, b"x" * 200_000)
    os.close(reader)


@pytest.mark.usefixtures("measured")
@pytest.mark.parametrize("spelled", ["/dev/stderr", "/dev/fd/2", "/proc/self/fd/2", "log"])
def test_where_the_own_log_goes_a_report_goes_between_its_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spelled: str
) -> None:
    monkeypatch.chdir(tmp_path)
    script = (
        "import os; from pathlib import Path; from argogate.files import write_whole as write\n"
        f"os.write(2, b'before '); write(Path({spelled!r}), b'report '); os.write(2, b'after')"
    )
    with Path("log").open("wb") as log:
        subprocess.run([sys.executable, "-c", script], check=True, stderr=log)
    assert Path("log").read_bytes() == b"before report after"


@pytest.mark.parametrize("name", ["/dev/fd/999", "/proc/self/fd/999"])
def test_a_descriptor_that_is_not_open_is_a_reason(name: str) -> None:
    assert why_unwritable(Path(name)) == "Bad file descriptor"


def test_what_others_own_is_special(tmp_path: Path) -> None:
    assert why_unwritable(Path("/dev/stdout")) == ""
    assert is_special(Path("/proc/self/cwd"))
    assert not is_special(tmp_path / "new")
    assert not is_special(tmp_path)


def test_a_folder_that_is_gone_is_a_reason_and_no_bug(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert why_unwritable(Path("x")) == "No such file or directory"
    with pytest.raises(FileNotFoundError):
        same_place(Path("x"))


def test_two_spellings_of_a_place_are_one(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "short").symlink_to("folder")
    spelled = [tmp_path / "folder/x", tmp_path / "short/x", tmp_path / "folder/../short/./x"]
    assert len({same_place(path) for path in spelled}) == 1


@pytest.mark.parametrize(
    ("folder", "way"), [(".", "."), ("out", ".."), ("out/deep/", "../.."), ("/", ""), ("..", "")]
)
def test_the_way_back_to_the_working_directory_never_tells_its_name(folder: str, way: str) -> None:
    assert way_back(Path(folder)) == way


def test_from_a_working_directory_that_is_gone_there_is_no_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert way_back(Path("out")) == ""
