"""Places in one folder, each given once; in time that grows with their number. Pure."""

from __future__ import annotations

from pathlib import PurePosixPath

from argogate.evidence.content import ENDINGS
from argogate.evidence.names import fold

PACKED_ENDINGS = tuple(ending for endings in ENDINGS.values() for ending in endings)
UNPACKABLE = (".tgz", ".tar.gz", ".tar", ".zip")


class Places:
    """What is taken in a folder, as a file system without case would compare it."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._files: set[str] = set()
        """Those of `_taken` that no folder may have."""
        self._numbers: dict[tuple[str, int], int] = {}
        """The number that each name got last: what is below it need not be tried again."""

    def reserve(self, place: PurePosixPath) -> None:
        """Take a file's place and the folders around it, whether or not they are free."""
        self._files.add(fold(str(place)))
        self._taken.update(fold(str(each)) for each in (place, *place.parents[:-1]))

    def give(self, place: PurePosixPath) -> PurePosixPath:
        """Return the place of a file, numbered where another one is like it but for its ending."""
        place = self._apart(place.parent) / place.name
        ending = ending_of(place) or place.suffix
        stem = place.name.removesuffix(ending) or place.name
        free = self._free(place, stem, ending if stem != place.name else "", PACKED_ENDINGS)
        self.reserve(free)
        self._taken.update(fold(f"{free}{ending}") for ending in PACKED_ENDINGS)
        return free

    def folder(self, place: PurePosixPath) -> PurePosixPath:
        """Return the place of what a file holds: its own, without the ending of packed files."""
        stem = place.name.removesuffix(ending_of(place))
        if stem in {"", place.name}:
            return place
        free = self._free(place.with_name(stem), stem, "", ())
        self._taken.add(fold(str(free)))
        return free

    def _apart(self, folder: PurePosixPath) -> PurePosixPath:
        """Return a folder, numbered where a file has its name."""
        found = PurePosixPath()
        for part in folder.parts:
            within, number = found / part, 1
            while fold(str(within)) in self._files:
                number += 1
                within = found / f"{part}-{number}"
            found = within
        return found

    def _free(
        self, place: PurePosixPath, stem: str, ending: str, endings: tuple[str, ...]
    ) -> PurePosixPath:
        """Return the first place that is free with each ending that its content may give it."""
        name = fold(str(place)), len(endings)
        number = self._numbers.get(name, 1)
        free = place if number == 1 else place.with_name(f"{stem}-{number}{ending}")
        while not self._taken.isdisjoint(fold(f"{free}{each}") for each in ("", *endings)):
            number += 1
            free = place.with_name(f"{stem}-{number}{ending}")
        self._numbers[name] = number
        return free


def ending_of(place: PurePosixPath) -> str:
    """Return the ending of a name that tells that it is packed; empty where there is none."""
    name = place.name.lower()
    ending = next((each for each in UNPACKABLE if name.endswith(each)), "")
    return place.name[len(place.name) - len(ending) :]
