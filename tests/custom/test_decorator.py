"""`audited`: an event before and one after, and the function stays what it was."""

from __future__ import annotations

import asyncio
import functools
import gc
import inspect
import sys
from collections.abc import AsyncGenerator, Callable, Generator
from typing import Any

import pytest

from otel_audit import custom
from otel_audit.custom import audited
from otel_audit.custom.definitions import Argument
from tests.custom.conftest import Raised, refusal

NAME, RESULT = "shop.place", "shop.place/result"
RETURNED = (RESULT, "returned", None)


def test_before_and_after_a_function(raised: Raised) -> None:
    @audited(NAME, arguments=("order_id",), redact={"card": "card"})
    def place(order_id: str, amount: int, card: str = "none") -> int:
        """Places it."""
        raised.append(("running",))
        return amount + 1

    assert place("o-1", 2, card="4111") == 3
    assert raised == [(NAME, "o-1", "4111"), ("running",), RETURNED]
    assert (place.__name__, place.__doc__) == ("place", "Places it.")
    assert list(inspect.signature(place).parameters) == ["order_id", "amount", "card"]


def test_rows_of_both_events() -> None:
    audited(NAME, ["order_id"], redact={"card": "card"}, severity="warn", text="place {order_id}", meaning="It.")
    before, after = custom.rows()
    assert (before.name, before.severity, before.meaning) == (NAME, "warn", "It.")
    assert [(arg.name, arg.redact) for arg in before.args] == [("order_id", ""), ("card", "card")]
    assert (after.name, after.severity) == (RESULT, "warn")
    assert [arg.attribute for arg in after.args] == [None, "exception.type"]
    assert after.text == "shop.place {python.audit.arg.outcome}[: {exception.type}]"


class Failure(Exception):
    pass


@pytest.mark.parametrize(
    ("error", "name"), [(KeyError("x"), "KeyError"), (Failure(), f"{__name__}.Failure"), (SystemExit(2), "SystemExit")]
)
def test_an_exception_goes_on_as_it_is(raised: Raised, error: BaseException, name: str) -> None:
    @audited(NAME)
    def fail() -> None:
        raise error

    with pytest.raises(type(error)) as caught:
        fail()
    assert caught.value is error
    assert error.__cause__ is None
    assert error.__context__ is None
    assert raised == [(NAME,), (RESULT, "raised", name)]


def test_a_veto_keeps_the_function_from_running(monkeypatch: pytest.MonkeyPatch) -> None:
    ran = []

    def veto(*args: object) -> None:
        raise PermissionError

    monkeypatch.setattr(sys, "audit", veto)
    with pytest.raises(PermissionError):
        audited(NAME)(lambda: ran.append(1))()
    assert not ran


@pytest.mark.parametrize("fails", [False, True])
def test_what_has_happened_cannot_be_vetoed(monkeypatch: pytest.MonkeyPatch, fails: bool) -> None:
    def veto(name: str, *args: object) -> None:
        if name == RESULT:
            raise PermissionError

    @audited(NAME)
    def work() -> int:
        return 1 // (0 if fails else 1)

    monkeypatch.setattr(sys, "audit", veto)
    if fails:
        with pytest.raises(ZeroDivisionError):
            work()
    else:
        assert work() == 1


def bound(function: Callable[..., Any], names: list[str | Argument], *args: Any, **kwargs: Any) -> tuple[Any, ...]:
    seen: Raised = []
    before = sys.audit
    sys.audit = lambda *values: seen.append(values)
    try:
        audited(NAME, names)(function)(*args, **kwargs)
    finally:
        sys.audit = before
    return seen[0][1:]


def everything(a: int, /, b: int = 2, *rest: int, c: int, d: int = 4, **more: int) -> None: ...


ALL = ["a", "b", "rest", "c", "d", "more"]


@pytest.mark.parametrize(
    ("args", "kwargs", "expected"),
    [
        ((1,), {"c": 3}, (1, 2, (), 3, 4, {})),
        ((1, 5), {"c": 3, "d": 6}, (1, 5, (), 3, 6, {})),
        ((1, 5, 7, 8), {"c": 3, "x": 9}, (1, 5, (7, 8), 3, 4, {"x": 9})),
        ((1,), {"b": 5, "c": 3, "a": 9}, (1, 5, (), 3, 4, {"a": 9})),
    ],
)
def test_parameters_are_bound_as_the_call_binds_them(args: Any, kwargs: Any, expected: tuple[Any, ...]) -> None:
    assert bound(everything, [*ALL], *args, **kwargs) == expected
    arguments = inspect.signature(everything).bind(*args, **kwargs)
    arguments.apply_defaults()
    assert tuple(arguments.arguments.values()) == expected


def test_recorded_in_the_order_named() -> None:
    assert bound(everything, ["c", Argument("a", "shop.a")], 1, c=3) == (3, 1)


def test_a_wrong_call_fails_as_the_function_does(raised: Raised) -> None:
    def place(order_id: str) -> None: ...

    with pytest.raises(TypeError) as plain:
        place()  # type: ignore[call-arg]
    with pytest.raises(TypeError) as wrapped:
        audited(NAME, ["order_id"])(place)()  # type: ignore[call-arg]
    assert str(wrapped.value) == str(plain.value)
    assert raised[1] == (RESULT, "raised", "TypeError")


def test_methods_of_every_kind(raised: Raised) -> None:
    class Shop:
        @audited("shop.method", ["x"])
        def method(self, x: int) -> tuple[object, int]:
            return self, x

        @classmethod
        @audited("shop.class_method", ["x"])
        def class_method(cls, x: int) -> tuple[object, int]:
            return cls, x

        @staticmethod
        @audited("shop.static_method", ["x"])
        def static_method(x: int) -> int:
            return x

    shop = Shop()
    assert (shop.method(1), shop.class_method(2), shop.static_method(3)) == ((shop, 1), (Shop, 2), 3)
    assert [values for values in raised if len(values) == 2] == [
        ("shop.method", 1),
        ("shop.class_method", 2),
        ("shop.static_method", 3),
    ]


def test_a_partial_is_a_function_too(raised: Raised) -> None:
    assert audited(NAME, ["base"])(functools.partial(lambda x, base: x * base, base=2))(3) == 6
    assert raised == [(NAME, 2), RETURNED]


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (staticmethod(everything), "function=<staticmethod>: expected a function: put @staticmethod above"),
        (classmethod(lambda cls: None), "function=<classmethod>: expected a function: put @classmethod above"),
        (int, "function=<type>: expected a function"),
        (5, "function=<int>: expected a function"),
    ],
)
def test_what_is_no_function_is_refused(function: Any, expected: str) -> None:
    assert refusal(lambda: audited(NAME)(function)) == f"shop.place: {expected}"


def test_a_parameter_that_is_none_is_refused() -> None:
    line = "shop.place: arguments=order: expected a parameter of the function (order_id)"
    assert refusal(lambda: audited(NAME, ["order"])(lambda order_id: None)) == line
    assert "(it has none)" in refusal(lambda: audited(NAME, ["order"])(lambda: None))
    line = "shop.place: function=<builtin_function_or_method>: expected one whose signature is known"
    assert refusal(lambda: audited(NAME, ["order"])(max)) == line


def test_other_refusals() -> None:
    assert "expected a name without /" in refusal(lambda: audited("shop.x/y"))
    both = refusal(lambda: audited("shop.x", [Argument("card", redact="card")], redact={"card": "card"}))
    assert both == "shop.x: redact.card=card: expected each argument once: redact= of its Argument"
    assert custom.rows() == ()


def test_a_coroutine_function(raised: Raised) -> None:
    @audited(NAME, ["x"])
    async def work(x: int) -> int:
        await asyncio.sleep(0)
        raised.append(("running",))
        return x + 1

    assert inspect.iscoroutinefunction(work)
    work(0).close()
    assert raised == []
    assert asyncio.run(work(1)) == 2
    assert raised == [(NAME, 1), ("running",), RETURNED]


def test_a_cancelled_coroutine(raised: Raised) -> None:
    @audited(NAME)
    async def work() -> None:
        await asyncio.Event().wait()

    async def main() -> None:
        task = asyncio.ensure_future(work())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert raised == [(NAME,), (RESULT, "raised", "asyncio.exceptions.CancelledError")]


def test_a_coroutine_that_is_given_up(raised: Raised) -> None:
    @audited(NAME)
    async def work() -> None:
        await asyncio.sleep(0)

    started = work()
    started.send(None)
    started.close()
    assert raised == [(NAME,), (RESULT, "closed", None)]


@audited("shop.numbers", ["first"])
def numbers(first: int) -> Generator[int, int | None, str]:
    sent = None
    while sent != 0:
        try:
            sent = yield first
            first = sent or first + 1
        except KeyError:
            first = -1
    return "done"


def test_a_generator_function(raised: Raised) -> None:
    assert inspect.isgeneratorfunction(numbers)
    running = numbers(1)
    assert raised == []
    assert [next(running), next(running), running.send(7), running.throw(KeyError())] == [1, 2, 7, -1]
    with pytest.raises(StopIteration) as stopped:
        running.send(0)
    assert stopped.value.value == "done"
    assert raised == [("shop.numbers", 1), ("shop.numbers/result", "returned", None)]


def test_a_generator_that_fails_or_is_given_up(raised: Raised) -> None:
    failing, given_up = numbers(1), numbers(2)
    next(failing)
    with pytest.raises(ValueError, match="mine"):
        failing.throw(ValueError("mine"))
    next(given_up)
    del given_up
    gc.collect()
    assert [values[1:] for values in raised if "/" in values[0]] == [("raised", "ValueError"), ("closed", None)]


def plain_stream(log: list[object]) -> Callable[[int], AsyncGenerator[int, int | None]]:
    async def stream(first: int) -> AsyncGenerator[int, int | None]:
        try:
            while first < 10:
                try:
                    sent = yield first
                    log.append(sent)
                    first = sent or first + 1
                except KeyError as error:
                    log.append(error.args)
                    first = 5
            if first > 10:
                raise ValueError(first)
        finally:
            await asyncio.sleep(0)
            log.append("finally")

    return stream


async def drive(
    stream: Callable[[int], AsyncGenerator[int, int | None]], script: list[object], log: list[object]
) -> None:
    running = stream(1)
    log.append(await running.__anext__())
    for step in script:
        try:
            if isinstance(step, BaseException):
                log.append(await running.athrow(step))
            elif step == "close":
                log.append(await running.aclose())  # type: ignore[func-returns-value]
            else:
                log.append(await running.asend(step))  # type: ignore[arg-type]
        except BaseException as error:
            log.append((type(error), error.args, error is step))


@pytest.mark.parametrize(
    ("script", "outcome"),
    [
        ([None, 7, None, KeyError("k"), 10], ("returned", None)),
        ([11, None], ("raised", "ValueError")),
        ([OSError("x")], ("raised", "OSError")),
        ([asyncio.CancelledError()], ("raised", "asyncio.exceptions.CancelledError")),
        ([3, "close", None], ("closed", None)),
        (["close"], ("closed", None)),
    ],
)
def test_an_async_generator_behaves_as_without(raised: Raised, script: list[object], outcome: tuple[Any, ...]) -> None:
    plain: list[object] = []
    wrapped: list[object] = []
    decorated = audited(NAME, ["first"])(plain_stream(wrapped))
    assert inspect.isasyncgenfunction(decorated)
    asyncio.run(drive(plain_stream(plain), script, plain))
    asyncio.run(drive(decorated, script, wrapped))
    assert wrapped == plain
    assert raised == [(NAME, 1), (RESULT, *outcome)]
