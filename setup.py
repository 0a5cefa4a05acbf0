"""The C core, encoder, reader and redactor's first look are optional: no compiler means Python's, no failed install.

`OTEL_PYTHON_AUDIT_REQUIRE_C=1` makes them mandatory (continuous integration, wheel builds).
`OTEL_PYTHON_AUDIT_BUILD_FLAGS` adds compiler and linker flags (sanitizers).

A wheel carries grafana/files as otel_audit/grafana; an editable install reads them where they are. One without
them is tagged py3-none-any: it has what is in Python only and fits every interpreter.
"""

import os
import shutil
import sys
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.bdist_wheel import bdist_wheel
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


class WheelOfWhatWasBuilt(bdist_wheel):
    """An optional extension that did not compile leaves nothing that belongs to one platform."""

    def get_tag(self):
        built = Path(self.get_finalized_command("build_ext").build_lib)
        if any(any(built.rglob(f"{name}.*.*")) for name in ("_core", "_encode", "_wire", "_steps", "_calm")):
            return super().get_tag()
        self.root_is_pure = True
        return "py3", "none", "any"


setup(
    cmdclass={"build_py": BuildWithDashboards, "bdist_wheel": WheelOfWhatWasBuilt},
    ext_modules=[
        Extension(
            "otel_audit.capture._core",
            sources=["src/otel_audit/capture/_core.c"],
            depends=[
                f"src/otel_audit/capture/{name}.h"
                for name in ("_state", "_values", "_place", "_hook", "_load", "_span_events")
            ],
            extra_compile_args=flags + extra,
            extra_link_args=extra,
            optional=not required,
        ),
        Extension(
            "otel_audit.otlp._encode",
            sources=["src/otel_audit/otlp/_encode.c"],
            depends=["src/otel_audit/otlp/_protobuf.h", "src/otel_audit/_module.h"],
            extra_compile_args=flags + extra,
            extra_link_args=extra,
            optional=not required,
        ),
        *(
            Extension(
                f"otel_audit.{name}",
                sources=[f"src/otel_audit/{name.replace('.', '/')}.c"],
                depends=["src/otel_audit/_module.h"],
                extra_compile_args=flags + extra,
                extra_link_args=extra,
                optional=not required,
            )
            for name in ("_wire", "_steps", "redaction._calm")
        ),
    ],
)
