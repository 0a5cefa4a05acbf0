"""The plots of docs/performance.md: SVG, the same bytes for the same results."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl

from benchmarks.result import Figure
from benchmarks.tables import Found, figures

mpl.use("svg")
mpl.rcParams.update({"svg.hashsalt": "otel-audit", "svg.fonttype": "none", "font.size": 9, "figure.autolayout": True})

from matplotlib import pyplot  # noqa: E402  (after the backend is chosen)

COLORS = ("#3465a4", "#cc7a00", "#4e9a06", "#75507b")
HOOK = (
    "no hook",
    "empty C hook",
    "c: ignored",
    "c: counted, in a span",
    "c: recorded, ring and span",
    "empty Python hook",
    "python: ignored",
    "python: recorded, ring and span",
    "naive bridge",
)


def _column(found: Found, version: str, table: str, column: str) -> dict[str, Figure]:
    return {figure.row: figure for figure in figures(found[version], table) if figure.column == column}


def _error(figure: Figure) -> tuple[float, float]:
    low = figure.value if figure.low is None else figure.low
    high = figure.value if figure.high is None else figure.high
    return max(0.0, figure.value - low), max(0.0, high - figure.value)


def _bars(axes: Any, found: Found, table: str, column: str, wanted: tuple[str, ...] = ()) -> None:
    """Horizontal bars with their spread, one per row and interpreter; the rows that are wanted, or all."""
    seen = {version: _column(found, version, table, column) for version in found}
    there = list(dict.fromkeys(row for cells in seen.values() for row in cells))
    order = [row for row in wanted or there if row in there]
    height = 0.8 / len(seen)
    for at, (version, cells) in enumerate(seen.items()):
        shown = {row: cells[row] for row in order if row in cells}
        axes.barh(
            [order.index(row) + height * at for row in shown],
            [figure.value for figure in shown.values()],
            height,
            xerr=list(zip(*map(_error, shown.values()))) or None,
            color=COLORS[at],
            label=f"CPython {version}",
            error_kw={"elinewidth": 0.8},
        )
    axes.set_yticks([place + 0.4 - height / 2 for place in range(len(order))], order)
    axes.invert_yaxis()
    axes.set_xlabel(column)
    if order:
        axes.legend(frameon=False)


def hook(found: Found) -> Any:
    """What one event costs."""
    figure, axes = pyplot.subplots(figsize=(7.5, 3.6))
    _bars(axes, found, "hook", "x empty C hook", HOOK)
    axes.set_xscale("log")
    axes.set_title("One sys.audit call, logarithmic")
    return figure


def services(found: Found) -> Any:
    """Throughput of both services."""
    figure, pair = pyplot.subplots(1, 2, figsize=(9, 3), sharey=True)
    for axes, table in zip(pair, ("flask", "asyncio")):
        _bars(axes, found, table, "throughput x OpenTelemetry alone (95 %)")
        axes.set_title({"flask": "Flask", "asyncio": "FastAPI (asyncio)"}[table])
        axes.axvline(1, color="#555753", linewidth=0.8)
    return figure


def _lines(axes: Any, found: Found, table: str, columns: Mapping[str, str]) -> None:
    """Columns over the number that begins the row's name."""
    styles = ("-o", "--s", ":^")
    for at, version in enumerate(found):
        for style, (column, said) in zip(styles, columns.items()):
            cells = _column(found, version, table, column)
            points = sorted((_leading(row), figure.value) for row, figure in cells.items())
            if points:
                label = f"{said}{version}"
                axes.plot(*zip(*points), style, color=COLORS[at], markersize=3.5, linewidth=1.1, label=label)
    if axes.lines:
        axes.legend(frameon=False, fontsize=8)


def _leading(row: str) -> int:
    match = re.match(r"[\d,]+", row)
    return int(match[0].replace(",", "")) if match else 0


def offered(found: Found) -> Any:
    """Events offered per second."""
    figure, (kept, paid) = pyplot.subplots(1, 2, figsize=(9, 3.2))
    _lines(kept, found, "offered", {"found room in the ring, %": ""})
    kept.set(xscale="log", xlabel="events offered per second", ylabel="found room in the ring, %", ylim=(-3, 103))
    columns = {"the application pays, CPU ns": "CPU, ", "by the wall clock, ns": "wall, "}
    _lines(paid, found, "offered", columns)
    paid.set(xscale="log", yscale="log", xlabel="events offered per second", ylabel="ns per event")
    return figure


def scale(found: Found) -> Any:
    """Threads and live spans."""
    figure, pair = pyplot.subplots(1, 2, figsize=(9, 3))
    for axes, (table, label) in zip(pair, {"threads": "threads", "spans": "live spans"}.items()):
        _lines(axes, found, table, {"ns per event": ""})
        axes.set(xscale="log", xlabel=label, ylabel="ns per event")
        axes.set_ylim(bottom=0)
    return figure


def programs(found: Found) -> Any:
    """The worst mixes, as multiples of plain."""
    figure, all_axes = pyplot.subplots(1, max(1, len(found)), figsize=(9, 4), sharey=True, squeeze=False)
    for axes, version in zip(all_axes[0], found):
        cells = [cell for cell in figures(found[version], "programs") if cell.column.endswith(", x plain")]
        rows = list(dict.fromkeys(cell.row for cell in cells))
        columns = list(dict.fromkeys(cell.column for cell in cells))
        for at, column in enumerate(columns):
            shown = [cell for cell in cells if cell.column == column]
            places = [rows.index(cell.row) + 0.8 * at / len(columns) for cell in shown]
            axes.barh(
                places, [cell.value for cell in shown], 0.8 / len(columns), label=column.removesuffix(", x plain")
            )
        axes.set_yticks([place + 0.35 for place in range(len(rows))], rows)
        axes.set(xlabel="x plain", xscale="log", title=f"CPython {version}")
        axes.axvline(1, color="#555753", linewidth=0.8)
    all_axes[0][0].invert_yaxis()
    if all_axes[0][0].containers:
        all_axes[0][0].legend(frameon=False, fontsize=7)
    return figure


PLOTS: dict[str, tuple[str, Callable[[Found], Any]]] = {
    "hook": ("hook", hook),
    "services": ("flask", services),
    "programs": ("programs", programs),
    "offered": ("offered", offered),
    "scale": ("threads", scale),
}
"""What draws each, and a table it is drawn from: without that there is nothing to draw."""


def write(found: Found, folder: Path) -> None:
    """One file per plot, `performance-NAME.svg`."""
    for name, (table, plot) in PLOTS.items():
        if not any(figures(results, table) for results in found.values()):
            continue
        figure = plot(found)
        target = folder / f"performance-{name}.svg"
        figure.savefig(target, metadata={"Date": None, "Creator": None})
        pyplot.close(figure)
        lines = target.read_text(encoding="utf-8").splitlines()
        target.write_text("\n".join(line.rstrip() for line in lines) + "\n", encoding="utf-8")
