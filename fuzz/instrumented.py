"""Atheris on the reader's side: coverage of wire, describe and redaction leads it. Arguments are libFuzzer's."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

from fuzz import worker

atheris: Any = import_module("atheris")
with atheris.instrument_imports(include=["otel_audit"], exclude=["otel_audit.capture"]):
    from fuzz.records import Reader


def main() -> None:
    tally = worker.tally()
    # libFuzzer starts itself again to merge, by what stands first.
    arguments = [f"{sys.executable} -m fuzz.instrumented", *sys.argv[1:]]
    atheris.Setup(arguments, worker.watched(Reader(tally).read, tally))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
