"""Finding runs: those that are meant, as they really are; what is doubtful is looked up."""

from __future__ import annotations

from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from argogate.errors import ArgoError, Denied, Malformed, NotFound
from argogate.lookups.merging import Merged
from argogate.lookups.question import Archived, Place, Row, Tally
from argogate.model.lifecycle import from_archive
from argogate.model.parse import parse_workflow
from argogate.spell import one_line
from argogate.together import together
from argogate.values import replace
from argogate.verdict.conclusion import EXIT_CODES, Conclusion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from argogate.argo.api import ArgoServer
    from argogate.lookups.question import Bounds, Question
    from argogate.model.workflow import Workflow

AT_ONCE = 8
BATCH = 32
Answer = TypeVar("Answer")


class Finder:
    """Finds runs; `tally` says afterwards what could not be told."""

    def __init__(
        self, server: ArgoServer, question: Question, bounds: Bounds, say: Callable[[str], None]
    ) -> None:
        """`say` is told what a server does otherwise."""
        self.tally = Tally()
        self._lists = Merged(server, question, bounds, say)
        self._server, self._question, self._bounds = server, question, bounds
        self._filters = question.filters
        self._asked = self._trees = 0

    def rows(self) -> Iterator[Row]:
        """Yield what is meant, as it comes; an archived run may turn out to be live.

        It keeps nothing but 16 bytes of each. Raises ArgoError at the point where no more comes.
        """
        for row in self._lists.rows():
            filters = self._filters.without_labels() if row.bare else self._filters
            lacking = row.bare and self._filters.template
            if not row.run.uid or lacking or filters.cannot_tell(row.run):
                self.tally.unreadable.append(one_line(row.run.name, 100) or "a row without a name")
            elif filters.meets(row.run) and self._wanted(row.place):
                yield row

    def settled(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yield those rows, in their order, that are meant by what a look at each tells.

        Raises what the rows raise, after those that came before.
        """
        remaining, stopped = iter(rows), None
        while not stopped:
            batch: list[Row] = []
            try:
                batch.extend(islice(remaining, BATCH))
            except ArgoError as error:
                stopped = error
            if not batch:
                break
            doubtful = [row for row in batch if row.place is Place.DOUBTFUL]
            doubtful = doubtful[: self._question.lookups - self._asked]
            self._asked += len(doubtful)
            known = dict(zip(map(id, doubtful), self._asks(self._look, doubtful), strict=True))
            told = [known.get(id(row)) or row for row in batch]
            yield from self._holding([row for row in told if self._is_meant(row)])
        if stopped:
            raise stopped

    def _is_meant(self, row: Row) -> bool:
        if row.place is Place.DOUBTFUL:
            self.tally.not_looked_up += 1
            return self._question.archived is Archived.YES
        return self._wanted(row.place) and (row.bare or self._filters.meets(row.run))

    def _wanted(self, place: Place) -> bool:
        """Whether a run of that place may be meant."""
        unwanted = {Archived.YES: "", Archived.NO: Place.ARCHIVE, Archived.ONLY: Place.LIVE}
        return place != unwanted[self._question.archived]

    def _holding(self, rows: list[Row]) -> list[Row]:
        """Return those that hold a node of a phase that is asked for, if any is."""
        phases = self._question.node_phases
        if not phases:
            return rows
        read = rows[: self._question.lookups - self._trees]
        self._trees += len(read)
        self.tally.not_read += len(rows) - len(read)
        found = []
        for row, tree in zip(read, self._asks(self.tree, read), strict=True):
            if tree is None:
                self.tally.not_read += 1
            elif any(node.phase in phases for node in tree.nodes.values()):
                found.append(row)
        return found

    def _asks(self, ask: Callable[[Row], Answer | None], rows: list[Row]) -> list[Answer | None]:
        return together(ask, rows, jobs=AT_ONCE, seconds=self._bounds.whole)

    def _look(self, row: Row) -> Row | None:
        """Return what a run is by its name; None where that cannot be told now."""
        run = row.run
        try:
            seen = self._server.poll(run.namespace, run.name, timeout=self._bounds.timeout).workflow
        except NotFound:
            return replace(row, place=Place.ARCHIVE)
        except ArgoError:
            return None
        if seen.uid != run.uid or from_archive(seen):
            return replace(row, place=Place.ARCHIVE)
        return Row(seen, Place.LIVE)

    def tree(self, row: Row) -> Workflow | None:
        """Return a run with its nodes; None where they cannot be read."""
        bounds = self._bounds
        with suppress(ArgoError):
            found = self._server.document_of(row.run, timeout=bounds.timeout, whole=bounds.whole)
            run = parse_workflow(found.content)
            return None if run.nodes_unreadable else run
        return None


def exit_code_of(error: ArgoError) -> int:
    """Return what a lookup exits with that this error stopped, as a gate would."""
    match error:
        case Denied():
            return EXIT_CODES[Conclusion.DENIED]
        case Malformed():
            return EXIT_CODES[Conclusion.USAGE]
    return EXIT_CODES[Conclusion.UNREACHABLE]
