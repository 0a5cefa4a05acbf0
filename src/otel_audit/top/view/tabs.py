"""The row of tables to choose from."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual import events
from textual.message import Message
from textual.widgets import Static


class Tabs(Static):
    """Titles with numbers of rows; the present one reversed, which needs no colour."""

    DEFAULT_CSS = "Tabs { height: 1; background: $background; color: $foreground; }"

    class Picked(Message):
        """A click on a title."""

        def __init__(self, at: int) -> None:
            super().__init__()
            self.at = at

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._titles: Sequence[str] = ()

    def show(self, titles: Sequence[str], numbers: Sequence[str], present: int) -> None:
        """Draw them; where they do not fit, the others without their numbers of rows, then by their first letters.

        Args:
            titles: of the tables.
            numbers: of their rows.
            present: which one is shown.
        """
        room = self.size.width or 80
        whole = [f" {at + 1} {title} {number} " for at, (title, number) in enumerate(zip(titles, numbers))]
        forms = [whole, *(_cut(whole, titles, present, letters) for letters in (9, 6, 5, 4, 3, 2, 1))]
        self._titles = next((form for form in forms if sum(map(len, form)) <= room), forms[-1])
        text = Text(no_wrap=True, end="")
        for at, title in enumerate(self._titles):
            text.append(title, "bold reverse" if at == present else "")
        self.update(text)

    def on_click(self, event: events.Click) -> None:
        end = 0
        for at, title in enumerate(self._titles):
            end += len(title)
            if event.x < end:
                self.post_message(self.Picked(at))
                return


def _cut(whole: Sequence[str], titles: Sequence[str], present: int, letters: int) -> list[str]:
    """The present one whole; of the others the key, and the beginning of the title."""
    return [
        full if at == present else f" {at + 1} {title[:letters]} "
        for at, (full, title) in enumerate(zip(whole, titles))
    ]
