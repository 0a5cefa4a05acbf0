"""What is measured: one function per subject, which installs it and returns how to prepare a batch.

Each runs in a process of its own, because a hook cannot be removed.
"""

from __future__ import annotations

from benchmarks.subjects.bridges import BRIDGES, NAIVE
from benchmarks.subjects.floor import ASKING, EMPTY_C, EMPTY_PYTHON, FLOOR, NO_HOOK
from benchmarks.subjects.ours import ours
from benchmarks.subjects.packages import PACKAGES
from benchmarks.subjects.subject import Batch, Subject

__all__ = ["ASKING", "EMPTY_C", "EMPTY_PYTHON", "NAIVE", "NO_HOOK", "SUBJECTS", "Batch", "Subject"]

SUBJECTS: dict[str, Subject] = {**FLOOR, **ours("c"), **ours("python"), **BRIDGES, **PACKAGES}
"""By row, in the order they are shown."""
