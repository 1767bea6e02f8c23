"""What becomes of each line: told, or counted."""

from __future__ import annotations

import pytest

from argogate.following import flow as module
from argogate.following.flow import LAST_LINES, Flow
from argogate.model.pods import PodLine
from tests.build import HOSTILE

EXIT = 'time=x level=INFO msg="sub-process exited" argo=true'


class Pipe:
    """A flow, and what is told of it."""

    def __init__(self, most: int = 1000, cut: str = "hunter2-hunter2") -> None:
        self.flow = Flow(most, lambda text: text.replace(cut, "***"))
        self.moment = 0

    def print(self, pod: str, *texts: str, argo: bool = False) -> None:
        for text in texts:
            self.moment += 1
            minutes, seconds = divmod(self.moment, 60)
            hours, minutes = divmod(minutes, 60)
            at = f"2026-11-25T{hours:02}:{minutes:02}:{seconds:02}Z"
            self.flow.hear("wf", PodLine(pod, at, text, argo), 0)

    def told(self) -> list[str]:
        return [said.text for _, lines in self.flow.due(0) for said in lines]

    def rest(self) -> list[str]:
        return [said.text for _, lines in self.flow.rest(0) for said in lines]


def numbers(begin: int, end: int) -> list[str]:
    return [str(number) for number in range(begin, end)]


def test_argos_own_lines_are_not_told() -> None:
    pipe = Pipe()
    pipe.print("p", "one")
    pipe.print("p", EXIT, argo=True)
    assert pipe.rest() == ["one"]


@pytest.mark.parametrize("more", [1, 2, 200])
def test_of_too_many_lines_of_a_pod_the_first_and_the_last_are_told_and_the_others_counted(
    more: int,
) -> None:
    pipe = Pipe(most=5)
    pipe.print("p", *numbers(0, 5 + more))
    assert pipe.told() == [
        *numbers(0, 5),
        "… after 5 lines (--follow-lines) the rest is counted",
    ]
    pipe.print("p", EXIT, argo=True)
    left = more - LAST_LINES
    assert pipe.told() == [
        *([f"… {left} lines left out"] if left > 0 else []),
        *numbers(5 + max(left, 0), 5 + more),
    ]
    pipe.print("p", "Error: exit status 3")
    assert pipe.rest() == ["Error: exit status 3"]


def test_a_pod_that_has_ended_does_not_wait_for_its_turn() -> None:
    pipe = Pipe()
    pipe.print("first", "1")
    assert pipe.told() == ["1"]
    pipe.print("other", "2")
    assert pipe.told() == []
    pipe.print("other", EXIT, argo=True)
    assert pipe.told() == ["2"]


def test_as_many_lines_as_are_allowed_are_told_without_a_word() -> None:
    pipe = Pipe(most=5)
    pipe.print("p", *numbers(0, 5))
    assert pipe.told() + pipe.rest() == numbers(0, 5)


def test_a_pod_that_prints_too_much_costs_no_other_one_anything() -> None:
    pipe = Pipe(most=5)
    pipe.print("noisy", *numbers(0, 500))
    pipe.print("quiet", "here")
    assert "here" in pipe.rest()


def test_the_states_of_a_progress_bar_are_lines_and_counted_as_such() -> None:
    pipe = Pipe(most=3)
    pipe.print("p", "1%\r2%\r3%\r4%\r5%")
    assert pipe.told()[:3] == ["1%", "2%", "3%"]
    assert pipe.rest() == ["4%", "5%"]


@pytest.mark.parametrize(("bound", "text"), [("MOST_LINES", "x"), ("MOST_TEXT", "x" * 100)])
def test_there_is_a_most_of_all_pods_together(
    monkeypatch: pytest.MonkeyPatch, bound: str, text: str
) -> None:
    monkeypatch.setattr(module, bound, 50 * (len(text) if bound == "MOST_TEXT" else 1))
    pipe = Pipe()
    for pod in numbers(0, 30):
        pipe.print(pod, *[text] * 30)
    for pod in numbers(0, 10):
        pipe.print(pod, EXIT, argo=True)
    told = [*pipe.told(), *pipe.rest()]
    assert told.count(text) == 50
    assert len(told) == 51
    assert any("… after 50 lines of all pods the rest is counted" in line for line in told)
    assert pipe.flow.left_out().startswith("… 850 lines of 29 pods left out")


def test_nothing_is_said_where_nothing_was_left_out() -> None:
    pipe = Pipe()
    pipe.print("p", "one")
    pipe.rest()
    assert pipe.flow.left_out() == ""


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_told_is_plain_and_bounded(text: str) -> None:
    pipe = Pipe()
    pipe.print("p", text)
    told = pipe.rest()
    assert told
    assert all(len(line) <= 1001 for line in told)
    assert not any(set(line) & set("\r\n\x1b\x00\u202e\x9b") for line in told)


def test_a_secret_is_cut_out_before_a_line_is_taken_apart() -> None:
    pipe = Pipe(cut="hunter2\rhunter2")
    pipe.print("p", "password hunter2\rhunter2 found")
    assert pipe.rest() == ["password *** found"]


def test_lines_may_be_missing_from_the_last_line_on_of_what_lags_behind() -> None:
    pipe = Pipe()
    assert pipe.flow.oldest_end("wf") == float("-inf")
    pipe.print("slow", "0")
    early = pipe.flow.oldest_end("wf")
    pipe.print("ended", "1", "2")
    assert pipe.flow.oldest_end("wf") == early
    assert pipe.flow.oldest_end("wf", within=1) == early + 2
    pipe.print("slow", EXIT, argo=True)
    assert pipe.flow.oldest_end("wf", within=1) == early + 2
    assert pipe.flow.oldest_end("another") == float("-inf")
