"""The C core is optional: no compiler means the Python core, never a failed install.

`OTEL_PYTHON_AUDIT_REQUIRE_C=1` makes it mandatory (continuous integration, wheel builds).
`OTEL_PYTHON_AUDIT_BUILD_FLAGS` adds compiler and linker flags (sanitizers).

A wheel carries grafana/files as otel_audit/grafana; an editable install reads them where they are.
"""

import os
import shutil
import sys
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_py import build_py

required = os.environ.get("OTEL_PYTHON_AUDIT_REQUIRE_C") == "1"
extra = os.environ.get("OTEL_PYTHON_AUDIT_BUILD_FLAGS", "").split()
flags = (
    ["/std:c11", "/experimental:c11atomics", "/O2"]
    if sys.platform == "win32"
    else ["-std=c11", "-O3", "-g0", "-fvisibility=hidden"]
)


class BuildWithDashboards(build_py):
    """Not a package mapped to a folder outside of src: that would turn editable installs into import hooks."""

    def run(self):
        super().run()
        if self.editable_mode:
            return
        target = Path(self.build_lib, "otel_audit", "grafana")
        shutil.rmtree(target, ignore_errors=True)  # of an older build
        shutil.copytree("grafana/files", target)


setup(
    cmdclass={"build_py": BuildWithDashboards},
    ext_modules=[
        Extension(
            "otel_audit.capture._core",
            sources=["src/otel_audit/capture/_core.c"],
            depends=[f"src/otel_audit/capture/{name}.h" for name in ("_state", "_values", "_hook")],
            extra_compile_args=flags + extra,
            extra_link_args=extra,
            optional=not required,
        )
    ],
)
