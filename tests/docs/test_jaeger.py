"""What docs/jaeger.md tells to type finds something: names, groups and attributes are those of real records."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from otel_audit import events, semconv
from otel_audit.cli.samples import attributes, samples
from tests.conftest import ROOT

PAGE = (ROOT / "docs/jaeger.md").read_text(encoding="utf-8")
OF_THE_REQUEST = {semconv.HTTP_ROUTE}
OF_AN_APPLICATION = {"shop.user.register"}


def searches() -> Iterator[tuple[str, str]]:
    """Each tag of the table of searches."""
    rows = re.findall(
        r"^\| (?:started|ran|connected|looked|opened|executed|loaded|unpickled|imported|raised|of a) .*", PAGE, re.M
    )
    for row in rows:
        for text in re.findall(r"`([^`]+=[^`]*)`", row.split(" | ", 1)[1]):
            for word in shlex.split(text):
                key, _, value = word.partition("=")
                yield key, value


TAGS = sorted(set(searches()))


def test_there_are_searches() -> None:
    assert len(TAGS) > 12


@pytest.mark.parametrize(("key", "value"), TAGS)
def test_a_tag_is_of_a_record(key: str, value: str) -> None:
    if key == semconv.AUDIT_EVENT:
        assert value in events.CATALOGUE or value in OF_AN_APPLICATION
    elif key == semconv.AUDIT_GROUP:
        assert value in events.GROUPS
    else:
        known = {name: kept for sample in samples().values() for name, kept in attributes(sample.record).items()}
        assert key in known or key in OF_THE_REQUEST
        assert not isinstance(known.get(key, ""), list), "a list is found by its whole JSON text only"


def test_events_and_the_attribute_searched_with_them_belong_together() -> None:
    connect, module = samples()["socket.connect"].record, samples()["import"].record
    assert "network.peer.port" in connect
    assert "python.audit.arg.module" in module


def test_the_link_is_a_search_for_a_group() -> None:
    (link,) = re.findall(r"^JAEGER/search\S+", PAGE, re.M)
    asked = parse_qs(urlsplit(link).query)
    ((key, value),) = json.loads(asked["tags"][0]).items()
    assert (key, value) == (semconv.AUDIT_GROUP, "process")
    assert value in events.GROUPS
