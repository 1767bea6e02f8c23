"""Bringing one body to disk, whole, and trying again where that may help."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from typing import TYPE_CHECKING

from argogate.evidence.attempts import refused_defect
from argogate.evidence.body import Body
from argogate.evidence.outage import Endurance
from argogate.evidence.placing import Part

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from argogate.evidence.plan import Wanted
    from argogate.evidence.transfer import Transfer


class Saver:
    """Asked by all workers."""

    def __init__(self, transfer: Transfer, say: Callable[[str], None]) -> None:
        """`say` hears what is asked for again."""
        self._source = transfer.source
        self._allowance = transfer.allowance
        self._endurance = Endurance(transfer, say)
        self._writers = ThreadPoolExecutor(2 * transfer.jobs)

    def entries(self, one: Wanted, inside: str) -> tuple[str, ...] | None:
        """List a folder of a directory, as the source does."""
        return self._endurance.call(one, self._listed, one, inside)

    def save(self, one: Wanted, inside: str, path: Path) -> Part:
        """Save an artifact, or a file inside it. Raises one of FAILURES."""
        return self._endurance.call(one, self._transferred, one, inside, path)

    def close(self) -> None:
        """Wait for nobody."""
        self._writers.shutdown(wait=False)

    def _listed(self, one: Wanted, inside: str) -> tuple[str, ...] | None:
        found = self._source.entries(one, inside)
        self._endurance.arrived(one)
        return found

    def _transferred(self, one: Wanted, inside: str, path: Path) -> Part:
        allowance = self._allowance
        allowance.write(0)
        with path.open("wb") as out, closing(Body(out, self._writers, allowance)) as body:
            try:
                with self._source.open(one, inside) as (route, chunks):
                    for chunk in chunks:
                        allowance.check()
                        if not body.size:
                            self._endurance.arrived(one)
                        body.add(chunk)
                digest = body.finish()
                defect = refused_defect(one, inside, body.inspector)
            except BaseException:
                allowance.give_back(body.counted)
                body.close()
                with suppress(OSError):
                    out.truncate(0)
                raise
        return Part(
            path=path,
            size=body.size,
            sha256=digest,
            content=body.inspector.content(),
            route=route,
            defect=defect,
        )
