"""Real backends on loopback, for tests and to look at: collector, Prometheus, Alertmanager, Aspire dashboard.

    with stack(folder, rules=Path("grafana/files/rules/prometheus.yaml"), webhook=url) as backends:
        subprocess.run(program, env={**os.environ, **backends.environment(service="shop")})
        backends.query("python_audit_events_total")

What is missing on this machine is fetched or built first, and kept in the user's cache folder.
"""

from __future__ import annotations

from tools.backends.errors import BackendError
from tools.backends.handle import Stack
from tools.backends.processes import until
from tools.backends.running import stack

__all__ = ["BackendError", "Stack", "stack", "until"]
