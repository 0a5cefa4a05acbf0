"""JSON through the SDK and back: what the SDK does not know, it loses. Defaults that it adds do not count."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from tools.schema.problem import Document, Problem


def check(documents: Mapping[str, Document]) -> Iterator[Problem]:
    """Dashboards that come back different."""
    register_default_plugins()
    for name, document in documents.items():
        try:
            back = json.loads(json.dumps(Dashboard.from_json(document), cls=JSONEncoder))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            yield Problem(f"{name}: SDK", f"not read: {error!r}")
            continue
        yield from (Problem(f"{name}: SDK", what) for what in _differences(document, back, ""))


def _differences(sent: object, back: object, at: str) -> Iterator[str]:
    if isinstance(sent, dict) and isinstance(back, dict):
        for key, value in sent.items():
            yield from _differences(value, back.get(key), f"{at}.{key}")
    elif isinstance(sent, list) and isinstance(back, list) and len(sent) == len(back):
        for number, (one, other) in enumerate(zip(sent, back, strict=True)):
            yield from _differences(one, other, f"{at}[{number}]")
    elif sent != back:
        yield f"{at}: {sent!r} came back as {back!r}"
