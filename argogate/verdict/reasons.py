"""Why a case is red, in words that are the same for all that failed alike.

Messages: `workflow/controller/operator.go` (inferFailedReason, getPodReason) of
argoproj/argo-workflows v4.1.2, and what kubelet and scheduler write into a pod's status.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from signal import Signals
from typing import TYPE_CHECKING

from argogate import spell
from argogate.model import lifecycle
from argogate.model.workflow import NodeType
from argogate.verdict.details import reason_of
from argogate.verdict.observation import Finished, PartEnded

if TYPE_CHECKING:
    from argogate.model.workflow import Node, Workflow
    from argogate.verdict.conclusion import Result
    from argogate.verdict.report import Case

LONGEST = 120
"""Characters of a message that becomes a reason."""
LONGEST_READ = 2000
"""Characters of a message that are looked at."""


class Cause(StrEnum):
    """The classes of failures."""

    EXIT = "exit code"
    MEMORY = "OOMKilled"
    DEADLINE = "deadline exceeded"
    EVICTED = "evicted"
    LOST = "pod lost"
    IMAGE = "image pull failed"
    UNSCHEDULABLE = "unschedulable"
    QUOTA = "quota exceeded"
    FORBIDDEN = "forbidden to the workflow's service account"
    CONFIGURATION = "pod cannot be configured"
    TEMPLATE = "template error"
    ARTIFACT = "artifact not transferred"
    LOCK = "waits for a lock"
    REJECTED = "not approved"
    APPROVAL = "waits for an approval"
    SHUT_DOWN = "shut down"
    UNFINISHED = "not over"
    WHOLE = "the workflow as a whole"
    OTHER = "other"


HINTS = {
    Cause.MEMORY: "it used more memory than resources.limits.memory of its template allows",
    Cause.DEADLINE: "it ran longer than an activeDeadlineSeconds or timeout of the workflow allows",
    Cause.EVICTED: "its node needed the room; that is no fault of the program in it",
    Cause.LOST: "its pod went away before it had ended; that is no fault of the program in it",
    Cause.IMAGE: "check the image's name and tag, and imagePullSecrets",
    Cause.UNSCHEDULABLE: "no node of the cluster fits: check its requests, selector, tolerations",
    Cause.QUOTA: "the namespace has no room for its pod: see kubectl describe quota",
    Cause.FORBIDDEN: "the workflow's service account lacks a permission",
    Cause.CONFIGURATION: "a Secret, ConfigMap or volume that its pod refers to is not there",
    Cause.TEMPLATE: "the spec is wrong, and stays wrong however often it is run",
    Cause.ARTIFACT: "the artifact repository refused or lacks it, or the file was not produced",
    Cause.LOCK: "somebody else holds it",
    Cause.REJECTED: "somebody or a deadline ended the approval",
}

SENTENCES = {
    Cause.SHUT_DOWN: (r"workflow shutdown with strategy", r"Stopped with strategy"),
    Cause.DEADLINE: (r"deadline", r"Max duration limit exceeded", r"^DeadlineExceeded"),
    Cause.MEMORY: (r"\bOOMKilled\b",),
    Cause.QUOTA: (r"exceeded quota", r"forbidden: .*quota"),
    Cause.EVICTED: (r"\b[Ee]vict(?:ed|ion)\b", r"low on resource", r"\b[Pp]reempt(?:ed|or)\b"),
    Cause.LOST: (r"pod deleted", r"NodeLost", r"node shutdown", r"pod was rejected"),
    Cause.IMAGE: (
        r"\bErrImage",
        r"\bImagePullBackOff\b",
        r"\bInvalidImageName\b",
        r"pulling image",
    ),
    Cause.UNSCHEDULABLE: (r"\bUnschedulable\b", r"nodes are available"),
    Cause.CONFIGURATION: (r"\bCreateContainer(?:Config)?Error\b", r"FailedMount", r"MountVolume"),
    Cause.FORBIDDEN: (r"\bis forbidden\b",),
    Cause.TEMPLATE: (
        r"invalid spec",
        r"failed to resolve",
        r"template .*(?:not found|undefined)",
        r"requested configuration is invalid",
        r"[Ff]ailed to evaluate",
    ),
    Cause.ARTIFACT: (
        r"failed to (?:save|load|put|get|upload|download|stat|find) .*(?:artifact|output|file)",
        r"artifact .*(?:not found|does not exist|failed)",
        r"configure artifact storage",
    ),
    Cause.LOCK: (r"[Ww]aiting for .*\block\b", r"waits for the lock"),
}
"""Words of messages, in this order: one may hold the words of several classes."""

_EXIT_CODE = re.compile(r"\(exit code (\d{1,10})\)")
_VARYING = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<![a-z])\d[\d.:TZ-]*", re.IGNORECASE)

SIGNALLED = 128
CODES = {126: "cannot be executed", 127: "command not found"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why one case is red."""

    cause: Cause
    words: str
    """Of this case."""
    key: str
    """What is the same of all that failed alike."""
    hint: str = ""
    consequence: bool = False


def reason_for(case: Case, result: Result, workflow: Workflow) -> Reason:
    """Return why a red case is red."""
    ended = isinstance(result.observation.ending, (Finished, PartEnded))
    if case.node is None:
        return _whole(case, workflow) if ended else _plain(Cause.WHOLE, case.type)
    node = lifecycle.answering(workflow, case.node)
    if not case.node.fulfilled:
        return _unfinished(node, ended=ended)
    return _failed(node, workflow)


def _whole(case: Case, workflow: Workflow) -> Reason:
    return _of_message(workflow.message) or _other(workflow.message or case.message)


def _unfinished(node: Node, *, ended: bool) -> Reason:
    if node.type is NodeType.SUSPEND and not node.timed:
        return _plain(Cause.APPROVAL)
    known = _of_message(node.reason) if node.reason else None
    if node.waiting_for_lock:
        return _plain(Cause.LOCK)
    if known:
        return known
    words = f"never finished ({node.phase.value})" if ended else f"still {node.phase.value or '?'}"
    return _plain(Cause.UNFINISHED, words, consequence=not ended)


def _failed(node: Node, workflow: Workflow) -> Reason:
    message = reason_of(node)
    known = _of_message(message)
    if known and known.cause is Cause.SHUT_DOWN:
        by = lifecycle.shut_down_by(workflow)
        return _plain(Cause.SHUT_DOWN, f"shut down{by}", consequence=True)
    if known:
        return known
    if node.type is NodeType.SUSPEND:
        return _plain(Cause.REJECTED)
    found = _EXIT_CODE.search(message)
    code = found[1] if found else node.exit_code
    if code and code != "0":
        return _plain(Cause.EXIT, spell_exit(code))
    return _other(message)


@cache
def _patterns() -> tuple[tuple[Cause, re.Pattern[str]], ...]:
    """Compile the words where a failure asks for them: that costs milliseconds."""
    return tuple((cause, re.compile("|".join(words))) for cause, words in SENTENCES.items())


def _of_message(message: str) -> Reason | None:
    known = (cause for cause, words in _patterns() if words.search(message[:LONGEST_READ]))
    cause = next(known, None)
    return _plain(cause) if cause else None


def _plain(cause: Cause, words: str = "", *, consequence: bool = False) -> Reason:
    words = words or cause.value
    return Reason(
        cause=cause,
        words=words,
        key=words,
        hint=HINTS.get(cause, ""),
        consequence=consequence,
    )


def _other(message: str) -> Reason:
    words = spell.one_line(message, LONGEST)
    return Reason(cause=Cause.OTHER, words=words, key=_VARYING.sub("…", words))


def spell_exit(code: str) -> str:
    """Spell an exit code, with what it stands for: `exit code 137 (SIGKILL)`."""
    number = int(code)
    meaning = CODES.get(number, "")
    if number > SIGNALLED:
        try:
            meaning = Signals(number - SIGNALLED).name
        except ValueError:
            meaning = ""
    return f"exit code {number} ({meaning})" if meaning else f"exit code {number}"
