"""`python -m tools.rules`: writes the alert rules, or says whether they are current."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.rules.panels import Panels, UnknownPanel
from tools.rules.render import RUNBOOKS, files

FILES = Path(__file__).parents[2] / "grafana" / "files"


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code: 0 written or current, 1 stale or an alert leads to no panel."""
    parser = argparse.ArgumentParser(prog="python -m tools.rules", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 when a file is not current")
    parser.add_argument("--out", type=Path, default=FILES, metavar="DIR", help="write below DIR instead")
    parser.add_argument(
        "--runbooks",
        default=RUNBOOKS,
        metavar="BASE",
        help=f"what stands before a page's name in runbook_url, an address with a slash at its end ({RUNBOOKS})",
    )
    options = parser.parse_args(arguments)
    try:
        rendered = files(Panels(FILES / "dashboards"), options.runbooks)
    except UnknownPanel as error:
        print(f"rules: {error}", file=sys.stderr)
        return 1
    if options.check:
        return _check(rendered, options.out)
    for name, text in rendered.items():
        (options.out / name).parent.mkdir(parents=True, exist_ok=True)
        (options.out / name).write_text(text, encoding="utf-8")
    print(f"rules: {len(rendered)} files below {options.out}")
    return 0


def _check(rendered: dict[str, str], directory: Path) -> int:
    stale = [name for name, text in rendered.items() if _read(directory / name) != text]
    for name in stale:
        print(f"rules: {name} is not current: run python -m tools.rules", file=sys.stderr)
    return 1 if stale else 0


def _read(file: Path) -> str | None:
    return file.read_text(encoding="utf-8") if file.is_file() else None


if __name__ == "__main__":
    sys.exit(main())
