"""Faults that the gate once had, put back one at a time: which tool finds each?

`python -m proof regressions --most 3` tries the first three. Each is tried in a copy of the tree,
with the short form of the quick tools, as far as they run what is broken, of those that it names
besides, and the tests that cover the file; a fault that none of them finds is what is wrong.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TYPE_CHECKING

from proof.copies import ROOT, Copy, copied, once_more
from proof.mutants import stages

if TYPE_CHECKING:
    from collections.abc import Sequence

JOBS = 2
TOOLS: dict[str, tuple[str, ...]] = {
    "interleavings": ("-m", "proof", "interleavings", "--each", "1"),
    "faults": ("-m", "proof", "faults", "--each", "1"),
    "torture": ("-m", "proof", "torture", "--each", "1", "--seed", "1"),
    "fuzz": ("-m", "proof", "fuzz", "--each", "1", "--seed", "1"),
}
"""The short form of each tool; the tests besides are those that cover the file."""
QUICK = ("interleavings", "faults")
"""What is tried on every fault: the others take a minute each."""
MODELLED = ("argogate/model", "argogate/verdict", "argogate/waiting")
"""What the model check runs; it needs nothing that asks a server, fetches or writes."""
TESTS = "tests"
MOST_SECONDS = 600
TRACE = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Regression:
    """A fault as it was, or as good as it was."""

    name: str
    path: str
    old: str
    """What stands there now, once."""
    new: str
    also: tuple[str, ...] = ()
    """Tools that are tried on it besides those that are quick."""

    @property
    def tools(self) -> tuple[str, ...]:
        """The tools that are tried on it."""
        blind = () if self.path.startswith(MODELLED) else ("interleavings",)
        return (*(tool for tool in QUICK if tool not in blind), *self.also)

    def text(self) -> str:
        """Return the file with the fault in it. Raises ValueError where it cannot be put back."""
        source = (ROOT / self.path).read_text(encoding="utf-8")
        if source.count(self.old) != 1:
            msg = f"{self.path} has changed: {self.old!r} is not in it once"
            raise ValueError(msg)
        return source.replace(self.old, self.new)


REGRESSIONS = (
    Regression(
        name="the uid is not compared",
        path="argogate/waiting/track.py",
        old="if self.last and workflow.uid != self.uid:",
        new="if self.last and not workflow.uid:",
    ),
    Regression(
        name="a row of a list is trusted",
        path="argogate/waiting/choice.py",
        old="or identity.accept_archived or not is_stale(run, server_began, server_now):",
        new="or run.uid:",
    ),
    Regression(
        name="the archive is trusted",
        path="argogate/waiting/identity.py",
        old="finished <= server_began:\n        return True",
        new="finished <= server_began:\n        return False",
    ),
    Regression(
        name="the attempt of a run that was chosen is forgotten",
        path="argogate/waiting/identity.py",
        old="return self.attempt is not None and (started is None or started < self.attempt)",
        new="return False",
    ),
    Regression(
        name="an answer from before a retry is believed",
        path="argogate/model/lifecycle.py",
        old="    if answer.started_at is None or answer.started_at < seen.started_at:\n"
        "        return True\n",
        new="",
    ),
    Regression(
        name="@latest takes what is too old",
        path="argogate/waiting/newest.py",
        old="if why := why_not(run, self._identity, self._contact.began, shown):",
        new="if (why := why_not(run, self._identity, self._contact.began, shown)) is Why.GONE:",
    ),
    Regression(
        name="one pattern of --node that matches is enough",
        path="argogate/model/part.py",
        old="final=final and not missing",
        new="final=final and bool(found)",
    ),
    Regression(
        name="a node is final though another one of that name may come",
        path="argogate/model/part.py",
        old="final = not growth.may_make(pattern)",
        new="final = bool(growth)",
    ),
    Regression(
        name="work that was cut short passes",
        path="argogate/verdict/judge.py",
        old="cut = lifecycle.cut_short(tree)",
        new="cut: tuple[Node, ...] = ()",
    ),
    Regression(
        name="any gateway's 404 says that a workflow is not there",
        path="argogate/argo/missing.py",
        old="return Missing.ANOTHER if re.fullmatch(OF_ANY_NAME, message) else None",
        new="return Missing.ASKED_FOR",
    ),
    Regression(
        name="an answer about another workflow is believed",
        path="argogate/argo/documents.py",
        old="    if told != asked:\n",
        new="    if not told:\n",
    ),
    Regression(
        name="loopback goes through the proxy",
        path="argogate/argo/proxy.py",
        old="if not given or is_loopback(host):",
        new="if not given:",
    ),
    Regression(
        name="one page or refused request ends a wait that had an answer",
        path="argogate/waiting/outage.py",
        old="            case _ if self._contact.answered:\n",
        new="            case Unavailable() if self._contact.answered:\n",
    ),
    Regression(
        name="a list that fails decides",
        path="argogate/waiting/waiter.py",
        old="            self._list_again = now + LIST_PAUSE\n            return watches\n",
        new="            self._list_again = now + LIST_PAUSE\n            raise\n",
    ),
    Regression(
        name="a byte a second is waited for, for ever",
        path="argogate/argo/deadline.py",
        old="left = min(self.timeout, self._until - _now())",
        new="left = self.timeout",
    ),
    Regression(
        name="a damaged archive raises what is not expected of archives",
        path="argogate/evidence/members.py",
        old="    except Exception as error:\n",
        new="    except (tarfile.TarError, zipfile.BadZipFile, OSError, EOFError) as error:\n",
        also=("fuzz",),
    ),
    Regression(
        name="an empty body passes for an archive",
        path="argogate/evidence/transfer.py",
        old="    if due and content not in due:\n",
        new="    if due and content is None:\n",
    ),
    Regression(
        name="files are written through a link",
        path="argogate/evidence/within.py",
        old="            refuse_link(parent)\n",
        new="            continue\n",
    ),
    Regression(
        name="a full disk behind stdout decides the exit code",
        path="argogate/cli/stdio.py",
        old="        except OSError:\n",
        new="        except BlockingIOError:\n",
        also=("torture",),
    ),
    Regression(
        name="reports are not red from the start on",
        path="argogate/publishing.py",
        old="    for form, path in reports.paths.items():\n        if is_special(path):\n",
        new="    for form, path in ():\n        if is_special(path):\n",
    ),
    Regression(
        name="reports stay green beside one that cannot be written",
        path="argogate/publishing.py",
        old="            for form in files:\n"
        "                rewrite(form, report, reports, or_remove=form in green)\n",
        new="",
        also=("torture",),
    ),
    Regression(
        name="a signal that a group passes on is a second request",
        path="argogate/cli/signals.py",
        old="SAME_REQUEST = 1.0\n",
        new="SAME_REQUEST = -1.0\n",
    ),
    Regression(
        name="a signal while reports are written ends the gate at once",
        path="argogate/cli/signals.py",
        old="            if not self._writing:\n                self._end(self._hurry)\n",
        new="            self._end(self._hurry)\n",
        also=("torture",),
    ),
    Regression(
        name="a foreign run is shut down",
        path="argogate/waiting/shutdown.py",
        old="if workflow.uid != seen.uid:",
        new="if not workflow.uid:",
    ),
    Regression(
        name="a secret that the server repeats is shown",
        path="argogate/argo/secrecy.py",
        old="return self._cleaned(value, {}) if self._forms else value",
        new="return value",
    ),
    Regression(
        name="a container without threads ends the gate",
        path="argogate/waiting/listener.py",
        old="        except RuntimeError as error:\n",
        new="        except OSError as error:\n",
        also=("torture",),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """A fault that was put back, and who found it."""

    regression: Regression
    by: tuple[str, ...]
    trace: str
    """How the model check says it, in its shortest form."""


def seek(copy: Copy, regression: Regression) -> Sought:
    """Try every tool on one fault."""
    by, trace = [], ""
    with copy.changed({regression.path: regression.text()}):
        for tool in regression.tools:
            ended = copy.python(TOOLS[tool], seconds=MOST_SECONDS)
            if ended.code:
                by.append(tool)
            if ended.code and tool == "interleavings":
                told = [line for line in ended.out.splitlines() if line.startswith("WRONG")]
                trace = min(told, key=lambda line: line.count(", ")) if told else ended.out
        if any(copy.tests(tests, seconds=MOST_SECONDS).code for tests in nearest(regression.path)):
            by.append(TESTS)
    found = Sought(
        regression=regression, by=tuple(by), trace=trace.removeprefix("WRONG").strip()[-TRACE:]
    )
    print(f"{regression.name}: {', '.join(by) or 'nobody'}", flush=True)
    if found.trace:
        print(f"  {found.trace}", flush=True)
    return found


def nearest(path: str) -> list[tuple[str, ...]]:
    """Return the tests that cover a file, without those that only play it end to end."""
    return stages(path)[:2]


def run(seed: int, each: int, *, most: int | None = None) -> list[str]:  # noqa: ARG001 - all are tried
    """Put them back one by one; return those that no tool finds."""
    with ExitStack() as stack:
        first = stack.enter_context(copied())
        tools = {tool for one in REGRESSIONS[:most] for tool in one.tools}
        broken = [tool for tool in tools if first.python(TOOLS[tool], compiles=True).code]
        if broken:
            return [f"{tool} finds something without any of them" for tool in broken]
        idle: SimpleQueue[Copy] = SimpleQueue()
        idle.put(first)
        for _ in range(JOBS - 1):
            idle.put(stack.enter_context(once_more(first)))

        def one(regression: Regression) -> Sought:
            copy = idle.get()
            try:
                return seek(copy, regression)
            finally:
                idle.put(copy)

        with ThreadPoolExecutor(JOBS) as pool:
            found = list(pool.map(one, REGRESSIONS[:most]))
    print(table(found))
    told = (f"{tool}: {sum(tool in each.by for each in found)}" for tool in (*TOOLS, TESTS))
    print(f"{len(found)} put back; found by {', '.join(told)}")
    return [f"{each.regression.name}: found by nobody" for each in found if not each.by]


def table(found: Sequence[Sought]) -> str:
    """Return who found what as Markdown, and the shortest trace of the model check."""
    tools = (*TOOLS, TESTS)
    lines = [f"| Put back | {' | '.join(tools)} | Shortest trace |"]
    lines.append(f"| --- |{' --- |' * (len(tools) + 1)}")
    for each in found:
        tried = {*each.regression.tools, TESTS}
        marks = " | ".join(
            "found" if tool in each.by else "no" if tool in tried else "" for tool in tools
        )
        trace = " ".join(each.trace.replace("|", "/").split())
        lines.append(f"| {each.regression.name} | {marks} | {trace} |")
    return "\n".join(lines)
