"""A hook that lets no other be added: refusing.py KIND [EXCEPTION]; then the bridge is asked, and the program works."""

from __future__ import annotations

import builtins
import ctypes
import json
import sys

import otel_audit

WORDS = "no other hooks here"


def main(kind: str, error: str = "RuntimeError") -> None:
    def alone(event: str, arguments: tuple[object, ...]) -> None:
        if event == "sys.addaudithook":
            raise getattr(builtins, error)(WORDS)

    if kind == "python":
        sys.addaudithook(alone)
    else:
        assert ctypes.PyDLL(kind).add_hook(b"alone") == 0
    status = otel_audit.install()
    sys.audit("tools.work", 1)
    print(json.dumps({"state": status.state, "reason": status.reason}))


if __name__ == "__main__":
    main(*sys.argv[1:])
