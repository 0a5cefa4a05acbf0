"""What looks like drift and is none, each with its reason. What is not here, and not in the catalogue, is new."""

from __future__ import annotations

from collections.abc import Mapping

DYNAMIC: Mapping[str, str] = {
    r".*python3\.\d+[^:]*:(sys_audit(_impl)?(\.\w+)*|0x[0-9a-f]+) \(O?\)": "sys.audit itself",
}
"""Call sites whose event is known only when they run, as patterns over `where (format)`; each explains one an image."""

ABSENT: Mapping[str, str] = {
    "sqlite3.enable_load_extension": "only in a build with loadable SQLite extensions",
    "sqlite3.load_extension": "only in a build with loadable SQLite extensions",
}
"""Catalogued events that an interpreter of their versions and platform may lack."""

FEWER: Mapping[str, tuple[str, str]] = {
    "shutil.rmtree": ("3.10", "dir_fd came with 3.11"),
}
"""Events with fewer arguments than their row, up to a version."""

MISNAMED: Mapping[str, str] = {
    "sys.set_asyncgen_hooks_firstiter": "raised as sys.set_asyncgen_hook_firstiter",
    "sys.set_asyncgen_hooks_finalizer": "raised as sys.set_asyncgen_hook_finalizer",
}
"""Names that the documentation prints and nothing raises."""
