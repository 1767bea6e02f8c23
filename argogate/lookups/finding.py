"""Finding runs: live and archived ones, each once, by its uid, as it really is.

A list is no truth: a run that goes on again after a retry has a row of the archive too, with its
earlier end, and a live run that is archived has only that one. So what is live is read first, by
a watch that begins with all there is. A row of the archive without a live one is then what it
seems to be; where there is no such watch it is doubtful until it is looked up.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from hashlib import blake2b
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from argogate.argo.query import Selection
from argogate.errors import ArgoError, Denied, Malformed, NotFound, Unavailable, worth_repeating
from argogate.lookups.filters import Filters
from argogate.model.lifecycle import from_archive
from argogate.model.parse import parse_workflow
from argogate.model.workflow import LABEL_ARCHIVING, Archiving
from argogate.spell import one_line
from argogate.together import together
from argogate.verdict.conclusion import EXIT_CODES, Conclusion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from argogate.argo.api import ArgoServer
    from argogate.model.workflow import NodePhase, Workflow

LIVE_HALF = f"{LABEL_ARCHIVING}!={Archiving.PERSISTED}"
"""Label selector of what is no row of the archive."""
PREFIXES = (3, 6)
"""The first release that knows `nameFilter`; before, a prefix would be taken for the whole name."""
WITH_ARCHIVE = (3, 5)
"""The first release whose lists have archived runs too."""
LIVE_PAUSE = 5.0
"""Seconds of silence after which a list is asked instead: a proxy may hold a watch back."""
AT_ONCE = 8
BATCH = 32
PAUSES, LONGEST_PAUSE = (0.5, 2.0), 10.0
"""Seconds before a list is asked again, and at most."""
SERVER_ERROR = 500
ANYTHING = Selection()

Answer = TypeVar("Answer")


class Archived(StrEnum):
    """Which halves are wanted."""

    YES = "yes"
    NO = "no"
    ONLY = "only"


class Place(StrEnum):
    """Where a run is."""

    LIVE = "live"
    ARCHIVE = "archived"
    DOUBTFUL = "archived?"
    """In the archive, and perhaps live all the same."""


@dataclass(frozen=True, slots=True)
class Row:
    """One run."""

    run: Workflow
    place: Place
    bare: bool = False
    """Whether it lacks its labels, by which only the server could select."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is to be found."""

    namespace: str
    """Empty for all of them."""
    filters: Filters = field(default_factory=Filters)
    archived: Archived = Archived.YES
    node_phases: frozenset[NodePhase] = frozenset()
    """Runs that hold such a node."""
    lookups: int = 100
    """How many runs are asked for one by one, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long to wait for the server."""

    timeout: float
    """Seconds for the head of an answer, and for each pause in it."""
    whole: float
    """Seconds for all of one answer."""
    sleep: Callable[[float], None]


@dataclass(kw_only=True)
class Tally:
    """What is missing in an answer."""

    unreadable: list[str] = field(default_factory=list)
    """Names of rows that lack what tells whether they are meant."""
    not_looked_up: int = 0
    """Rows of which only the archive's state is known, though the truth was needed."""
    not_read: int = 0
    """Runs whose nodes were not read, though that was needed."""


class Finder:
    """Finds runs; `tally` says afterwards what could not be told."""

    def __init__(
        self, server: ArgoServer, question: Question, pace: Pace, say: Callable[[str], None]
    ) -> None:
        """`say` is told what a server does otherwise."""
        self.tally = Tally()
        self._server, self._question, self._pace, self._say = server, question, pace, say
        self._filters = question.filters
        self._plain = self._whole_names = False
        self._refusal = ""
        self._release: tuple[int, ...] = ()
        self._asked = self._trees = 0

    def rows(self) -> Iterator[Row]:
        """Yield what is meant, as it comes; an archived run may turn out to be live.

        It keeps nothing but 16 bytes of each. Raises ArgoError at the point where no more comes.
        """
        for row in self._merged():
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

    # one by one

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
        return together(ask, rows, jobs=AT_ONCE, seconds=self._pace.whole)

    def _look(self, row: Row) -> Row | None:
        """Return what a run is by its name; None where that cannot be told now."""
        run = row.run
        try:
            seen = self._server.poll(run.namespace, run.name, timeout=self._pace.timeout).workflow
        except NotFound:
            return replace(row, place=Place.ARCHIVE)
        except ArgoError:
            return None
        if seen.uid != run.uid or from_archive(seen):
            return replace(row, place=Place.ARCHIVE)
        return Row(seen, Place.LIVE)

    def tree(self, row: Row) -> Workflow | None:
        """Return a run with its nodes; None where they cannot be read."""
        pace = self._pace
        with suppress(ArgoError):
            found = self._server.document_of(row.run, timeout=pace.timeout, whole=pace.whole)
            run = parse_workflow(found.content)
            return None if run.nodes_unreadable else run
        return None

    # together

    def _merged(self) -> Iterator[Row]:
        """Yield every run once."""
        seen: set[bytes] = set()
        watched = True
        try:
            for run in self._live():
                yield from self._once(run, Place.LIVE, seen)
        except ArgoError:
            watched = False
            half = replace(self._filters.of_all(), labels=LIVE_HALF)
            for run in self._listed(half):
                if run.uid and not from_archive(run):
                    yield from self._once(run, Place.LIVE, seen)
        if watched and self._question.archived is Archived.NO:
            return
        for run in self._listed(self._filters.of_archived()):
            unlike = Place.ARCHIVE if watched else Place.DOUBTFUL
            place = unlike if from_archive(run) else Place.LIVE
            yield from self._once(run, place, seen)
        for run in self._archive_of_old():
            yield from self._once(run, Place.ARCHIVE, seen, bare=True)

    def _once(
        self, run: Workflow, place: Place, seen: set[bytes], *, bare: bool = False
    ) -> Iterator[Row]:
        key = _key(run.uid)
        if not run.uid or key not in seen:
            seen.add(key)
            space = run.namespace or self._question.namespace
            yield Row(run if run.namespace else replace(run, namespace=space), place, bare)

    def _archive_of_old(self) -> tuple[Workflow, ...]:
        """Return what lists do not show before 3.5; those servers do not tell what they are."""
        pace, filters = self._pace, self._filters
        if self._release or self._question.archived is Archived.NO:
            return ()
        if self._server.release(timeout=pace.timeout) >= WITH_ARCHIVE:
            return ()
        return self._server.archive_of_old(
            self._question.namespace,
            filters.label_selector,
            timeout=pace.timeout,
            whole=pace.whole,
        )

    def _live(self) -> Iterator[Workflow]:
        """Yield what is live, by its present labels where archived runs do not matter."""
        alone = self._question.archived is Archived.NO
        select = Selection(labels=self._filters.labels_text if alone else "")
        namespace, pace = self._question.namespace, self._pace
        with self._server.live_listed(
            namespace, select, timeout=min(pace.timeout, LIVE_PAUSE), whole=pace.whole
        ) as rows:
            yield from rows

    def _listed(self, select: Selection) -> Iterator[Workflow]:
        """Yield the rows of a list; again from the beginning where it is cut off."""
        failures = 0
        while True:
            sent = self._understood(select)
            try:
                with self._server.listed(
                    self._question.namespace,
                    sent,
                    timeout=self._pace.timeout,
                    whole=self._pace.whole,
                ) as listed:
                    self._release = listed.release
                    if sent.prefix and not sent.name and listed.release < PREFIXES:
                        self._whole_names = True
                        continue
                    self._explain()
                    yield from listed.rows
            except ArgoError as error:
                if sent != ANYTHING and _refuses(error):
                    self._plain, self._refusal = True, error.message
                    continue
                if failures == len(PAUSES) or not worth_repeating(error):
                    raise
                wished = error.retry_after if isinstance(error, Unavailable) else 0
                self._pace.sleep(min(max(wished, PAUSES[failures]), LONGEST_PAUSE))
                failures += 1
            else:
                return

    def _understood(self, select: Selection) -> Selection:
        """Return what of these filters the server applies as they are meant."""
        if self._plain:
            return ANYTHING
        return replace(select, prefix="") if self._whole_names else select

    def _explain(self) -> None:
        if self._refusal:
            self._say(f"the server refuses the filter, so it is applied here: {self._refusal}")
            self._refusal = ""


def exit_code_of(error: ArgoError) -> int:
    """Return what a lookup exits with that this error stopped, as a gate would."""
    match error:
        case Denied():
            return EXIT_CODES[Conclusion.DENIED]
        case Malformed():
            return EXIT_CODES[Conclusion.USAGE]
    return EXIT_CODES[Conclusion.UNREACHABLE]


def _refuses(error: ArgoError) -> bool:
    """Whether it may be the filter that a server does not like."""
    failed = isinstance(error, Unavailable) and error.status == SERVER_ERROR
    return failed or isinstance(error, Malformed)


def _key(uid: str) -> bytes:
    """Return 16 bytes that tell a uid from others."""
    return blake2b(uid.encode("utf-8", "replace"), digest_size=16).digest()
