"""Whether a tag is the version of the package and of the changelog: python -m tools.wheels.version v1.2.3."""

from __future__ import annotations

import re
import sys

from tools.wheels.commands import ROOT

_STATED = {"pyproject.toml": r'^version = "([^"]+)"$', "CHANGELOG.md": r"^## \[(\d[^\]]*)\]"}


def stated() -> dict[str, str]:
    """The version by the file that states it; of the changelog the newest."""
    found = {name: re.search(pattern, (ROOT / name).read_text(), re.MULTILINE) for name, pattern in _STATED.items()}
    return {name: "none" if match is None else match[1] for name, match in found.items()}


def main(tag: str) -> int:
    """0 where all of them say the tag's version."""
    wrong = {name: version for name, version in stated().items() if f"v{version}" != tag}
    for name, version in wrong.items():
        print(f"{name}: version {version}: expected that of the tag, {tag}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
