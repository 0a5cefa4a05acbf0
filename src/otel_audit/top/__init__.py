"""The live view of `otel-audit top`: what a JSON log stream tells, counted and shown.

Nothing here is imported by the bridge. `model` counts, pure and without a terminal; `source`, `follow` and `program`
give it lines; `view` shows it, and is the only part that needs textual.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal


def screenshot(
    lines: Iterable[bytes | str],
    *,
    source: str = "audit.jsonl",
    size: tuple[int, int] = (120, 36),
    keys: Sequence[str] = (),
    theme: Literal["dark", "light"] = "dark",
    elapsed: float = 0.0,
) -> str:
    """The view as an SVG image, drawn without a terminal.

    Args:
        lines: of a JSON log stream. The time shown is that of the last of them.
        source: name in the header.
        size: columns and lines of the terminal.
        keys: pressed before the image is taken, as textual names them: `2`, `enter`, `question_mark`.
        theme: dark or light.
        elapsed: seconds in the header.

    Raises:
        ImportError: textual is not installed.
    """
    from otel_audit.top.view.screenshot import take

    return take(lines, source, size, keys, theme, elapsed)
