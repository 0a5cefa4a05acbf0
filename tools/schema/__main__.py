"""`python -m tools.schema`: the dashboards' JSON against Grafana 11 and 12, the SDK, and the query grammars."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

from tools.schema import grammars, proof, round_trip, shapes
from tools.schema.packages import NoPackages, packages
from tools.schema.problem import Problem, load
from tools.schema.queries import queries

ROOT = Path(__file__).parents[2]
PROOF = "service"
"""The dashboard that has every kind of panel and data source, to break on purpose."""


def main(words: list[str] | None = None) -> int:
    """Exit code: 0 nothing is wrong, 1 something is, 2 the checks cannot run."""
    parser = argparse.ArgumentParser(prog="python -m tools.schema", description=__doc__)
    parser.add_argument(
        "folder", nargs="?", type=Path, default=ROOT / "grafana/files/dashboards", help="of the dashboards"
    )
    options = parser.parse_args(words)
    try:
        documents, there = load(options.folder), packages()
    except (NoPackages, FileNotFoundError) as error:
        print(f"schema: {error}", file=sys.stderr)
        return 2
    texts = [query for name, document in documents.items() for query in queries(name, document)]
    versions = " and ".join(str(major.number) for major in shapes.MAJORS)
    counts = {
        language: sum(query.language == language for query in texts) for language in ("prometheus", "loki", "tempo")
    }
    wrong = (
        _say(f"{len(documents)} dashboards have the types of Grafana {versions}", shapes.check(documents, there))
        + _say("they come back from the SDK as they went in", round_trip.check(documents))
        + _say(
            "{prometheus} PromQL, {loki} LogQL and {tempo} TraceQL queries parse (parsed, not run)".format(**counts),
            grammars.check(texts, there),
        )
    )
    if not wrong and PROOF in documents:
        said = f"{len(proof.DAMAGES)} ways to break a dashboard are noticed"
        wrong += _say(said, proof.unnoticed(documents[PROOF], there))
    return bool(wrong)


def _say(what: str, problems: Iterable[Problem]) -> int:
    found = list(problems)
    print(f"{'FAILED' if found else 'ok':6}  {what}")
    for problem in found:
        print(f"        {problem.where}: {problem.what}", file=sys.stderr)
    return len(found)


if __name__ == "__main__":
    sys.exit(main())
