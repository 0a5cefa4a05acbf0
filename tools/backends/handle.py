"""What a test or a person does with running backends: send there, ask them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from typing import Any

from tools.backends import web
from tools.backends.errors import BackendError
from tools.backends.processes import tail


@dataclass(frozen=True)
class Stack:
    """Running backends; all addresses are URLs on 127.0.0.1."""

    folder: Path
    prometheus: str
    alertmanager: str | None
    aspire: str | None
    otlp_grpc: str
    otlp_http: str
    processes: Mapping[str, Popen[bytes]]

    def check(self) -> None:
        """Raise BackendError if one of them has ended by itself, with the end of its log."""
        for name, process in self.processes.items():
            if process.poll() is not None:
                log = self.folder / f"{name}.log"
                raise BackendError(f"{name}: ended with exit code {process.returncode}; {log} ends with:\n{tail(log)}")

    def environment(
        self, service: str = "", namespace: str = "", instance: str = "", deployment: str = "test"
    ) -> dict[str, str]:
        """Variables for a program that shall send all its signals here, promptly.

        Args:
            service: service.name; in Prometheus `job` is namespace/service, or service alone.
            namespace: service.namespace.
            instance: service.instance.id, in Prometheus `instance`. Python children inherit it, and two processes under
                one instance write the same series: leave it to the SDK, which makes one up, unless there are none.
            deployment: deployment.environment.name, in Prometheus a label of `target_info`.
        """
        resource = {
            "service.name": service,
            "service.namespace": namespace,
            "service.instance.id": instance,
            "deployment.environment.name": deployment,
        }
        return {
            "OTEL_EXPORTER_OTLP_ENDPOINT": self.otlp_grpc,
            "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
            "OTEL_RESOURCE_ATTRIBUTES": ",".join(f"{name}={value}" for name, value in resource.items() if value),
            # Milliseconds: the defaults are 60,000 and 5,000.
            "OTEL_METRIC_EXPORT_INTERVAL": "1000",
            "OTEL_BSP_SCHEDULE_DELAY": "200",
            "OTEL_BLRP_SCHEDULE_DELAY": "200",
        }

    def query(self, promql: str, at: float | None = None) -> list[dict[str, Any]]:
        """Result of an instant query: `[{"metric": {label: value}, "value": [seconds, "number"]}, ...]`.

        Args:
            promql: the expression.
            at: Unix time in seconds; now if None.
        """
        time = {} if at is None else {"time": repr(at)}
        result: list[dict[str, Any]] = self.api("query", query=promql, **time)["result"]
        return result

    def exemplars(self, promql: str, start: float, end: float) -> list[dict[str, Any]]:
        """Exemplars of an expression's series between two Unix times, as Prometheus answers them."""
        found: list[dict[str, Any]] = self.api("query_exemplars", query=promql, start=repr(start), end=repr(end))
        return found

    def api(self, path: str, **parameters: str) -> Any:
        """`data` of Prometheus' HTTP API below /api/v1."""
        return web.get(f"{self.prometheus}/api/v1/{path}", **parameters)["data"]

    def telemetry(self, kind: str, limit: int | None = None) -> Any:
        """JSON of the Aspire dashboard.

        Args:
            kind: `resources`, `traces`, `spans` or `logs`.
            limit: how many, the newest; its own default is 100 traces, 200 logs.
        """
        if self.aspire is None:
            raise BackendError("aspire: not started")
        wanted = {} if limit is None else {"limit": str(limit)}
        return web.get(f"{self.aspire}/api/telemetry/{kind}", **wanted)

    def reload(self) -> None:
        """Prometheus, and Alertmanager if there is one, read their files again; an error says what they refuse."""
        for url in filter(None, (self.prometheus, self.alertmanager)):
            web.post(f"{url}/-/reload")
