"""What the catalogue adds to the package's import, in processes of their own.

    python -m benchmarks.imports [--rounds 9] [--json FILE]

The time of `import otel_audit.events` behind what a program under the bridge has imported anyway: OpenTelemetry's SDK,
and the rest of the package. Median of the rounds.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

TARGET_MS = 15
BEFORE = {
    "behind the SDK and the package": "import opentelemetry.sdk.trace, opentelemetry.sdk._logs, otel_audit.model",
    "behind nothing": "",
}
_TIMED = """
import sys, time
{before}
start = time.perf_counter()
import otel_audit.events
print((time.perf_counter() - start) * 1000)
"""


def measure(rounds: int) -> dict[str, float]:
    """Milliseconds, by what was imported before."""
    found: dict[str, list[float]] = {name: [] for name in BEFORE}
    for _ in range(rounds):
        for name, before in BEFORE.items():
            command = [sys.executable, "-c", _TIMED.format(before=before)]
            found[name].append(float(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
    return {name: round(statistics.median(times), 1) for name, times in found.items()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json", metavar="FILE", type=Path, help="also write the figures here")
    arguments = parser.parse_args()
    found = measure(arguments.rounds)
    when = datetime.now(timezone.utc).isoformat(timespec="seconds")
    summary: dict[str, Any] = {"when": when, "python": platform.python_version(), "ms": found, "target_ms": TARGET_MS}
    print(f"CPython {summary['python']}, {platform.system()} {platform.machine()}, {when}: import otel_audit.events\n")
    for name, milliseconds in found.items():
        print(f"{name:<40}{milliseconds:>8.1f} ms")
    print(f"\ntarget, behind the package: {TARGET_MS} ms")
    if arguments.json:
        arguments.json.write_text(json.dumps(summary, indent=2) + "\n")


if __name__ == "__main__":
    main()
