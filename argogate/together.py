"""The same question to several at once, in threads that nobody has to wait for."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")
R = TypeVar("R")


def together(
    ask: Callable[[T], R], things: Sequence[T], *, jobs: int, seconds: float
) -> list[R | None]:
    """Return the answer about each thing, in their order, asking `jobs` of them at a time.

    None where there was no answer after that many real seconds: whoever hangs is left behind. The
    first thing that `ask` raises is raised here. Where no thread is to be had, one after the other.
    """
    answers: dict[int, R] = {}
    errors: list[BaseException] = []
    left = iter(range(len(things)))
    changed = threading.Condition()

    def work() -> None:
        while True:
            with changed:
                number = None if errors else next(left, None)
            if number is None:
                return
            try:
                answer = ask(things[number])
            except BaseException as error:  # noqa: BLE001 - raised again by who asked
                with changed:
                    errors.append(error)
                    changed.notify()
            else:
                with changed:
                    answers[number] = answer
                    changed.notify()

    try:
        for _ in things[:jobs]:
            threading.Thread(target=work, daemon=True).start()
    except RuntimeError:
        work()
    with changed:
        changed.wait_for(lambda: errors or len(answers) == len(things), timeout=seconds)
        if errors:
            raise errors[0]
        return [answers.get(number) for number in range(len(things))]
