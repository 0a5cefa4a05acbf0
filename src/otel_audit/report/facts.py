"""What is known of a run besides its records, when it has ended."""

from __future__ import annotations

import platform
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from otel_audit import semconv
from otel_audit.books import EventCount
from otel_audit.bridge_health import Health
from otel_audit.redaction import Redactor


@dataclass(frozen=True)
class Facts:
    """The frame of a page.

    Args:
        command: what was run, redacted.
        directory: where, redacted.
        ending: how it ended, in a few words.
        end_ns: when, nanoseconds since the Unix epoch.
        process: its id.
        events: every event seen.
        health: the bridge's accounts after the last flush.
        forks: number of forked children.
        selected: names of events that are selected.
        include: what was selected, as the option takes it; "" where something was excluded.
        rules: samplers by name of the event, in few words.
        redact: masks a text that did not come through the chain: names of spans.
    """

    command: str
    directory: str
    ending: str
    end_ns: int
    process: int
    events: Sequence[EventCount]
    health: Health
    forks: int = 0
    selected: frozenset[str] = frozenset()
    include: str = "default"
    rules: Mapping[str, str] = field(default_factory=dict)
    redact: Callable[[str], str] = str
    python: str = field(default_factory=lambda: f"{platform.python_implementation()} {platform.python_version()}")


def redacted_command(words: Sequence[str], directory: str, redactor: Redactor) -> tuple[str, str]:
    """Command line and working directory as they may be shown, treated like those of a program that was started.

    Args:
        words: the program's own command line, `python` in front.
        directory: its working directory.
        redactor: of the run's level and key.
    """
    masked: Mapping[str, object] = redactor(
        {semconv.PROCESS_COMMAND_ARGS: list(words), semconv.PROCESS_WORKING_DIRECTORY: directory}, custom=True
    )
    shown = masked[semconv.PROCESS_COMMAND_ARGS]
    listed = [str(word) for word in shown] if isinstance(shown, (list, tuple)) else [str(shown)]
    return shlex.join(listed), str(masked[semconv.PROCESS_WORKING_DIRECTORY])
