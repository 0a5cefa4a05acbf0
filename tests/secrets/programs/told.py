"""Says the secret it reads from standard input in a few forms."""

from __future__ import annotations

import shutil
import subprocess
import sys

import otel_audit

FLUSH_S = 30.0


def main() -> int:
    secret = sys.stdin.readline().strip()
    sys.audit("shop.login", f"password={secret}")
    sys.audit(f"user logged in: password={secret}")
    sys.audit("urllib.Request", f"https://bob:{secret}@h/?token={secret}", None, {}, "GET")
    subprocess.run(["mysql", f"-p{secret}"], executable=shutil.which("true"), check=True)
    done = otel_audit.flush(FLUSH_S)
    print(otel_audit.health().as_dict(), otel_audit.Settings())
    return 0 if done else 3


if __name__ == "__main__":
    sys.exit(main())
