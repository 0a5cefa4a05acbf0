"""plotly's script, taken from the installed package without importing it.

The package's Python side builds figures, which the page's own script does. At the end of a program its import would
cost half a second and hundreds of audit events.
"""

from __future__ import annotations

import os
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from typing import Any, cast

_SCRIPT = ("package_data", "plotly.min.js")  # where plotly 4 to 7 keep it; there is no smaller one in the package


class NoPlotly(Exception):
    """There is no plotly, or one without its script."""


def find() -> ModuleSpec:
    """Where plotly is.

    Raises:
        NoPlotly: it is not installed.
    """
    try:
        spec = find_spec("plotly")
    except (ImportError, ValueError):
        spec = None
    if spec is None or spec.loader is None or not spec.submodule_search_locations:
        raise NoPlotly('plotly is not installed: pip install "otel-audit[report]"')
    return spec


def read(spec: ModuleSpec) -> str:
    """The script, some 4 MB of text.

    Raises:
        NoPlotly: this plotly does not have it where it was.
    """
    folder = next(iter(spec.submodule_search_locations or ()))
    path = os.path.join(folder, *_SCRIPT)  # noqa: PTH118 - a loader takes text
    try:
        data = cast(Any, spec.loader).get_data(path)
    except (AttributeError, OSError) as error:
        raise NoPlotly(f"this plotly has no {'/'.join(_SCRIPT)}: {type(error).__qualname__}") from None
    return bytes(data).decode("utf-8-sig")
