"""`otel-audit dashboards check`: whether the panels would show anything."""

from __future__ import annotations

import io
import json
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from otel_audit.cli.dashboards import main
from otel_audit.dashboards import panels
from otel_audit.dashboards.panels import dashboards
from tests.cli.command import environment, otel_audit
from tests.dashboards.query_server import NOTHING, Asked, plain, serving

Capture = pytest.CaptureFixture[str]


def check(*arguments: str) -> int:
    return main(["check", *arguments])


# check


def panel(title: str, *queries: str, kind: str = "prometheus", hint: str = "", **more: Any) -> dict[str, Any]:
    targets = [
        {"refId": chr(65 + at), "datasource": {"type": kind}, ("query" if kind == "tempo" else "expr"): query, **more}
        for at, query in enumerate(queries)
    ]
    shown = {"fieldConfig": {"defaults": {"noValue": hint or f"{title} is empty because"}}}
    return {"type": "timeseries", "title": title, "description": f"About {title}.", "targets": targets, **shown}


SERVICE = {
    "name": "service",
    "type": "query",
    "query": {"query": "query_result(group by (job) (events))"},
    "regex": '/job="([^"]*)"/',
    "multi": True,
    "includeAll": True,
    "current": {"value": "$__all"},
}
TRACE_ID = {"name": "trace_id", "type": "textbox", "query": ""}


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes the package hold one dashboard, of these panels."""

    def show(*models: dict[str, Any], variables: tuple[dict[str, Any], ...] = (SERVICE,)) -> None:
        model = {"uid": "u", "title": "Shown", "panels": list(models), "templating": {"list": list(variables)}}
        content = {PurePosixPath("dashboards/shown.json"): json.dumps(model).encode()}
        monkeypatch.setattr(panels, "packaged", lambda: content)

    return show


def test_panels_with_data(shown: Any, capsys: Capture) -> None:
    shown(panel("One", 'rate(events{job=~"$service"}[$__rate_interval])'), panel("Two", "now", instant=True))
    with serving() as server:
        assert check("--prometheus", server.url) == 0
    assert capsys.readouterr() == ("Shown: 2 of 2 panels with data\n\n2 panels: 2 with data.\n", "")
    one, two = server.asked[-2:]
    assert (one.path, one.query) == ("/api/v1/query_range", 'rate(events{job=~"shop/web"}[240s])')
    assert int(one.parameters["end"]) - int(one.parameters["start"]) == 3600
    assert one.parameters["step"] == "60"
    assert (two.path, two.query) == ("/api/v1/query", "now")


def test_rates_look_back_as_far_as_the_dashboards_do_when_they_open(shown: Any) -> None:
    """Grafana: four times the minimum step of the query, which is the variable."""
    steps = {
        row["current"]["value"] for one in dashboards() for row in one.variables if row["name"] == "export_interval"
    }
    assert steps == {"60s"}
    shown(panel("One", "rate(events[$__rate_interval])"))
    with serving() as server:
        assert check("--prometheus", server.url) == 0
        assert check("--prometheus", server.url, "--scrape-interval", "5s") == 0
    assert [asked.query for asked in server.asked if "rate" in asked.query] == [
        "rate(events[240s])",
        "rate(events[20s])",
    ]


def test_an_empty_panel_is_listed_with_what_would_fill_it(shown: Any, capsys: Capture) -> None:
    shown(panel("One", "up"), panel("Two", "gone", "lost"), panel("Three", "gone", "up"))
    with serving(lambda asked: NOTHING if asked.query in ("gone", "lost") else plain(asked)) as server:
        assert check("--prometheus", server.url, "--queries") == 1
    assert capsys.readouterr().out == (
        "Shown: 2 of 3 panels with data\n"
        "  empty  Two\n"
        "         A: gone\n"
        "         B: lost\n"
        "         Two is empty because\n"
        "\n3 panels: 2 with data, 1 empty.\n"
    )


def test_a_panel_of_what_need_not_happen_may_be_empty(shown: Any, capsys: Capture) -> None:
    shown(panel("Lost", "gone", hint="None: nothing was lost."), panel("One", "up"))
    with serving(lambda asked: NOTHING if asked.query == "gone" else plain(asked)) as server:
        assert check("--prometheus", server.url) == 0
    assert capsys.readouterr().out == (
        "Shown: 1 of 2 panels with data\n  quiet  Lost\n\n2 panels: 1 with data, 1 quiet.\n"
    )


def test_nothing_is_quiet_where_nothing_can_be_asked(shown: Any, capsys: Capture) -> None:
    shown(panel("Lost", 'lost{job=~"$service"}', hint="None: nothing was lost."))
    with serving(lambda asked: NOTHING) as server:
        assert check("--prometheus", server.url) == 1
    assert "empty  Lost" in capsys.readouterr().out


def test_a_query_that_fails_is_an_error(shown: Any, capsys: Capture) -> None:
    shown(panel("One", "up", "bad("))
    refused = 400, {"status": "error", "errorType": "bad_data", "error": "unclosed left parenthesis"}
    with serving(lambda asked: refused if asked.query == "bad(" else plain(asked)) as server:
        assert check("--prometheus", server.url) == 1
    assert capsys.readouterr().out == (
        "Shown: 0 of 1 panel with data\n"
        "  error  One\n"
        "         B: bad_data: unclosed left parenthesis\n"
        "\n1 panel: 1 with errors.\n"
    )


def test_a_slow_query_is_an_error_of_its_panel(shown: Any, capsys: Capture) -> None:
    shown(panel("One", "slow"), panel("Two", "up"))
    with serving(lambda asked: 60.0 if asked.query == "slow" else plain(asked)) as server:
        assert check("--prometheus", server.url, "--timeout", "0.3") == 1
    out = capsys.readouterr().out
    assert "  error  One\n         A: no answer within 0.3 s\n" in out
    assert out.endswith("2 panels: 1 with data, 1 with errors.\n")


def test_series_without_values_are_no_data(shown: Any) -> None:
    shown(panel("One", "up"))
    hollow = {"resultType": "matrix", "result": [{"metric": {}, "values": []}]}
    with serving(lambda asked: hollow if asked.path.endswith("_range") else plain(asked)) as server:
        assert check("--prometheus", server.url) == 1


def test_histograms_and_numbers_are_data(shown: Any) -> None:
    shown(panel("One", "h"), panel("Two", "1", instant=True))
    native = {"resultType": "matrix", "result": [{"metric": {}, "histograms": [[1, {"count": "1"}]]}]}
    scalar = {"resultType": "scalar", "result": [1, "1"]}

    def answer(asked: Asked) -> Any:
        return {"h": native, "1": scalar}.get(asked.query) or plain(asked)

    with serving(answer) as server:
        assert check("--prometheus", server.url) == 0


def test_panels_of_closed_rows_are_asked_and_hidden_queries_are_not(shown: Any) -> None:
    hidden = panel("Two", "hidden", hide=True)
    shown({"type": "row", "title": "R", "panels": [panel("One", "inside")]}, hidden, {"type": "text", "title": "T"})
    with serving() as server:
        assert check("--prometheus", server.url) == 0
    assert "inside" in server.queries()
    assert "hidden" not in server.queries()


def test_logs_are_asked_of_loki_where_there_is_one(shown: Any, capsys: Capture) -> None:
    shown(panel("Logs", '{service_name=~"$service"}', kind="loki"), panel("Traces", "{ x }", kind="tempo"))
    with serving() as server:
        assert check("--prometheus", server.url) == 0
        assert capsys.readouterr().out == (
            "Shown\n"
            "  1 panel not run: no --loki was given\n"
            "  1 panel not run: Tempo is not asked here\n"
            "\n2 panels: 2 not run.\n"
        )
        assert check("--prometheus", server.url, "--loki", server.url) == 0
    assert capsys.readouterr().out.startswith("Shown: 1 of 1 panel with data\n  1 panel not run: Tempo")
    last = server.asked[-1]
    assert (last.path, last.query) == ("/loki/api/v1/query_range", '{service_name=~"shop/web"}')
    assert last.parameters["limit"] == "1"


def test_only_the_services_asked_for(shown: Any, capsys: Capture) -> None:
    shown(panel("One", 'up{job=~"$service"}'))
    jobs = {"resultType": "vector", "result": [{"metric": {"job": job}, "value": [1, "1"]} for job in "abc"]}
    with serving(lambda asked: jobs if asked.query == "group by (job) (events)" else plain(asked)) as server:
        assert check("--prometheus", server.url, "--service", "[ab]") == 0
        assert server.asked[-1].query == 'up{job=~"(a|b)"}'
        capsys.readouterr()
        assert check("--prometheus", server.url, "--service", "d") == 2
    assert capsys.readouterr().err == "otel-audit: --service d: no service matches; there are a, b, c\n"


def test_where_no_service_reports_panels_are_empty(shown: Any, capsys: Capture) -> None:
    shown(panel("One", 'up{job=~"$service"}'))
    with serving(lambda asked: NOTHING if "events" in asked.query else plain(asked)) as server:
        assert check("--prometheus", server.url) == 1
    assert "A: the variable service has no value" in capsys.readouterr().out


def test_the_trace_companion_takes_a_recent_trace(shown: Any) -> None:
    shown(panel("Records", '{a="b"} | trace_id="$trace_id"', kind="loki"), variables=(TRACE_ID,))
    with serving() as server:
        assert check("--prometheus", server.url, "--loki", server.url) == 0
        assert server.asked[-1].query == '{a="b"} | trace_id="' + "ab" * 16 + '"'
        assert check("--prometheus", server.url, "--loki", server.url, "--trace-id", "cd" * 16) == 0
        assert server.asked[-1].query == '{a="b"} | trace_id="' + "cd" * 16 + '"'


def test_json(shown: Any, capsys: Capture) -> None:
    shown(panel("One", "up"), panel("Two", "gone"), panel("Logs", "{}", kind="loki"))
    with serving(lambda asked: NOTHING if asked.query == "gone" else plain(asked)) as server:
        assert check("--prometheus", server.url, "--json") == 1
    found = json.loads(capsys.readouterr().out)
    assert found["ok"] is False
    assert found["panels"] == {"data": 1, "quiet": 0, "empty": 1, "error": 0, "not_run": 1}
    assert [each["state"] for each in found["results"]] == ["data", "empty", "not_run"]
    assert found["results"][1] == {
        "dashboard": "shown",
        "uid": "u",
        "row": "",
        "panel": "Two",
        "description": "About Two.",
        "hint": "Two is empty because",
        "state": "empty",
        "queries": [{"ref": "A", "datasource": "prometheus", "query": "gone", "state": "empty", "why": ""}],
    }


def test_a_terminal_sees_how_far_it_is(shown: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    shown(panel("One", "up"), panel("Two", "up"))
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with serving() as server:
        assert check("--prometheus", server.url) == 0
    assert terminal.getvalue() == "\r\033[K1/2  Shown: One\r\033[K2/2  Shown: Two\r\033[K"


# the command


def test_nobody_answers(capsys: Capture) -> None:
    with serving() as server:
        url = server.url
    assert check("--prometheus", url.replace("//", "//user:hidden@")) == 2
    assert capsys.readouterr() == ("", f"otel-audit: Prometheus {url}: Connection refused\n")


@pytest.mark.parametrize("kind", ["Prometheus", "Loki"])
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((501, b"<!DOCTYPE HTML>\n<p>no method", "text/html;charset=utf-8"), "HTTP 501: not a {} API"),
        ((400, b"no method", "text/plain"), "HTTP 400: not a {} API"),
        ((200, b"<html>"), "HTTP 200: not a {} API"),
        ((200, {"data": ["of another API"]}), "HTTP 200: not a {} API"),
        ((503, b"starting", "text/plain"), "HTTP 503: Service Unavailable"),
        ((422, {"status": "error", "errorType": "execution", "error": "no\nstore"}), "execution: no store"),
    ],
)
def test_a_server_of_another_kind_is_named_and_not_quoted(capsys: Capture, kind: str, answer: Any, said: str) -> None:
    with serving(lambda asked: answer) as other, serving() as prometheus:
        wrong = other.url.replace("//", "//user:hidden@")
        arguments = (wrong,) if kind == "Prometheus" else (prometheus.url, "--loki", wrong)
        assert check("--prometheus", *arguments) == 2
    assert capsys.readouterr() == ("", f"otel-audit: {kind} {other.url}: {said.format(kind)}\n")


def test_loki_is_looked_for_before_anything_is_asked(capsys: Capture) -> None:
    with serving(lambda asked: (404, b"") if asked.path.startswith("/loki") else plain(asked)) as server:
        assert check("--prometheus", server.url, "--loki", server.url) == 2
    assert capsys.readouterr().err.startswith(f"otel-audit: Loki {server.url}: HTTP 404: ")
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("check",), "the following arguments are required: --prometheus"),
        (("check", "--prometheus", "h", "--range", "0m"), "argument --range: 0m: expected a time such as 30m"),
        (("check", "--prometheus", "h", "--range", "hour"), "argument --range: hour: expected a time such as 30m"),
        (("check", "--prometheus", "h", "--timeout", "0"), "argument --timeout: 0: expected seconds"),
        (("check", "--prometheus", "h", "--service", "("), "argument --service: (: expected a regular expression"),
        (("check", "--prometheus", "h", "--trace-id", "AB"), "argument --trace-id: AB: expected 32 lowercase"),
        ((), "the following arguments are required: ACTION"),
    ],
)
def test_options_that_cannot_be_used(arguments: tuple[str, ...], said: str, capsys: Capture) -> None:
    with pytest.raises(SystemExit) as raised:
        main(arguments)
    assert raised.value.code == 2
    assert said in capsys.readouterr().err


def test_a_dashboard_that_there_is_not(capsys: Capture) -> None:
    assert check("--prometheus", "http://127.0.0.1:1", "--dashboard", "flet") == 2
    assert capsys.readouterr().err.startswith("otel-audit: --dashboard flet: expected one of bridge, fleet, ")


def test_the_verb_is_there(tmp_path: Path) -> None:
    told = otel_audit("dashboards", "export", str(tmp_path))
    assert (told.returncode, told.stderr) == (0, "")
    help_ = otel_audit("dashboards", "check", "--help").stdout
    assert "exit code:" in help_
    assert "--prometheus URL" in help_


def test_control_c_ends_it_with_one_line() -> None:
    asked = threading.Event()

    def answer(_: Asked) -> float:
        asked.set()
        return 60.0

    with serving(answer) as server:
        command = [sys.executable, "-m", "otel_audit", "dashboards", "check", "--prometheus", server.url]
        with subprocess.Popen(command, env=environment({}), stderr=subprocess.PIPE, text=True) as process:
            assert asked.wait(60)
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "otel-audit: stopped\n")


# the dashboards of the package


def answers(asked: Asked) -> Any:
    """Data of the type that was asked for, of one process."""
    if asked.path.endswith("_range") or "/label/" in asked.path:
        return plain(asked)
    return {"resultType": "vector", "result": [{"metric": {"job": "web", "instance": "i1"}, "value": [1, "1"]}]}


def test_every_query_of_the_package_is_asked_with_no_variable_left(capsys: Capture) -> None:
    wanted = [query for each in dashboards() for one in each.panels for query in one.queries]
    wanted = [query for query in wanted if query.datasource in ("prometheus", "loki")]
    with serving(answers) as server:
        assert check("--prometheus", server.url, "--loki", server.url, "--json") == 0
    assert [query for query in server.queries() if re.search(r"\$(?!\d)\{?\w|\[\[", query)] == []
    results = json.loads(capsys.readouterr().out)["results"]
    answered = [query for result in results for query in result["queries"] if query["state"] == "data"]
    assert len(answered) == len(wanted) > 50
