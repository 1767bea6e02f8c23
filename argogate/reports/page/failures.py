"""What went wrong, in groups of one reason: messages, attempts, last lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argogate import spell
from argogate.reports.escape import line
from argogate.reports.page.elements import el, file_beside
from argogate.reports.page.states import LOOKS, state_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree import ElementTree as ET

    from argogate.reports.page.elements import Room
    from argogate.verdict.analysis import Analysis, Group
    from argogate.verdict.report import Case, Report, Suite

LONGEST_MESSAGE = 2000
LONGEST_LINE = 1000
MOST_OPEN = 5
"""Failures of a group that are unfolded; people read the first ones."""
MOST_LOGS = 2
"""Logs of a group that are unfolded."""
MOST_ATTEMPTS = 20
MOST_FOLDED = 200


class Failures:
    """The failures of all workflows, as far as the page has room."""

    def __init__(self, report: Report, base: str, texts: Room, logs: Room) -> None:
        """`base` leads from the page to where files lie; logs are the first to be left out."""
        self._report = report
        self._base = base
        self._texts = texts
        self._logs = logs

    def section(self) -> ET.Element | None:
        """Return the whole section; None where nothing failed."""
        groups = [
            (suite, group)
            for suite in self._report.suites
            for group in suite.analysis.groups
            if not self._told_above(group)
        ]
        if not groups:
            return None
        groups.sort(key=lambda each: each[1].consequence)
        shown = []
        caused = False
        for suite, group in groups:
            shown.append(self._group(suite, group, follows=caused and group.consequence))
            caused = caused or not group.consequence
        return el(
            "section",
            el("h2", "What went wrong", id="failures-title"),
            shown,
            self._left_out(),
            aria_labelledby="failures-title",
            id="s:failed",
            class_="failures",
        )

    def _told_above(self, group: Group) -> bool:
        """Whether the page begins with all that is known: of one workflow that was never seen."""
        bare = all(not (case.node or case.log) for case in group.cases)
        return bare and not group.hint and len(self._report.suites) == 1

    def _left_out(self) -> ET.Element | None:
        missed = [
            f"{spell.counted(room.missed, noun)} left out"
            for room, noun in ((self._texts, "failure"), (self._logs, "log"))
            if room.missed
        ]
        if not missed:
            return None
        return el("p", f"The page is full: {' and '.join(missed)}.", class_="cut")

    def _group(self, suite: Suite, group: Group, *, follows: bool) -> ET.Element:
        several = len(self._report.suites) > 1
        count = f"{len(group.cases)} \N{MULTIPLICATION SIGN} " if len(group.cases) > 1 else ""
        where = el("span", f" · {line(suite.workflow.name)}", class_="of") if several else None
        articles = list(self._articles(suite, group))
        most = MOST_OPEN if len(articles) > MOST_OPEN + 1 else len(articles)
        folded = articles[most:]
        more = spell.counted(len(group.cases) - most, "more failure")
        return el(
            "section",
            el("h3", count, line(group.reason), where),
            el("p", group.hint, class_="hint") if group.hint else None,
            el("p", "It follows from the above.", class_="hint") if follows else None,
            articles[:most],
            el("details", el("summary", f"{more} for the same reason"), folded) if folded else None,
            class_="group",
        )

    def _articles(self, suite: Suite, group: Group) -> Iterator[ET.Element]:
        for at, case in enumerate(group.cases):
            if at < MOST_FOLDED and self._texts.take(600 + len(case.message[:LONGEST_MESSAGE])):
                yield self._article(suite, case, unfolded=at < MOST_LOGS)
            elif at >= MOST_FOLDED:
                self._texts.missed += 1

    def _article(self, suite: Suite, case: Case, *, unfolded: bool) -> ET.Element:
        state = state_of(case)
        facts = [spell.duration(case.seconds)] if case.seconds or case.node else []
        exit_code = case.node.exit_code if case.node else ""
        facts += [f"exit code {exit_code}"] if exit_code else []
        facts += [f"attempt {len(case.attempts) + 1}"] if case.attempts else []
        return el(
            "article",
            el(
                "h4",
                el("span", LOOKS[state].sign, class_="sign", aria_hidden="true"),
                " ",
                line(case.label),
            ),
            el(
                "p",
                el("b", case.type),
                f", {', '.join(facts)}" if facts else "",
                (" · ", el("a", "open in Argo", href=case.url)) if case.url else None,
                class_="facts",
            ),
            el("p", case.message[:LONGEST_MESSAGE], class_="message"),
            self._attempts(case),
            self._log(case, unfolded=unfolded),
            self._files(case),
            class_=f"failure {state}",
            data_s=str(state),
            data_n=case.label,
            data_w=suite.workflow.name,
            data_t=case.node.template_name if case.node else None,
            data_d=case.seconds,
        )

    @staticmethod
    def _attempts(case: Case) -> ET.Element | None:
        """Return the error of every attempt before: the first one is often the telling one."""
        if not case.attempts:
            return None
        left = len(case.attempts) - MOST_ATTEMPTS
        rows = [
            el("li", el("b", f"attempt {at}: "), each.type, ": ", each.message[:LONGEST_LINE])
            for at, each in enumerate(case.attempts[:MOST_ATTEMPTS], 1)
        ]
        return el(
            "ul",
            rows,
            el("li", f"… and {spell.counted(left, 'attempt')} more") if left > 0 else None,
            class_="attempts",
        )

    def _log(self, case: Case, *, unfolded: bool) -> ET.Element | None:
        if not case.log:
            return el("p", f"No log: {case.no_log}", class_="hint") if case.no_log else None
        lines = [text[:LONGEST_LINE] for text in case.log]
        if not self._logs.take(sum(map(len, lines)) + len(lines)):
            return el("p", "The log is left out, as the page is full.", class_="cut")
        shown = spell.counted(len(lines), "last line")
        return el(
            "details",
            el("summary", f"Log, {shown}"),
            el("pre", "\n".join(lines), tabindex=0, role="region", aria_label="Log"),
            open=unfolded,
            class_="log",
        )

    def _files(self, case: Case) -> ET.Element | None:
        if not case.attachments:
            return None
        links = [
            (", " if at else "", el("a", line(path), href=file_beside(self._base, path)))
            for at, path in enumerate(case.attachments[:MOST_ATTEMPTS])
        ]
        return el("p", "Its artifacts: ", links, class_="facts")


def flaky(analysis: Analysis) -> ET.Element | None:
    """Return what failed and then passed, with the error of each attempt."""
    if not analysis.flaky:
        return None
    rows = [
        el(
            "li",
            el("b", line(case.label)),
            f" passed in attempt {len(case.attempts) + 1}: ",
            "; ".join(f"{each.type}: {line(each.message)[:300]}" for each in case.attempts[:5]),
            data_s="flaky",
        )
        for case in analysis.flaky[:MOST_FOLDED]
    ]
    return el("ul", rows, class_="plain")
