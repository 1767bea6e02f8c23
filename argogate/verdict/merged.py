"""JUnit files out of artifacts → suites beside those of the workflows.

They are shown as they are, red or green, and decide nothing; names bear the workflow's and the
node's in front, so that two nodes that run the same tests stay apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from argogate.spell import counted
from argogate.values import replace
from argogate.verdict.details import keep_known, make_printable
from argogate.verdict.report import RED, Attempt, Case, Merged, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from argogate.verdict.evidence import MergedFile, MergedSuite, MergedTest
    from argogate.verdict.observation import Observation

    Take = Callable[[str, str], str]
    """Gives a name of a group once; a second one gets a number."""

TYPES = {
    Outcome.PASSED: "",
    Outcome.FAILED: "Failed",
    Outcome.ERRORED: "Error",
    Outcome.SKIPPED: "Skipped",
}


def merged_suites(
    name: str, observation: Observation, take_suite: Take, take_case: Take
) -> Iterator[Merged]:
    """Yield the suites that were merged into the report on a workflow, whose suite has a name."""
    for file in observation.merged:
        prefix = make_printable(f"{name}.{file.node_path}")
        for suite in file.suites:
            own = make_printable(suite.name or file.name)
            cases = [*_cases(suite, prefix, own), *_left_out(suite, prefix)]
            yield Merged(
                name=take_suite("", make_printable(f"{name} / {file.node_path} / {own}")),
                prefix=prefix,
                node_id=file.node_id,
                node_path=make_printable(file.node_path),
                cases=tuple(_renamed(case, take_case) for case in cases),
                properties=_properties(file),
                seconds=suite.seconds,
                timestamp=suite.timestamp,
            )
        if file.problem:
            broken = Case(
                classname=prefix,
                name=make_printable(file.name),
                outcome=Outcome.ERRORED,
                type="Broken",
                message=f"this JUnit file could not be merged: {file.problem}",
            )
            yield Merged(
                name=take_suite("", make_printable(f"{name} / {file.node_path} / {file.name}")),
                prefix=prefix,
                node_id=file.node_id,
                node_path=make_printable(file.node_path),
                cases=(_renamed(broken, take_case),),
                properties=_properties(file),
            )


def _properties(file: MergedFile) -> tuple[tuple[str, str], ...]:
    return (("argo.node", file.node_path), ("argo.artifact", file.name))


def _renamed(case: Case, take: Take) -> Case:
    own = take(case.classname, case.name)
    return case if own == case.name else replace(case, name=own)


def _cases(suite: MergedSuite, prefix: str, suite_name: str) -> Iterator[Case]:
    for test in suite.tests:
        yield Case(
            classname=make_printable(f"{prefix}.{test.classname or suite_name}"),
            name=make_printable(test.name),
            outcome=test.outcome,
            type=TYPES[test.outcome],
            message="" if test.outcome is Outcome.PASSED else _message(test),
            seconds=test.seconds,
            attempts=tuple(
                Attempt(type="Failed", message=each or "it failed") for each in test.attempts
            ),
            details=keep_known({"type": test.type, "file": test.file})
            if test.outcome in RED
            else (),
            text=tuple(test.text.splitlines()) if test.outcome in RED else (),
            log=tuple(test.output.splitlines()),
        )


def _message(test: MergedTest) -> str:
    return (
        test.message.strip()
        or test.type.strip()
        or f"the test {test.outcome.value} without a message"
    )


def _left_out(suite: MergedSuite, prefix: str) -> Iterator[Case]:
    if suite.left_out:
        yield Case(
            classname=prefix,
            name=f"… and {counted(suite.left_out, 'more test')}",
            outcome=Outcome.SKIPPED,
            type="LeftOut",
            message="too many tests to be kept",
        )
