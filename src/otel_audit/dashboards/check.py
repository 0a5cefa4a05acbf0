"""Every panel's query, asked: which have data, which are empty, which fail."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

from otel_audit.dashboards.endpoints import Endpoint, EndpointError, PlainError, UnreachableError
from otel_audit.dashboards.panels import Dashboard, Panel, Query
from otel_audit.dashboards.variables import Choice, VariableError, choose, matches, step, substituted, times
from otel_audit.errors import AuditError

State = Literal["data", "quiet", "empty", "error", "not run"]

_LABEL_VALUES = re.compile(r"label_values\((?:(.*),)?\s*(\w+)\s*\)", re.S)
_QUERY_RESULT = re.compile(r"query_result\((.*)\)", re.S)
_VALUES = ("value", "values", "histogram", "histograms")
_ANY_RECORD = '{service_name=~".+"} | python_audit_event!="" | trace_id!=""'


class CheckError(AuditError):
    """What was asked for is not there; its text is one line."""


class Answer(NamedTuple):
    """What became of one query.

    Args:
        query: of the panel.
        sent: with values for its variables.
        state: `data`, `empty`, `error`, or `not run`.
        why: it failed, was not run, or could have no data.
    """

    query: Query
    sent: str
    state: State
    why: str = ""


class Result(NamedTuple):
    """A panel's answers, and what follows from them."""

    dashboard: Dashboard
    panel: Panel
    answers: tuple[Answer, ...]

    @property
    def state(self) -> State:
        """An error above all; data when any query has some; quiet when nothing is there, and that is well."""
        states = {answer.state for answer in self.answers}
        order: tuple[State, ...] = ("error", "data", "empty", "not run")
        found: State = next(state for state in order if state in states)
        answered = not any(answer.why for answer in self.answers)
        if found == "empty" and self.panel.quiet and answered:
            return "quiet"
        return found


class Window(NamedTuple):
    """The time that is asked about.

    Args:
        end: seconds since the Unix epoch.
        range_s: seconds.
        scrape_s: seconds between two samples.
    """

    end: int
    range_s: int
    scrape_s: int

    @property
    def start(self) -> int:
        """Seconds since the Unix epoch."""
        return self.end - self.range_s

    @property
    def step_s(self) -> int:
        """Seconds between two values over time."""
        return step(self.range_s, self.scrape_s)

    def built_in(self) -> Mapping[str, str]:
        """Variables such as `$__range`."""
        return times(self.range_s, self.scrape_s, start=self.start, end=self.end)


class Check:
    """Asks the panels' queries of dashboards.

    Args:
        prometheus: that has the metrics.
        loki: that has the logs; None leaves their panels out.
        window: time range.
        service: which services, by their whole job; None for what the dashboard opens with.
        trace_id: for the dashboard about one trace; otherwise a recent one, from Loki.
    """

    def __init__(
        self,
        prometheus: Endpoint,
        loki: Endpoint | None,
        window: Window,
        service: re.Pattern[str] | None = None,
        trace_id: str = "",
    ) -> None:
        self._endpoints = {"prometheus": prometheus, "loki": loki}
        self._window, self._service, self._trace_id = window, service, trace_id
        self._built_in = window.built_in()

    def reach(self) -> None:
        """Ask each server for nothing, so that a wrong address is told once.

        Raises:
            UnreachableError: one does not answer.
        """
        for kind, text in (("prometheus", "vector(1)"), ("loki", "vector(1)")):
            server = self._endpoints[kind]
            if server is not None:
                self._reach(server, kind, text)

    def _reach(self, server: Endpoint, kind: str, text: str) -> None:
        try:
            self._ask(server, kind, text, instant=True)
        except UnreachableError:
            raise
        except PlainError as error:  # no answer so far says that these words are Loki's
            raise UnreachableError(f"{server.name} {server.url}: {error.without}") from None
        except EndpointError as error:
            raise UnreachableError(f"{server.name} {server.url}: {error}") from None

    def run(self, dashboards: tuple[Dashboard, ...], tell: Callable[[Dashboard, Panel], None]) -> Iterator[Result]:
        """Every panel of each.

        Args:
            dashboards: whose panels are asked.
            tell: called before each panel.

        Raises:
            UnreachableError: a server went away, or an address is not of its API.
            CheckError: no service is what was asked for.
        """
        for dashboard in dashboards:
            choices = self._choices(dashboard)
            for panel in dashboard.panels:
                tell(dashboard, panel)
                yield Result(dashboard, panel, tuple(self._answer(query, choices) for query in panel.queries))

    def _choices(self, dashboard: Dashboard) -> dict[str, Choice]:
        choices: dict[str, Choice] = {}
        for model in dashboard.variables:
            name = str(model["name"])
            if model.get("type") == "datasource":
                continue
            if name == "trace_id":
                choices[name] = Choice(tuple(filter(None, (self._trace(),))))
                continue
            wanted = self._service if name == "service" else None
            options = self._options(model, choices)
            choices[name] = choose(model, options, wanted)
            if wanted is not None and not choices[name].values:
                there = f"there are {', '.join(options[:5])}" if options else "no service reports audit events"
                raise CheckError(f"--service {wanted.pattern}: no service matches; {there}")
        return choices

    def _options(self, model: Mapping[str, Any], choices: Mapping[str, Choice]) -> list[str]:
        """What a variable's own query finds; those of a custom one are written down."""
        if model.get("type") != "query":
            return [str(option["value"]) for option in model.get("options") or ()]
        given = model.get("query")
        text = str(given.get("query", "") if isinstance(given, Mapping) else given)
        text = substituted(text, choices, self._built_in, loki=False)
        return matches(self._found(text), str(model.get("regex") or ""))

    def _found(self, text: str) -> list[str]:
        server = self._endpoints["prometheus"]
        assert server is not None
        labels, result = _LABEL_VALUES.fullmatch(text), _QUERY_RESULT.fullmatch(text)
        if labels:
            window = {"start": self._window.start, "end": self._window.end}
            parameters = {"match[]": labels[1], **window} if labels[1] else window
            return list(map(str, server.get(f"/api/v1/label/{labels[2]}/values", parameters)))
        if result:
            return [
                _series(entry.get("metric", {})) for entry in self._ask(server, "prometheus", result[1], instant=True)
            ]
        raise CheckError(f"a variable asks what is not known here: {text}")

    def _trace(self) -> str:
        """The trace that was asked for, or of a recent record."""
        loki = self._endpoints["loki"]
        if self._trace_id or loki is None:
            return self._trace_id
        try:
            streams = self._ask(loki, "loki", _ANY_RECORD, instant=False)
        except UnreachableError:
            raise
        except EndpointError:
            return ""
        return next((str(entry.get("stream", {}).get("trace_id", "")) for entry in streams), "")

    def _answer(self, query: Query, choices: Mapping[str, Choice]) -> Answer:
        server = self._endpoints.get(query.datasource)
        if query.datasource not in self._endpoints:
            return Answer(query, query.text, "not run", f"{query.datasource.capitalize()} is not asked here")
        if server is None:
            return Answer(query, query.text, "not run", f"no --{query.datasource} was given")
        sent = query.text
        try:
            sent = substituted(query.text, choices, self._built_in, loki=query.datasource == "loki")
            found = self._ask(server, query.datasource, sent, instant=query.instant)
        except UnreachableError:
            raise
        except VariableError as error:
            return Answer(query, sent, "empty", str(error))
        except EndpointError as error:
            return Answer(query, sent, "error", str(error))
        return Answer(query, sent, "data" if found else "empty")

    def _ask(self, server: Endpoint, kind: str, text: str, *, instant: bool) -> list[Any]:
        """Series or streams that have values."""
        base = "/api/v1" if kind == "prometheus" else "/loki/api/v1"
        window = self._window
        if instant:
            data = server.get(f"{base}/query", {"query": text, "time": window.end})
        else:
            asked: dict[str, str | float] = {
                "query": text,
                "start": window.start,
                "end": window.end,
                "step": window.step_s,
            }
            if kind == "loki":
                asked["limit"] = 1  # of lines: one is enough
            data = server.get(f"{base}/query_range", asked)
        return _with_values(data, server)


def _with_values(data: Any, server: Endpoint) -> list[Any]:
    try:
        if data["resultType"] in ("scalar", "string"):
            return [data["result"]]
        return [entry for entry in data["result"] if any(entry.get(key) for key in _VALUES)]
    except (KeyError, TypeError, AttributeError):
        raise server.another() from None


def _series(labels: Mapping[str, str]) -> str:
    """A series as Grafana gives it to a variable's regular expression."""
    pairs = ", ".join(f'{name}="{value}"' for name, value in labels.items() if name != "__name__")
    return f"{labels.get('__name__', '')}{{{pairs}}}"


def now() -> int:
    """Seconds since the Unix epoch."""
    return int(time.time())
