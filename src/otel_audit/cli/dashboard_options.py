"""Options of `otel-audit dashboards`."""

from __future__ import annotations

import argparse
import re

_DURATION = re.compile(r"(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
_SECONDS = (7 * 86400, 86400, 3600, 60, 1)

_EXAMPLES = """examples:
  otel-audit dashboards export grafana/
  otel-audit dashboards check --prometheus http://127.0.0.1:9090
  otel-audit dashboards check --prometheus http://127.0.0.1:9090 --loki http://127.0.0.1:3100 --range 6h
"""
_CHECK = """Variables get the values that Grafana gives them when a dashboard opens. A token belongs in the environment:
write $NAME where it stands, in single quotes, and otel-audit puts its value there.

exit code:
  0  every panel that was run has data, or is quiet
  1  a panel is empty, or its query failed
  2  a server does not answer, or an option cannot be used
Quiet are panels of what need not happen (losses, refused bridges, shells); below an empty one stands what fills it.

examples:
  otel-audit dashboards check --prometheus http://127.0.0.1:9090
  otel-audit dashboards check --prometheus http://127.0.0.1:9090 --dashboard bridge --service 'shop/.*'
  otel-audit dashboards check --prometheus 'https://reader:$PASSWORD@prometheus.example/api/prom'
  otel-audit dashboards check --prometheus https://mimir.example/prometheus \\
      -H 'X-Scope-OrgID: shop' -H 'Authorization: Bearer $TOKEN'
  otel-audit dashboards check --prometheus http://127.0.0.1:9090 --json | jq '.results[] | select(.state == "empty")'
"""


def parser() -> argparse.ArgumentParser:
    """Of both actions."""
    found = argparse.ArgumentParser(
        prog="otel-audit dashboards",
        description="The Grafana dashboards, provisioning files and alert rules that come with the package.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    actions = found.add_subparsers(dest="action", required=True, metavar="ACTION")
    _export(actions)
    _check(actions)
    return found


def _export(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    what = "write the files into a folder"
    found = actions.add_parser("export", help=what, description=f"{what.capitalize()}.", allow_abbrev=False)
    found.add_argument("folder", metavar="DIR", help="made if missing")
    found.add_argument("--force", action="store_true", help="overwrite files that differ")
    found.add_argument(
        "--runbooks", default="", metavar="URL", help="where you publish docs/runbooks; alerts link there"
    )


def _check(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    what = "run every panel's query and list the empty ones"
    found = actions.add_parser(
        "check",
        help=what,
        description=f"{what.capitalize()}.",
        epilog=_CHECK,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = found.add_argument
    add("--prometheus", required=True, metavar="URL", help="base of its API: where /api/v1 begins")
    add("--loki", default="", metavar="URL", help="base of its API; without it, panels of logs are not run")
    add(
        "--dashboard",
        action="append",
        default=[],
        metavar="NAME",
        help="only this one: fleet, service, ...; repeatable",
    )
    add("--service", type=_regex, metavar="REGEX", help="only services whose whole job matches")
    add("--range", type=_duration, default="1h", metavar="TIME", help="up to now, such as 30m, 6h, 7d; default: 1h")
    add(
        "--scrape-interval",
        type=_duration,
        default="60s",
        metavar="TIME",
        help="between two samples: the dashboards' Export interval; default: 60s, as there",
    )
    add(
        "--trace-id",
        default="",
        type=_trace_id,
        metavar="ID",
        help="of the trace companion; default: a recent one in Loki",
    )
    add("-H", "--header", action="append", default=[], metavar="'NAME: VALUE'", help="sent to both servers; repeatable")
    add("--timeout", type=_timeout, default="10", metavar="SECONDS", help="of one query; default: 10")
    add("--queries", action="store_true", help="show the queries of empty panels too")
    add("--json", action="store_true", help="an object with `ok` and all results")


def _duration(text: str) -> int:
    found = _DURATION.fullmatch(text)
    seconds = sum(int(number or 0) * unit for number, unit in zip(found.groups(), _SECONDS)) if found else 0
    if not 0 < seconds <= 366 * 86400:
        raise argparse.ArgumentTypeError(f"{text}: expected a time such as 30m, 6h or 7d, up to a year")
    return seconds


def _timeout(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 3600:
        raise argparse.ArgumentTypeError(f"{text}: expected seconds, up to 3600")
    return seconds


def _regex(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError(f"{text}: expected a regular expression: {error}") from None


def _trace_id(text: str) -> str:
    if text and not re.fullmatch(r"[0-9a-f]{32}", text):  # the default comes here too
        raise argparse.ArgumentTypeError(f"{text}: expected 32 lowercase hexadecimal digits")
    return text
