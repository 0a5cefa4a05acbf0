"""Query texts through the grammars: PromQL by promql-parser, LogQL and TraceQL by the parsers of Grafana's editors."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

import promql_parser

from tools.schema.problem import Problem
from tools.schema.queries import Query

PARSE = Path(__file__).with_name("parse.mjs")
_TRACE_ID = re.compile(r"[0-9a-f]{32}")
"""Tempo's data source takes what is only hexadecimal digits for an id, and asks for that trace."""


def check(queries: Iterable[Query], packages: Path) -> Iterator[Problem]:
    """Problems of all queries.

    Args:
        packages: folder that has `node_modules`.
    """
    texts = list(queries)
    yield from _promql(query for query in texts if query.language == "prometheus")
    others = [query for query in texts if query.language != "prometheus" and not _is_trace_id(query)]
    yield from _lezer(others, packages)


def _is_trace_id(query: Query) -> bool:
    return query.language == "tempo" and _TRACE_ID.fullmatch(query.text) is not None


def _promql(queries: Iterable[Query]) -> Iterator[Problem]:
    for query in queries:
        try:
            promql_parser.parse(query.text)
        except ValueError as error:
            yield Problem(query.where, f"PromQL: {error}: {query.text}")


def _lezer(queries: list[Query], packages: Path) -> Iterator[Problem]:
    asked = json.dumps([[query.language, query.text] for query in queries])
    script = packages / PARSE.name  # a module finds its packages from where it lies
    script.write_text(PARSE.read_text(encoding="utf-8"), encoding="utf-8")
    answer = subprocess.run(["node", script], input=asked, capture_output=True, text=True, check=True, timeout=120)
    for query, wrong in zip(queries, json.loads(answer.stdout), strict=True):
        if wrong is not None:
            language = {"loki": "LogQL", "tempo": "TraceQL"}[query.language]
            yield Problem(query.where, f"{language}: unexpected at {wrong!r}: {query.text}")
