"""`@otel_audit.audited(...)`: an event before a function runs, and one when it has ended, as CPython's own do it."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from otel_audit import semconv
from otel_audit.custom.definitions import Argument, define
from otel_audit.custom.registry import register
from otel_audit.errors import DefinitionError

Function = TypeVar("Function", bound=Callable[..., Any])
Before = Callable[[tuple[Any, ...], Mapping[str, Any]], None]
After = Callable[..., None]

RESULT = "/result"
"""What the name of an after-event ends with, as that of `builtins.input/result`."""
RETURNED, RAISED, CLOSED = "returned", "raised", "closed"
_OUTCOME = (Argument("outcome", capture="text"), Argument("exception", semconv.EXCEPTION_TYPE, "text"))


def audited(
    name: str,
    arguments: Sequence[str | Argument] = (),
    *,
    redact: Mapping[str, str] | None = None,
    severity: str | None = None,
    text: str = "",
    meaning: str = "",
) -> Callable[[Function], Function]:
    """Raise `name` before the function runs, and `name/result` when it has ended.

    The function's result and its exceptions stay what they are. Another hook's veto of the first event is raised, and
    the function does not run, as with CPython's own events; nothing that hooks do about the second one is.

    A coroutine function raises the first event when it is first awaited, a generator function when it is first
    iterated, and the second one at their end, each in the context of that moment. What is never awaited or iterated
    raises nothing. Other functions that return an awaitable are like any function: they end when they return.

    Args:
        name: as for `event`.
        arguments: which of the function's parameters are recorded, and how. None unless they are named.
        redact: kind of secret by parameter; these are recorded too, as `[redacted:<kind>]`.
        severity, text, meaning: as for `event`.

    Raises:
        DefinitionError: here, or when it meets a function that has no such parameter.
    """
    if "/" in str(name):
        raise DefinitionError(name, "name", name, f"a name without / (its after-event is name{RESULT})")
    recorded = _recorded(name, arguments, redact or {})
    before = define(name, recorded, severity=severity, text=text, meaning=meaning)
    line = f"{name} {{outcome}}[: {{exception}}]"
    after = define(name + RESULT, _OUTCOME, severity=severity, text=line, meaning=f"How {name} ended.")
    register(before, after)

    def decorate(function: Function) -> Function:
        _check_function(name, function)
        begin = _before(name, function, [arg.name for arg in before.args])
        wrapper: Any = functools.wraps(function)(_wrapping(function)(begin, _after(name), function))
        return wrapper  # type: ignore[no-any-return]

    return decorate


def _recorded(event: str, arguments: Sequence[str | Argument], redact: Mapping[str, str]) -> list[str | Argument]:
    """The arguments, those that are only in `redact` last."""
    left = dict(redact)
    found: list[str | Argument] = []
    for item in arguments:
        name = item.name if isinstance(item, Argument) else item
        kind = left.pop(name, None)
        if kind is not None and isinstance(item, Argument):
            raise DefinitionError(event, f"redact.{name}", kind, "each argument once: redact= of its Argument")
        found.append(item if kind is None else Argument(name, redact=kind))
    return [*found, *(Argument(name, redact=kind) for name, kind in left.items())]


def _check_function(event: str, function: object) -> None:
    if isinstance(function, (staticmethod, classmethod)):
        kind = type(function).__name__
        raise DefinitionError(event, "function", f"<{kind}>", f"a function: put @{kind} above")
    if isinstance(function, type) or not callable(function):
        raise DefinitionError(event, "function", f"<{type(function).__name__}>", "a function")


def _before(event: str, function: Callable[..., Any], names: Sequence[str]) -> Before:
    """Makes the function that raises the first event for the arguments of a call.

    The signature is read once, and becomes source: binding each call by it costs 10 us. A call that does not fit it
    fails by itself.
    """
    parameters = _parameters(event, function, names)
    values = [repr(event), *(_value(parameters, name) for name in names)]
    source = f"def begin(args, kwargs): sys.audit({', '.join(values)})"
    made: dict[str, Any] = {"sys": sys, "defaults": {name: parameters[name].default for name in names}}
    exec(compile(source, f"<otel_audit.audited {event}>", "exec"), made)
    begin: Before = made["begin"]
    return begin


def _parameters(event: str, function: Callable[..., Any], names: Sequence[str]) -> Mapping[str, inspect.Parameter]:
    if not names:
        return {}
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):  # some of those written in C
        raise DefinitionError(
            event, "function", f"<{type(function).__name__}>", "one whose signature is known"
        ) from None
    missing = [name for name in names if name not in parameters]
    if missing:
        expected = f"a parameter of the function ({', '.join(parameters) or 'it has none'})"
        raise DefinitionError(event, "arguments", missing[0], expected)
    return parameters


def _value(parameters: Mapping[str, inspect.Parameter], name: str) -> str:
    """Source of a parameter's value in a call."""
    parameter, at = parameters[name], list(parameters).index(name)
    given = f"args[{at}] if len(args) > {at} else "
    default = "None" if parameter.default is parameter.empty else f"defaults[{name!r}]"
    if parameter.kind is parameter.VAR_POSITIONAL:
        return f"args[{at}:]"
    if parameter.kind is parameter.VAR_KEYWORD:
        return f"{{key: value for key, value in kwargs.items() if key not in {_by_name(parameters)!r}}}"
    if parameter.kind is parameter.POSITIONAL_ONLY:
        return given + default
    by_name = f"kwargs.get({name!r}, {default})"
    return by_name if parameter.kind is parameter.KEYWORD_ONLY else given + by_name


def _by_name(parameters: Mapping[str, inspect.Parameter]) -> tuple[str, ...]:
    """What a keyword may say that does not end up in `**more`."""
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return tuple(name for name, parameter in parameters.items() if parameter.kind in kinds)


def _after(event: str) -> After:
    """Makes the function that raises the second one."""
    result = event + RESULT

    def end(outcome: str, error: BaseException | None = None) -> None:
        try:
            sys.audit(result, outcome, None if error is None else _type_name(error))
        except Exception:  # what has happened cannot be vetoed
            pass

    return end


def _type_name(error: BaseException) -> str:
    """As the conventions want it: with its module, unless that is builtins."""
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _wrapping(function: Callable[..., Any]) -> Callable[[Before, After, Callable[..., Any]], Callable[..., Any]]:
    if inspect.iscoroutinefunction(function):
        return _coroutine
    if inspect.isasyncgenfunction(function):
        return _async_generator
    return _generator if inspect.isgeneratorfunction(function) else _plain


def _plain(begin: Before, end: After, function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        begin(args, kwargs)
        try:
            result = function(*args, **kwargs)
        except BaseException as error:
            end(RAISED, error)
            raise
        end(RETURNED)
        return result

    return call


def _coroutine(begin: Before, end: After, function: Callable[..., Any]) -> Callable[..., Any]:
    async def call(*args: Any, **kwargs: Any) -> Any:
        begin(args, kwargs)
        try:
            result = await function(*args, **kwargs)
        except GeneratorExit:
            end(CLOSED)
            raise
        except BaseException as error:
            end(RAISED, error)
            raise
        end(RETURNED)
        return result

    return call


def _generator(begin: Before, end: After, function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        begin(args, kwargs)
        try:
            result = yield from function(*args, **kwargs)
        except GeneratorExit:
            end(CLOSED)
            raise
        except BaseException as error:
            end(RAISED, error)
            raise
        end(RETURNED)
        return result

    return call


def _async_generator(begin: Before, end: After, function: Callable[..., Any]) -> Callable[..., Any]:
    """Hands on what is sent and thrown: `yield from` for asynchronous generators, which have none."""

    async def call(*args: Any, **kwargs: Any) -> Any:
        begin(args, kwargs)
        inner = function(*args, **kwargs)
        try:
            step = inner.__anext__()
            while True:
                try:
                    item = await step
                except StopAsyncIteration:
                    break
                try:
                    sent = yield item
                except GeneratorExit:
                    await inner.aclose()
                    raise
                except BaseException as error:
                    step = inner.athrow(error)
                else:
                    step = inner.asend(sent)
        except GeneratorExit:
            end(CLOSED)
            raise
        except BaseException as error:
            end(RAISED, error)
            raise
        end(RETURNED)

    return call
