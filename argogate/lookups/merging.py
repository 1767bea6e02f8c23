"""Lists put together: live and archived runs, each once, by its uid.

A list is no truth: a run that goes on again after a retry has a row of the archive too, with its
earlier end, and a live run that is archived has only that one. So what is live is read first, by
a watch that begins with all there is. A row of the archive without a live one is then what it
seems to be; where there is no such watch it is doubtful until it is looked up.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

from argogate.argo.query import Selection
from argogate.errors import ArgoError, Malformed, Unavailable, worth_repeating
from argogate.lookups.question import Archived, Place, Row
from argogate.model.lifecycle import from_archive
from argogate.model.workflow import LABEL_ARCHIVING, Archiving
from argogate.values import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from argogate.argo.api import ArgoServer
    from argogate.lookups.question import Bounds, Question
    from argogate.model.workflow import Workflow

LIVE_HALF = f"{LABEL_ARCHIVING}!={Archiving.PERSISTED}"
"""Label selector of what is no row of the archive."""
PREFIXES = (3, 6)
"""The first release that knows `nameFilter`; before, a prefix would be taken for the whole name."""
WITH_ARCHIVE = (3, 5)
"""The first release whose lists have archived runs too."""
LIVE_PAUSE = 5.0
"""Seconds of silence after which a list is asked instead: a proxy may hold a watch back."""
PAUSES, LONGEST_PAUSE = (0.5, 2.0), 10.0
"""Seconds before a list is asked again, and at most."""
SERVER_ERROR = 500
ANYTHING = Selection()


class Merged:
    """The lists that answer one question."""

    def __init__(
        self, server: ArgoServer, question: Question, bounds: Bounds, say: Callable[[str], None]
    ) -> None:
        """`say` is told what a server does otherwise."""
        self._server, self._question, self._bounds, self._say = server, question, bounds, say
        self._filters = question.filters
        self._plain = self._whole_names = False
        self._refusal = ""
        self._release: tuple[int, ...] = ()

    def rows(self) -> Iterator[Row]:
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
        if self._release or self._question.archived is Archived.NO:
            return ()
        failures = 0
        while True:
            try:
                return self._archive_asked()
            except ArgoError as error:
                self._bear(error, failures)
                failures += 1

    def _archive_asked(self) -> tuple[Workflow, ...]:
        bounds = self._bounds
        if self._server.release(timeout=bounds.timeout) >= WITH_ARCHIVE:
            return ()
        return self._server.archive_of_old(
            self._question.namespace,
            self._filters.label_selector,
            timeout=bounds.timeout,
            whole=bounds.whole,
        )

    def _live(self) -> Iterator[Workflow]:
        """Yield what is live, by its present labels where archived runs do not matter."""
        alone = self._question.archived is Archived.NO
        select = Selection(labels=self._filters.labels_text if alone else "")
        namespace, bounds = self._question.namespace, self._bounds
        with self._server.live_listed(
            namespace, select, timeout=min(bounds.timeout, LIVE_PAUSE), whole=bounds.whole
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
                    timeout=self._bounds.timeout,
                    whole=self._bounds.whole,
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
                self._bear(error, failures)
                failures += 1
            else:
                return

    def _bear(self, error: ArgoError, failures: int) -> None:
        """Pause after a hiccup, so that it is asked again. Raises what is none, or one too many."""
        if failures == len(PAUSES) or not worth_repeating(error):
            raise error
        wished = error.retry_after if isinstance(error, Unavailable) else 0
        self._bounds.sleep(min(max(wished, PAUSES[failures]), LONGEST_PAUSE))

    def _understood(self, select: Selection) -> Selection:
        """Return what of these filters the server applies as they are meant."""
        if self._plain:
            return ANYTHING
        return replace(select, prefix="") if self._whole_names else select

    def _explain(self) -> None:
        if self._refusal:
            self._say(f"the server refuses the filter, so it is applied here: {self._refusal}")
            self._refusal = ""


def _refuses(error: ArgoError) -> bool:
    """Whether it may be the filter that a server does not like."""
    failed = isinstance(error, Unavailable) and error.status == SERVER_ERROR
    return failed or isinstance(error, Malformed)


def _key(uid: str) -> bytes:
    """Return 16 bytes that tell a uid from others."""
    return blake2b(uid.encode("utf-8", "replace"), digest_size=16).digest()
