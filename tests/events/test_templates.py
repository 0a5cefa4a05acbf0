"""Bodies: one line for a person, made of attributes."""

from __future__ import annotations

import pytest

from otel_audit.events import CATALOGUE
from otel_audit.events.describe import body
from otel_audit.model import Arg, AttributeValue, Event, Kind

ROW = Event("shop.sold", "custom", (Arg("sku", Kind.TEXT), Arg("basket", Kind.TEXT, "shop.basket")))


@pytest.mark.parametrize(
    ("template", "line"),
    [
        ("sold {sku}", "sold W-1"),
        ("sold {python.audit.arg.sku}", "sold W-1"),
        ("{sku} from {FILE_PATH}", "W-1 from /x"),
        ("{sku} from {file.path}", "W-1 from /x"),
        ("{shop.basket} of {sku.size}", "b of 3"),
        ("sold[ {sku}][ to {buyer}]", "sold W-1"),
        ("sold to {buyer}", "shop.sold sku=W-1 sku.size=3 shop.basket=b file.path=/x"),
        ("{FILE}", "/x"),
        ("", "shop.sold sku=W-1 sku.size=3 shop.basket=b file.path=/x"),
    ],
)
def test_token_is_an_argument_a_constant_or_a_whole_key(template: str, line: str) -> None:
    attributes: dict[str, AttributeValue] = {
        "python.audit.arg.sku": "W-1",
        "python.audit.arg.sku.size": 3,
        "shop.basket": "b",
        "file.path": "/x",
    }
    assert body(ROW._replace(text=template), ROW.name, attributes) == line


@pytest.mark.parametrize(
    ("attributes", "line"),
    [
        ({"process.command_args": ["ls", "my file", "", "a'b"]}, "run ls 'my file' '' 'a'\"'\"'b'"),
        ({"process.command_args": ["ls", "-l"], "process.executable.path": "/bin/ls"}, "run ls -l"),
        ({"process.command_args": ["ls", "é"]}, "run ls 'é'"),
        ({"process.command_line": "dir | more"}, "run dir | more"),
        ({"process.command_args": [], "process.executable.path": "/bin/ls"}, "run /bin/ls"),
        ({"process.executable.name": "ls"}, "run ls"),
        ({}, "os.posix_spawn"),
    ],
)
def test_command_is_the_list_the_line_or_the_program(attributes: dict[str, AttributeValue], line: str) -> None:
    assert body(CATALOGUE["os.posix_spawn"], "os.posix_spawn", attributes) == line


def test_body_is_one_line_without_control_characters() -> None:
    line = body(CATALOGUE["os.chdir"], "os.chdir", {"file.path": "a\nb\x1b[31m\x7f\u2028\u202e\ud800"})
    assert line == "change directory to a\\nb\\x1b[31m\\x7f\\u2028\\u202e\\ud800"


def test_body_keeps_what_can_be_printed() -> None:
    assert body(CATALOGUE["os.chdir"], "os.chdir", {"file.path": "né\u00a0\u3000中"}) == (
        "change directory to né\u00a0\u3000中"
    )


def test_body_is_at_most_512_characters() -> None:
    line = body(CATALOGUE["os.chdir"], "os.chdir", {"file.path": "x" * 9999})
    assert (len(line), line[-1]) == (512, "…")


def test_value_with_braces_stays_a_value() -> None:
    line = body(CATALOGUE["os.rename"], "os.rename", {"python.audit.arg.src": "{file.path}[x]", "file.path": "b"})
    assert line == "rename {file.path}[x] to b"


def test_body_shows_nothing_a_processor_removed() -> None:
    assert body(CATALOGUE["os.system"], "os.system", {}) == "os.system"


def test_an_attribute_of_another_type_is_said_as_it_is() -> None:
    attributes: dict[str, AttributeValue] = {"network.peer.address": "x", "network.peer.port": "redacted"}
    assert body(CATALOGUE["socket.connect"], "socket.connect", attributes) == "connect to x:redacted"
