# On PYTHONPATH of programs that a followed one starts (OTEL_PYTHON_AUDIT_CHILDREN): the interpreter imports it first.
# Any Python may come by here, without this package or of another age: it must do no harm, and run on all of them.
import os
import sys

_folder = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120
sys.path[:] = [_entry for _entry in sys.path if os.path.abspath(_entry) != _folder]  # noqa: PTH100
try:
    if os.environ.get("OTEL_PYTHON_AUDIT_CHILDREN", "").strip().lower() == "true" and sys.version_info >= (3, 10):
        from otel_audit.startup import begin_child

        begin_child()
except Exception:
    pass

# Whoever else is named sitecustomize has its turn, in our place.
_ours = sys.modules.pop("sitecustomize", None)
try:
    import sitecustomize  # type: ignore[import-not-found]  # noqa: F401
except ImportError as _error:
    if getattr(_error, "name", "sitecustomize") != "sitecustomize":
        raise
    if _ours is not None:
        sys.modules["sitecustomize"] = _ours  # what is being imported must be there in the end
