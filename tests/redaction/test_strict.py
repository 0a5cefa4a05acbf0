"""Level strict: paths and hosts are hashed, words are not."""

from __future__ import annotations

import pytest

from otel_audit import semconv
from otel_audit.events import CATALOGUE
from otel_audit.events.describe import describe
from otel_audit.model import Event, Kind, Record
from tests.redaction.said import argv, default, strict

STRICT = {
    "file.path": "/srv/Zq7/file",
    "code.file.path": "/srv/Zq7.py",
    "process.executable.path": "/opt/Zq7/bin/python",
    "process.working_directory": "/home/Zq7",
    "server.address": "Zq7.internal",
    "network.peer.address": "Zq7",
    "network.local.address": "/run/Zq7.sock",
    "dns.question.name": "Zq7.internal",
    "db.namespace": "/srv/Zq7.db",
    "url.full": "https://Zq7.internal:8443/Zq7/Zq7?page=2",
    "process.command_line": "cat /srv/Zq7 ./Zq7 > ~/Zq7; ping Zq7.internal",
    "python.audit.arg.src": "/srv/Zq7",
}


@pytest.mark.parametrize("key", STRICT)
def test_strict_hashes_places(key: str) -> None:
    found = strict({key: STRICT[key]}, custom=False)
    assert "Zq7" not in str(found)
    assert "[hashed:" in str(found)
    assert strict(found, custom=False) == found
    assert strict({key: STRICT[key]}, custom=False) == found, "equal values stay comparable"
    assert default({key: STRICT[key]}, custom=False) == {key: STRICT[key]}


@pytest.mark.parametrize("row", [row for row in CATALOGUE.values() if any(arg.kind is Kind.PATH for arg in row.args)])
def test_strict_hashes_every_path_of_the_catalogue_though_it_looks_like_a_word(row: Event) -> None:
    paths = [arg for arg in row.args if arg.kind is Kind.PATH]
    values = tuple("Zq7" if arg in paths else None for arg in row.args if arg.kind is not Kind.SKIP)
    record = Record(2, 0, 0, 0, 0, 0, "", 0, 1, 0, len(row.args), values)
    described = describe(row, record)
    described.pop(semconv.PROCESS_EXECUTABLE_NAME, None)  # of a program, which is no place
    assert "Zq7" not in str(strict(described, custom=False))
    assert "Zq7" in str(described) or paths[0].attribute == semconv.PROCESS_EXECUTABLE_PATH


def test_strict_hashes_arguments_that_look_like_places() -> None:
    found = argv("/bin/ls", "-l", "--dir=/srv/a", "db.example.com", "10.0.0.1", "x", "3.11.7", redactor=strict)
    assert [item.partition("[")[0] for item in found] == ["", "-l", "--dir=", "", "", "x", "3.11.7"]
    assert argv(*found, redactor=strict) == found


def test_strict_keeps_a_urls_scheme_port_and_query() -> None:
    found = strict({"url.full": "https://bob:x@h.example:8443/a/b?page=2&token=x"}, custom=False)["url.full"]
    assert isinstance(found, str)
    assert found.startswith("https://bob:[redacted:password]@[hashed:")
    assert found.endswith("?page=2&token=[redacted:token]")
    assert "]:8443/[hashed:" in found


def test_strict_leaves_event_names_and_modules_alone() -> None:
    attributes = {"python.audit.event": "ctypes.dlsym/handle", "python.audit.arg.module": "os.path"}
    assert strict(attributes, custom=False) == attributes
