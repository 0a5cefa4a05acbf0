"""The Flask application on gevent's or eventlet's own server, patched before the bridge is armed or after.

python patched.py gevent|eventlet before|after PORT
"""

from __future__ import annotations

import signal
import sys
from importlib import import_module
from typing import Any


def patch(library: str) -> None:
    """What the library's documentation says to do first."""
    if library == "gevent":
        import_module("gevent.monkey").patch_all()
    else:
        import_module("eventlet").monkey_patch()


def arm() -> None:
    """What `opentelemetry-instrument` does, at a moment of our choice."""
    from opentelemetry.instrumentation.auto_instrumentation import initialize

    initialize(swallow_exceptions=False)


def serve(library: str, port: int) -> None:
    """Serve until SIGTERM."""
    app: Any = import_module("wsgi_app").app
    if library == "gevent":
        server = import_module("gevent.pywsgi").WSGIServer(("127.0.0.1", port), app, log=None)
        import_module("gevent").signal_handler(signal.SIGTERM, server.stop)
        server.serve_forever()
    else:
        eventlet = import_module("eventlet")
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        import_module("eventlet.wsgi").server(eventlet.listen(("127.0.0.1", port)), app, log_output=False)


if __name__ == "__main__":
    _, name, order, number = sys.argv
    if order == "before":
        patch(name)
    arm()
    if order == "after":
        patch(name)
    serve(name, int(number))
