"""`python -m tools.drift`: what the running interpreter can raise, against the catalogue."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from otel_audit.events import CATALOGUE
from tools.drift.compare import Comparison, Difference
from tools.drift.interpreter import Found, look, look_at_packages


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code: 0 the catalogue is right, 1 it is not."""
    parser = argparse.ArgumentParser(prog="python -m tools.drift", description=__doc__)
    parser.add_argument("--json", action="store_true", help="everything found, as one JSON object")
    parser.add_argument("--sites", action="store_true", help="list every call site as well")
    parser.add_argument("--site-packages", action="store_true", help="events of the installed packages; exit code 0")
    options = parser.parse_args(arguments)
    found = look_at_packages(CATALOGUE) if options.site_packages else look(CATALOGUE)
    comparison = Comparison(found, CATALOGUE)
    differences = [] if options.site_packages else list(comparison.differences())
    if options.json:
        print(json.dumps(_document(found, differences), indent=1))
    else:
        _print(found, differences, every=options.sites or options.site_packages)
    return 1 if differences else 0


def _document(found: Found, differences: list[Difference]) -> dict[str, object]:
    return {
        "version": sys.version.split()[0],
        "differences": [difference._asdict() for difference in differences],
        "sites": [site._asdict() for site in found.sites],
        "documented": sorted(found.documented),
        "notes": found.notes,
    }


def _print(found: Found, differences: list[Difference], every: bool) -> None:
    for site in sorted(found.sites, key=lambda site: (site.name, site.where)) if every else ():
        known = "" if site.name in CATALOGUE else "  not in the catalogue"
        print(f"{site.name}({'?' if site.arguments is None else site.format})  {site.where}{known}")
    for line in (*found.notes, *differences):
        print(line)
    names = {site.name for site in found.sites if not site.dynamic}
    print(f"{len(names)} events at {len(found.sites)} call sites; {len(differences)} differences from the catalogue")


if __name__ == "__main__":
    sys.exit(main())
