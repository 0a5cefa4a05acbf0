"""The C core is optional: no compiler means the Python core, never a failed install.

`OTEL_PYTHON_AUDIT_REQUIRE_C=1` makes it mandatory (continuous integration, wheel builds).
`OTEL_PYTHON_AUDIT_BUILD_FLAGS` adds compiler and linker flags (sanitizers).
"""

import os
import sys

from setuptools import Extension, setup

required = os.environ.get("OTEL_PYTHON_AUDIT_REQUIRE_C") == "1"
extra = os.environ.get("OTEL_PYTHON_AUDIT_BUILD_FLAGS", "").split()
flags = (
    ["/std:c11", "/experimental:c11atomics", "/O2"]
    if sys.platform == "win32"
    else ["-std=c11", "-O3", "-g0", "-fvisibility=hidden"]
)

setup(
    ext_modules=[
        Extension(
            "otel_audit.capture._core",
            sources=["src/otel_audit/capture/_core.c"],
            depends=[f"src/otel_audit/capture/{name}.h" for name in ("_state", "_values", "_hook")],
            extra_compile_args=flags + extra,
            extra_link_args=extra,
            optional=not required,
        )
    ]
)
