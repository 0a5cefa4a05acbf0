"""The application around the screen: keys that work everywhere, themes, signals, the end."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable
from typing import ClassVar, Literal

from textual.app import App
from textual.binding import Binding, BindingType
from textual.screen import Screen

from otel_audit.top.feed import Feed
from otel_audit.top.output import Output
from otel_audit.top.view.main import REFRESH_S, Main

Theme = Literal["dark", "light"]


class TopApp(App[None]):
    """Shows a feed until it is left.

    Args:
        feed: started here, unless it is over already.
        output: of the program, when there is one.
        end: asks the program to end, each time more firmly.
        theme: of the two, which.
    """

    TITLE = "otel-audit top"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c,ctrl+q", "leave", "Quit", show=False, priority=True),
        Binding("t", "turn_theme", "Theme", show=False),
        Binding("x", "end", "End the program", show=False),
    ]

    def __init__(
        self, feed: Feed, *, output: Output | None = None, end: Callable[[], None] | None = None, theme: Theme = "dark"
    ) -> None:
        super().__init__()
        self._feed, self._output, self._end = feed, output, end
        self._leaving = False
        self._first_theme = theme

    def get_default_screen(self) -> Screen[None]:
        return Main(self._feed, self._output)

    def on_mount(self) -> None:
        self.theme = f"textual-{self._first_theme}"
        self._listen()
        if not self._feed.ended:
            self._feed.start()
        self.set_interval(REFRESH_S, self._look)

    def _listen(self) -> None:
        """Signals from outside are as good as the key. Windows knows no handlers of a loop."""
        loop = asyncio.get_running_loop()
        handlers = {"SIGINT": self.action_leave, "SIGTERM": self.action_leave, "SIGHUP": self._hang_up}
        for name, handler in handlers.items():
            if hasattr(signal, name):
                try:
                    loop.add_signal_handler(getattr(signal, name), handler)
                except (NotImplementedError, RuntimeError, ValueError):
                    return

    def _hang_up(self) -> None:
        """The terminal is gone, and textual would look for it for ever: end the program, then this process."""
        threading.Thread(target=_close_and_exit, args=(self._feed,), daemon=True).start()

    def _look(self) -> None:
        if self._leaving and self._feed.ended:
            self.exit()

    def action_end(self) -> None:
        """End the program, stay."""
        if self._end is not None:
            self._end()

    def action_leave(self) -> None:
        """End the program if it runs; leave when it has ended."""
        self._leaving = True
        self.action_end()
        if self._end is None or self._feed.ended:
            self.exit()

    def action_turn_theme(self) -> None:
        self.theme = "textual-light" if self.theme == "textual-dark" else "textual-dark"


def _close_and_exit(feed: Feed) -> None:
    try:
        feed.close()
    finally:
        os._exit(128 + signal.SIGHUP)
