"""One HTML page about one run: a sink that collects in bounded memory, and the page made of it when the program ends.

Exact counts are kept of everything; of single records and spans the first and the last. Whatever text comes from the
program is escaped where it is written into the page, and the page allows no script but its own.
"""

from __future__ import annotations

from otel_audit.report.collect import Report
from otel_audit.report.facts import Facts

__all__ = ["Facts", "Report"]
