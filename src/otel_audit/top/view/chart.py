"""Events per second as bars, one column a second, the present at the right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

_EIGHTHS = " ▁▂▃▄▅▆▇█"


def bars(numbers: Sequence[int], height: int) -> list[str]:
    """Lines of a bar chart, the top one first.

    Args:
        numbers: one per column.
        height: lines; the largest number reaches the top, and one that is not 0 can be seen.
    """
    highest = max(numbers, default=0) or 1
    eighths = [0 if not number else max(1, round(number * height * 8 / highest)) for number in numbers]
    return ["".join(_EIGHTHS[max(0, min(8, each - 8 * line))] for each in eighths) for line in reversed(range(height))]


class Chart(Widget):
    """Bars, with the highest number and the number of seconds beside them."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"chart--bar", "chart--label"}
    DEFAULT_CSS = """
    Chart { height: 3; background: $background;
        & > .chart--bar { color: $accent; background: $background; }
        & > .chart--label { color: $foreground 65%; background: $background; }
    }
    """
    LABEL = 10
    """Cells left of the bars."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._numbers: Sequence[int] = ()

    @property
    def seconds(self) -> int:
        """How many bars there is room for."""
        return max(1, self.size.width - self.LABEL)

    def show(self, numbers: Sequence[int]) -> None:
        """Draw other numbers."""
        self._numbers = numbers
        self.refresh()

    def render_line(self, y: int) -> Strip:
        height, room = self.size.height, self.seconds
        label = {height - 1: f"last {room}s", 0: f"{max(self._numbers, default=0):,}/s"}.get(y, "")
        line = bars(self._numbers[-room:], height)[y].rjust(room)
        return Strip(
            [
                Segment(f"{label[:9]:>9} ", self.get_component_rich_style("chart--label")),
                Segment(line, self.get_component_rich_style("chart--bar")),
            ],
            self.LABEL + room,
        )
