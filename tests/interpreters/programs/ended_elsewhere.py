"""A subinterpreter that one thread makes and another ends. Up to 3.12 its end never comes if its start-up imported
`threading`: that takes the thread that made it for its main one, whose lock nobody will release.
"""

from __future__ import annotations

import threading
from typing import Any

from tests.interpreters.subinterpreters import create, destroy, run_string

HERE_TOO = """
import os, sys
there = ["threading" in sys.modules, "otel_audit.runtime" in sys.modules]
os.write(1, f"{there}\\n".encode())
"""

if __name__ == "__main__":
    made: list[Any] = []
    maker = threading.Thread(target=lambda: made.append(create(own_gil=False)))
    maker.start()
    maker.join()
    exec(HERE_TOO)
    run_string(made[0], HERE_TOO)
    destroy(made[0])
    print("ended")
