"""What argogate.values makes behaves as the library's own dataclasses do."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar, Protocol

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argogate import values
from argogate.values import dataclass, field
from tests.conftest import pytest_assertrepr_compare


def described() -> type:
    """Return a class of its own that describes each kind of member."""

    class Described:
        """A value."""

        name: str
        more: tuple[int, ...] = ()
        labels: dict[str, int] = field(default_factory=dict)
        secret: str = field(default="", repr=False)
        aside: str = field(default="", compare=False)
        constant: ClassVar[int] = 7

        def __post_init__(self) -> None:
            if not self.name:
                msg = "no name"
                raise ValueError(msg)

    return Described


def derived(base: type) -> type:
    """Return what describes one member more."""

    class Derived(base):  # type: ignore[misc]
        """A value."""

        last: object

    return Derived


ours: Any = dataclass(frozen=True, slots=True, kw_only=True)
theirs: Any = dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
Ours, Theirs = ours(described()), theirs(described())
OurOwn, TheirOwn = ours(derived(Ours)), theirs(derived(Theirs))


@dataclass(frozen=True, slots=True)
class Pair:
    """Made by places; of this module, as pickle finds no other."""

    left: object
    right: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Single:
    """Compared by one member."""

    only: object


@dataclass(frozen=True, kw_only=True)
class Open:
    """Without slots, as one of two bases must be."""

    name: str = "a"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfTwo(Open, Single):
    """With members of two bases."""

    last: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """Without members."""


@dataclass(slots=True, kw_only=True)
class Changing:
    """Neither frozen nor to be hashed."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """Says itself how it is made and shown."""

    name: str

    def __init__(self, first: str, last: str) -> None:
        object.__setattr__(self, "name", f"{first} {last}")

    def __repr__(self) -> str:
        return self.name


MEMBERS: list[dict[str, Any]] = [
    {"name": "a"},
    {"name": "a", "more": (1,)},
    {"name": "a", "labels": {"b": 1}},
    {"name": "a", "secret": "s"},
    {"name": "a", "aside": "x"},
    {"name": "b"},
]


@pytest.mark.parametrize("some", MEMBERS)
@pytest.mark.parametrize("other", MEMBERS)
def test_values_are_equal_where_the_library_says_so(
    some: dict[str, Any], other: dict[str, Any]
) -> None:
    assert (Ours(**some) == Ours(**other)) is (Theirs(**some) == Theirs(**other))


@pytest.mark.parametrize("members", MEMBERS)
def test_a_value_is_shown_as_the_library_shows_it(members: dict[str, Any]) -> None:
    assert repr(Ours(**members)) == repr(Theirs(**members))
    inherited = OurOwn(**members, last=1), TheirOwn(**members, last=1)
    assert repr(inherited[0]) == repr(inherited[1])


@pytest.mark.parametrize("inherits", [False, True])
@pytest.mark.parametrize(
    "members",
    [{}, {"name": "a"}, {"name": "a", "other": 1}, {"name": "a", "last": 1}, {"last": 1}],
)
def test_it_is_made_as_the_library_makes_it(
    members: dict[str, Any],
    inherits: bool,  # noqa: FBT001 - a row
) -> None:
    kinds = [each(described()) for each in (ours, theirs)]
    if inherits:
        kinds = [ours(derived(kinds[0])), theirs(derived(kinds[1]))]
    first, second = ([_made(kind, members) for _ in range(2)] for kind in kinds)
    assert first == second


@pytest.mark.parametrize("inherits", [False, True])
def test_its_signature_is_the_library_s_before_a_value_is_made(
    inherits: bool,  # noqa: FBT001 - a row
) -> None:
    kinds = [each(described()) for each in (ours, theirs)]
    if inherits:
        kinds = [ours(derived(kinds[0])), theirs(derived(kinds[1]))]
    seen = [inspect.signature(each).parameters.values() for each in kinds]
    ours_are, theirs_are = ([(one.name, one.kind, one.annotation) for one in each] for each in seen)
    assert ours_are == theirs_are
    inits = [each.__init__ for each in kinds]
    assert inits[0].__qualname__ == inits[1].__qualname__
    assert inits[0].__module__ == __name__
    assert inits[0] is kinds[0].__init__


def test_an_init_is_written_once(monkeypatch: pytest.MonkeyPatch) -> None:
    kind = ours(described())
    kind(name="a")
    monkeypatch.setattr(values, "_written_init", None)
    assert kind(name="b").name == "b"


def test_an_init_that_a_protocol_copied_is_written_once(monkeypatch: pytest.MonkeyPatch) -> None:
    class Named(Protocol):
        name: str

    kind = ours(described())

    class Both(kind, Named):  # type: ignore[misc, valid-type]
        pass

    assert Both(name="a").name == "a"
    monkeypatch.setattr(values, "_written_init", None)
    assert [Both(name="b").name, kind(name="c").name] == ["b", "c"]


def test_what_is_interrupted_while_it_writes_writes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    kind = ours(described())

    def stop(_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(values, "_written_init", stop)
        with pytest.raises(KeyboardInterrupt):
            kind(name="a")
    assert kind(name="b").name == "b"


@pytest.mark.parametrize("inherits", [False, True])
def test_threads_may_make_the_first_values_at_once(
    inherits: bool,  # noqa: FBT001 - a row
) -> None:
    threads, rounds = 8, 40
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(threads) as pool:
            for _ in range(rounds):
                kind = ours(described())
                if inherits:
                    kind = ours(derived(kind))
                together = threading.Barrier(threads, timeout=10)

                def make(number: int, kind: Any = kind, together: Any = together) -> object:  # noqa: ANN401
                    together.wait()
                    last = {"last": number} if inherits else {}
                    return kind(name=str(number), **last)

                made: list[Any] = list(pool.map(make, range(threads)))
                assert [each.name for each in made] == [str(each) for each in range(threads)]
                assert len({id(each.labels) for each in made}) == threads
    finally:
        sys.setswitchinterval(interval)


@given(st.builds(Pair, right=st.integers()), st.builds(Single, only=st.text()))
def test_generators_make_them(pair: Pair, single: Single) -> None:
    assert (dataclasses.replace(pair), dataclasses.replace(single)) == (pair, single)


def test_members_may_come_from_two_bases() -> None:
    value = OfTwo(only=1)
    assert repr(value) == "OfTwo(only=1, name='a', last=3)"
    assert dataclasses.replace(value, name="b") == OfTwo(only=1, name="b")
    assert Open(name="b") == Open(name="b")
    with pytest.raises(dataclasses.FrozenInstanceError):
        value.name = "b"  # type: ignore[misc]


def test_a_class_that_is_none_of_values_may_inherit() -> None:
    kind = ours(described())

    class Louder(kind):  # type: ignore[misc, valid-type]
        def __init__(self, name: str) -> None:
            super().__init__(name=name.upper())

    class Same(kind):  # type: ignore[misc, valid-type]
        pass

    assert [Louder("a").name, Same(name="a").name, kind(name="a").name] == ["A", "a", "a"]


def _made(kind: Any, members: dict[str, Any]) -> object:  # noqa: ANN401 - a class of values
    try:
        return dataclasses.asdict(kind(**members))
    except TypeError as error:
        return str(error)


def test_what_is_left_out_is_made_anew_for_each_value() -> None:
    kind = ours(described())
    first, second = kind(name="a"), kind(name="a")
    assert first.labels == second.labels == {}
    assert first.labels is not second.labels


def test_a_class_may_have_its_say_in_the_making() -> None:
    kind = ours(described())
    for _ in range(2):
        with pytest.raises(ValueError, match="no name"):
            kind(name="")
    assert repr(Spoken("ada", "king")) == "ada king"


def test_members_are_made_by_places_where_the_class_says_so() -> None:
    assert (Pair(1), Pair(1, 3)) == (Pair(left=1, right=2), Pair(left=1, right=3))
    with pytest.raises(TypeError, match=r"Single\.__init__\(\) takes 1 positional argument"):
        Single(1)  # type: ignore[call-arg]


@pytest.mark.parametrize("value", [Pair(1), Ours(name="a"), OurOwn(name="a", last=1)])
def test_a_frozen_value_does_not_change(value: Any) -> None:  # noqa: ANN401 - a value
    member = dataclasses.fields(value)[0].name
    for name in (member, "other"):
        with pytest.raises(dataclasses.FrozenInstanceError, match=f"cannot assign to .*'{name}'"):
            setattr(value, name, "b")
        with pytest.raises(dataclasses.FrozenInstanceError, match=f"cannot delete .*'{name}'"):
            delattr(value, name)
    assert not hasattr(value, "__dict__")


def test_another_value_changes_and_is_no_key() -> None:
    value = Changing(name="a")
    value.name = "b"
    assert value == Changing(name="b")
    with pytest.raises(TypeError, match="unhashable"):
        hash(value)
    with pytest.raises(AttributeError):
        value.other = 1  # type: ignore[attr-defined]


def test_equal_values_are_one_key() -> None:
    nan = float("nan")
    values: list[list[object]] = [
        [Nothing(), Nothing()],
        [Single(only=nan), Single(only=nan)],
        [Pair(1), Pair(1, 2)],
    ]
    for some, other in values:
        assert {some: 1}[other]
    assert len({Pair(1), Pair(1, 3), Single(only=1), Nothing()}) == 4
    with pytest.raises(TypeError, match="unhashable"):
        hash(Ours(name="a"))  # of a mapping, as the library's


def test_values_of_two_classes_differ() -> None:
    assert Ours(name="a") != Theirs(name="a")
    assert OurOwn(name="a", last=1) != Ours(name="a")


def test_what_differs_is_said_where_an_assertion_fails() -> None:
    told = pytest_assertrepr_compare("==", Pair(1), Pair(1, 3))
    assert told == ["two values of Pair differ", "right: 2 != 3"]
    assert pytest_assertrepr_compare("==", Pair, Single) is None
    assert pytest_assertrepr_compare("==", 1, 2) is None
    assert pytest_assertrepr_compare("in", Pair(1), Pair(2)) is None


def test_a_value_inside_itself_is_shown_once() -> None:
    inner: list[object] = []
    inner.append(Single(only=inner))
    assert repr(inner[0]) == "Single(only=[...])"
    assert repr(Single(only=Single(only=1))) == "Single(only=Single(only=1))"


@pytest.mark.parametrize(
    "value",
    [Pair([1]), Single(only=Pair(1)), Nothing(), Changing(name="a"), OfTwo(only=1), Open()],
)
def test_it_is_replaced_copied_and_packed_as_the_library_s(value: Any) -> None:  # noqa: ANN401
    packed = pickle.loads(pickle.dumps(value))  # noqa: S301 - just written
    for other in (dataclasses.replace(value), copy.copy(value), copy.deepcopy(value), packed):
        assert (other, other is value) == (value, False)
    if sys.version_info >= (3, 13):
        assert copy.replace(value) == value
    assert dataclasses.is_dataclass(value)


def test_a_pattern_takes_members_apart() -> None:
    match Pair(1):
        case Pair(left, right):
            assert (left, right) == (1, 2)
