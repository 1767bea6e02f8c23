"""NAME, NAMESPACE/NAME and a page of the UI say which workflow; all that is said must agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Ended

    Call = Callable[..., Ended]

GOOD = {"ARGO_SERVER": "127.0.0.1:1", "ARGO_TOKEN": "t0ken"}
PAGE = "https://127.0.0.1:1/workflows/ci/w"
QUICK = ("--outage-timeout", "0", "--no-watch", "--timeout", "0.05s")


@pytest.mark.parametrize(
    ("words", "seen"),
    [
        (("w",), "default/w"),
        (("ci/w",), "ci/w"),
        (("ci/w", "-n", "ci"), "ci/w"),
        (("ci/w", "ci/v"), "ci/v"),
        (("ci/w", "w", "-n", "ci"), "ci/w"),
        ((PAGE,), "ci/w"),
        ((f"{PAGE}/?tab=workflow", "ci/w"), "ci/w"),
        (("https://127.0.0.1:1/argo/workflows/ci/w",), "ci/w"),
        (("https://ui.example/workflows/ci/w", "--ui-url", "https://ui.example/"), "ci/w"),
        ((f"{PAGE}?uid=u1&nodeId=n1", "--uid", "u1", "--node", "n1"), "ci/w"),
        ((f"{PAGE}?uid=u1&nodeId=n1", "ci/w"), "ci/w"),
        (("ci/@latest",), "ci/@latest"),
    ],
)
def test_the_workflow_is_looked_for_where_the_word_says(
    call: Call, words: tuple[str, ...], seen: str
) -> None:
    ended = call("wait", *words, *QUICK, **GOOD)
    assert ended.code in {5, 124}
    assert seen in ended.err + ended.out


def test_the_namespace_of_a_name_stands_over_argos_own_variable(call: Call) -> None:
    ended = call("wait", "ci/w", *QUICK, **GOOD, ARGO_NAMESPACE="prod")
    assert ended.code in {5, 124}
    assert "ci/w" in ended.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("ci/w", "-n", "prod"), "two values of namespace are given: prod and ci"),
        (("ci/w", "prod/v"), "two values of namespace"),
        (("ci/w", "v"), "two values of namespace are given: default and ci"),
        (("ci/x/y",), "no workflow name"),
        (("CI/x",), "no namespace"),
        (("/x",), "no namespace"),
        (("ci/",), "no workflow name"),
        ((PAGE, "-n", "prod"), "two values of namespace"),
        ((f"{PAGE}?uid=u1", "--uid", "u2"), "two values of uid are given: u2 and u1"),
        ((f"{PAGE}?uid=u1", "ci/v"), "one NAME"),
        ((f"{PAGE}?nodeId=n1", "--node", "n2"), "names the node 'n1'"),
        ((f"{PAGE}?nodeId=n1", "ci/v"), "names the node 'n1'"),
        (("https://evil.example/workflows/ci/w",), "another server"),
        (("https://127.0.0.1:2/workflows/ci/w",), "another server"),
        (("https://127.0.0.1:1@evil.example/workflows/ci/w",), "another server"),
        (("http://127.0.0.1/workflows/ci/w",), "another server"),
        (("https://127.0.0.1:1/workflows/ci",), "no page of a workflow"),
        (("https://127.0.0.1:1/workflows/ci/w%2f..%2fv",), "no workflow name"),
        (("https://127.0.0.1:x/workflows/ci/w",), "no address of a page"),
    ],
)
def test_what_contradicts_itself_or_is_elsewhere_is_refused(
    call: Call, words: tuple[str, ...], said: str
) -> None:
    ended = call("wait", *words, **GOOD)
    assert ended.code == 2
    assert said in ended.err


def test_a_namespace_that_was_said_in_argogates_variable_contradicts_as_well(call: Call) -> None:
    assert call("wait", "ci/w", **GOOD, ARGOGATE_NAMESPACE="prod").code == 2


def test_doctor_takes_the_same_words(call: Call) -> None:
    assert "two values of namespace" in call("doctor", "ci/w", "-n", "prod", **GOOD).err
    assert call("doctor", PAGE, **GOOD).code != 2
