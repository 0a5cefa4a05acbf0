"""Stands for a function platform's runtime: reads an event per line, calls the handler, writes its answer.

python invocations.py HANDLER.py NAME
"""

import importlib.util
import json
import sys
from types import SimpleNamespace


def main() -> None:
    spec = importlib.util.spec_from_file_location("handler", sys.argv[1])
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    handler = getattr(module, "handle")  # noqa: B009
    if sys.argv[2] == "unflushed":
        handler = handler.__wrapped__
    context = SimpleNamespace(get_remaining_time_in_millis=lambda: 60_000)
    for line in sys.stdin:
        print(json.dumps(handler(json.loads(line), context)), flush=True)


if __name__ == "__main__":
    main()
