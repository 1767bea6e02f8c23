"""Names that Linux, macOS and Windows all take, and that stay different on each of them."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MANIFEST = "manifest.json"
"""What lists the artifacts of a run."""
LONGEST_SEGMENT = 100
LONGEST_NAME = 180
"""Bytes of a member's name; file systems take 255, and a number may be added."""
LONGEST_ENDING = 20
RESERVED = re.compile(r"(?i)(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[\d¹²³])[ ]*(\..*)?$")
"""Names that Windows keeps for devices."""
FORBIDDEN = frozenset('<>:"/\\|?*')
UNSEEN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
"""Categories of characters that show nothing, or change how others show."""
DRIVE = re.compile(r"[A-Za-z]:[\\/]")


def safe_segment(text: str) -> str:
    """Turn any text into one ASCII file name, fit to be printed in any log.

    Letters lose their accents. A name that had to be changed beyond its punctuation bears a hash
    of the original.
    """
    plain = text if text.isascii() else _without_accents(text[: 4 * LONGEST_SEGMENT])
    name = re.sub(r"[^A-Za-z0-9._+=@-]+", "_", plain.replace("(", ".").replace(")", ""))
    name = name.strip("._") or "unnamed"
    if RESERVED.match(name):
        name = f"_{name}"
    if len(name) > LONGEST_SEGMENT or not text.isascii():
        name = f"{name[:LONGEST_SEGMENT]}-{_digest(text)}"
    return name


def safe_name(text: str) -> str:
    """Turn the name of a file inside a directory or an archive into one that is safe.

    It stays as it is where every system takes it: blanks and letters of any script are fine.
    """
    name = "".join(
        "_" if letter in FORBIDDEN or unicodedata.category(letter) in UNSEEN else letter
        for letter in unicodedata.normalize("NFC", text)
    )
    name = name.strip(" ").rstrip(". ") or "unnamed"
    if RESERVED.match(name):
        name = f"_{name}"
    if len(name.encode()) <= LONGEST_NAME:
        return name
    ending = PurePosixPath(name).suffix
    ending = ending if len(ending.encode()) <= LONGEST_ENDING else ""  # the hash has 9 bytes
    room = LONGEST_NAME - LONGEST_ENDING - 9
    kept = name.encode()[:room].decode(errors="ignore")
    return f"{kept}-{_digest(text)}{ending}"


def parts_of(name: str) -> tuple[str, ...] | None:
    """Return the parts of a relative name, `.` left out; None where it leads elsewhere."""
    if name.startswith(("/", "\\")) or DRIVE.match(name):
        return None
    if ".." in name.replace("\\", "/").split("/"):
        return None
    return tuple(part for part in name.split("/") if part not in {"", "."})


class Names:
    """Gives each name inside one folder a safe place of its own, the same each time.

    Two that differ only in case or normalisation are two places: the second is numbered.
    """

    def __init__(self) -> None:
        self._given: dict[tuple[str, ...], str] = {}
        self._taken: set[tuple[str, ...]] = set()
        self._numbers: dict[tuple[str, ...], int] = {}
        """The number that each name got last: what is below it need not be tried again."""

    def place(self, parts: Sequence[str]) -> PurePosixPath:
        """Return where a member goes."""
        found: list[str] = []
        for depth in range(1, len(parts) + 1):
            original = tuple(parts[:depth])
            if original not in self._given:
                self._given[original] = self._free([fold(part) for part in found], original[-1])
            found.append(self._given[original])
        return PurePosixPath(*found)

    def _free(self, parent: Sequence[str], original: str) -> str:
        name = PurePosixPath(safe_name(original))
        place = (*parent, fold(name.name))
        number = self._numbers.get(place, 1)
        free = name.name if number == 1 else f"{name.stem}-{number}{name.suffix}"
        while (*parent, fold(free)) in self._taken:
            number += 1
            free = f"{name.stem}-{number}{name.suffix}"
        self._numbers[place] = number
        self._taken.add((*parent, fold(free)))
        return free


def fold(name: str) -> str:
    """Return what a file system without case or normalisation would compare."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def _without_accents(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
