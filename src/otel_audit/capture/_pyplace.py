"""Where in the code: whether it blocks a running event loop, which task, which frame. The twin of _place.h.

Runs in the hook. Reading a frame raises audit events (`sys._getframe`, `object.__getattr__`, `builtins.id`), so the
hook is deaf meanwhile; other Python hooks see them.
"""

from __future__ import annotations

import sys
from types import BuiltinFunctionType, MethodDescriptorType
from typing import Any, NamedTuple

from otel_audit.application import Code
from otel_audit.capture._pystate import Asyncio, Entry, State, Thread, section
from otel_audit.capture._pyvalues import ITEM_MAX, TEXT_MAX, cut_whole
from otel_audit.wire import LOCATION, SECTION_LOCATION, SECTION_TASK

FRAMES_MAX, LOOPS_MAX, TASK_MAX = 64, 64, 128
FILES_MAX = 1024  # file names whose owner is remembered
CUT = b"\xe2\x80\xa6"
LIBRARY, INSTALLED, APPLICATION, LOOP, RUNNER = (int(code) for code in Code)
_NAME = "co_qualname" if sys.version_info >= (3, 11) else "co_name"
_getframe = sys._getframe
_exact = str.__str__  # of a subclass: what is compared and kept would else run its code
_HERE = __file__.rpartition("_pyplace")[0]
OWN_EVENTS = frozenset(("sys._getframe", "object.__getattr__", "builtins.id"))
"""What reading a frame raises."""


class Spot(NamedTuple):
    """Where it came from; `line` is asked of what is kept only."""

    code: int
    file: str
    function: str
    position: int
    frame: Any


class Place(NamedTuple):
    """What was found."""

    on_loop: bool = False
    loop: Any = None
    spot: Spot | None = None


NOT_LOOKED = Place()


def find_asyncio(module: Any, sockets: Any) -> Asyncio | None:
    """What of asyncio and sockets is asked; None where that is not C code."""
    running = getattr(module, "_get_running_loop", None)
    if type(running) is not BuiltinFunctionType:
        return None
    found = Asyncio(running)
    task = getattr(module, "Task", None)
    name = task.__dict__.get("get_name") if isinstance(task, type) else None
    if type(name) is MethodDescriptorType:
        tasks = getattr(module, "_current_tasks", None)
        found.task_type, found.get_name = task, name
        found.tasks = tasks if type(tasks) is dict else None
        found.current_task = getattr(module, "current_task", None)
    kind = getattr(sockets, "socket", None)
    timeout = kind.__dict__.get("gettimeout") if isinstance(kind, type) else None
    if type(timeout) is MethodDescriptorType:
        found.socket_type, found.get_timeout, found.datagram = kind, timeout, sockets.SOCK_DGRAM
        found.get_kind = kind.__dict__["type"].__get__
    return found


def _never_waits(asyncio: Asyncio, args: tuple[Any, ...]) -> bool:
    """A socket that does not wait, or one whose connecting sends nothing."""
    if not args or asyncio.socket_type is None or not issubclass(type(args[0]), asyncio.socket_type):
        return False
    never: bool = asyncio.get_kind(args[0]) == asyncio.datagram or asyncio.get_timeout(args[0]) == 0.0
    return never


def _whose(s: State, file: str) -> int:
    found = s.files.get(file)
    if found is not None:
        return found
    whose = APPLICATION
    for prefix, code in s.code:
        if file.startswith(prefix):
            whose = code
            break
    if len(s.files) >= FILES_MAX:
        s.files.clear()
    s.files[file] = whose
    return whose


def _walk(s: State, frame: Any, on_loop: bool, located: bool, located_if_blocking: bool) -> tuple[bool, Spot | None]:
    """From the newest frame to older ones: whether it is not the loop's own doing, and the application's nearest."""
    settled, wanted = not on_loop, located_if_blocking if on_loop else located
    for _ in range(FRAMES_MAX):
        if frame is None or not (wanted or not settled):
            break
        code = frame.f_code
        file = _exact(code.co_filename)
        whose = _whose(s, file)
        if whose == RUNNER:
            break
        if whose == LOOP and not settled:
            on_loop, wanted = False, located
        settled = settled or whose != LIBRARY
        if whose == APPLICATION and wanted:
            return on_loop, Spot(id(code), file, _exact(getattr(code, _NAME)), frame.f_lasti, frame)
        frame = frame.f_back
    return on_loop, None


def _frame(depth: int) -> Any:
    """None where C code alone raised the event: a thread or a greenlet that began with a built-in function."""
    try:
        return _getframe(depth)
    except ValueError:
        return None


def _vetoed(error: Exception) -> bool:
    """Whether another audit hook refused what reading a frame raises: that is no matter of the application's.

    Else it comes from a signal handler, which belongs to the application.
    """
    try:
        traceback, foreign = error.__traceback__, False
        while traceback is not None:
            if not traceback.tb_frame.f_code.co_filename.startswith(_HERE):
                foreign = True
                for value in list(traceback.tb_frame.f_locals.values()):
                    event = value[0] if type(value) is tuple and value else value
                    if type(event) is str and event in OWN_EVENTS:
                        return True
            traceback = traceback.tb_next
    except Exception:  # refused as well
        return True
    return not foreign  # C code refused


def look(s: State, t: Thread, e: Entry, args: tuple[Any, ...], depth: int, drawn: float) -> Place:
    """Look whether the event blocks a loop, and for the application's frame as far as it is wanted.

    Args:
        s: where asyncio and whose code is whose are known.
        t: the thread, deaf while its frames are read.
        e: says what is wanted.
        args: of the event.
        depth: of the hook's caller below this function's.
        drawn: by chance, 0 to 1.
    """
    asyncio = s.asyncio if e.blocking else None
    loop = asyncio.get_running_loop() if asyncio is not None else None
    on_loop = loop is not None and not _never_waits(asyncio, args)  # type: ignore[arg-type]
    if not on_loop and not e.location:
        return NOT_LOOKED
    located, spot = drawn < e.location, None
    t.walking = True
    try:
        on_loop, spot = _walk(s, _frame(depth + 1), on_loop, located, located or drawn < e.loop_location)
    except Exception as error:
        if isinstance(error, (RecursionError, MemoryError)) or not _vetoed(error):
            raise
    finally:
        t.walking = False
    return Place(on_loop, loop, spot)


def _cut(text: str, bound: int) -> bytes:
    data = str.encode(text, "utf-8", "surrogatepass")
    return data if len(data) <= bound else cut_whole(data, bound) + CUT


def task_section(s: State, loop: Any) -> bytes:
    """The name of the task that the loop is running, of asyncio's own class only; empty where there is none."""
    asyncio, task = s.asyncio, None
    if asyncio is None or asyncio.task_type is None:
        return b""
    if asyncio.tasks is not None:  # compared by identity: hashing a loop may run its code
        for key, value in list(asyncio.tasks.items())[:LOOPS_MAX]:
            if key is loop:
                task = value
    elif asyncio.current_task is not None:
        task = asyncio.current_task(loop)
    if type(task) is not asyncio.task_type:
        return b""
    name = asyncio.get_name(task)
    return section(SECTION_TASK, _cut(name, TASK_MAX)) if issubclass(type(name), str) else b""


def location_section(spot: Spot) -> bytes:
    """The application's frame, as it is kept."""
    function = _cut(spot.function, ITEM_MAX)
    line = spot.frame.f_lineno or 0
    return section(SECTION_LOCATION, LOCATION.pack(max(0, line), len(function)) + function + _cut(spot.file, TEXT_MAX))
