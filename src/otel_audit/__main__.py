"""`python -m otel_audit`: the command `otel-audit`."""

from __future__ import annotations

import sys

from otel_audit.cli import main

if __name__ == "__main__":
    sys.exit(main())
