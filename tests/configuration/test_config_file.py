"""The configuration file: everything it can say, and one line for everything it cannot."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from otel_audit.configuration import file as config_file
from otel_audit.configuration.file import ConfigFile
from otel_audit.errors import SettingsError
from otel_audit.model import Arg, Event, Kind
from otel_audit.settings import Settings

needs_yaml = pytest.mark.skipif(find_spec("yaml") is None, reason="PyYAML is not installed")
UNREADABLE = "expected a TOML or YAML file"
TOML = """
include = ["default", "shop.*"]
max_span_events = 32
enabled = true
processors = ["structlog.processors:UnicodeDecoder", "shop.audit:add.tenant"]
baggage = "user.id, tenant"

[sampling]
open = "10/s"
socket.connect = "all"
"shop.*" = 0.5

[[events]]
name = "shop.order.placed"
arguments = [
  { name = "order_id", attribute = "shop.order.id" },
  "amount",
  { name = "email", redact = "email" },
  { name = "payload", capture = "size" },
]
severity = "warn"
text = "order {order_id}"
meaning = "An order came in."

[[events]]
name = "shop.order.placed/result"
"""
YAML = """
include: [default, shop.*]
max_span_events: 32
enabled: true
processors: [structlog.processors:UnicodeDecoder, shop.audit:add.tenant]
baggage: user.id, tenant
sampling: {open: 10/s, socket.connect: all, shop.*: 0.5}
events:
  - name: shop.order.placed
    arguments:
      - {name: order_id, attribute: shop.order.id}
      - amount
      - {name: email, redact: email}
      - {name: payload, capture: size}
    severity: warn
    text: order {order_id}
    meaning: An order came in.
  - name: shop.order.placed/result
"""
PLACED = Event(
    "shop.order.placed",
    "custom",
    (
        Arg("order_id", Kind.AUTO, "shop.order.id"),
        Arg("amount"),
        Arg("email", Kind.TEXT, redact="email"),
        Arg("payload", Kind.SIZE),
    ),
    "order {shop.order.id}",
    meaning="An order came in.",
    severity="warn",
)

Write = Callable[..., str]


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("OTEL_"):
            monkeypatch.delenv(name)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_it(content: str | bytes, name: str = "audit.toml", mode: int = 0o644) -> str:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        path.chmod(mode)
        return str(path)

    return write_it


def refusal(path: str) -> str:
    """The line, without the path it begins with or names."""
    with pytest.raises(SettingsError) as caught:
        config_file.read(path)
    line = str(caught.value)
    assert line.isprintable()
    return line.removeprefix(f"{path}: ")


@pytest.mark.parametrize(
    ("content", "name"),
    [(TOML, "audit.toml"), (TOML, "audit.conf"), pytest.param(YAML, "audit.YAML", marks=needs_yaml)],
)
def test_everything_a_file_can_say(write: Write, content: str, name: str) -> None:
    path = write(content, name)
    assert config_file.read(path) == ConfigFile(
        path,
        {
            "include": "default,shop.*",
            "max_span_events": "32",
            "enabled": "true",
            "baggage": "user.id, tenant",
            "sampling": "open=10/s,socket.connect=all,shop.*=0.5",
        },
        ("structlog.processors:UnicodeDecoder", "shop.audit:add.tenant"),
        (PLACED, Event("shop.order.placed/result", "custom")),
    )


def test_settings_take_it(write: Write) -> None:
    path = write(TOML)
    found = Settings(config_file=path)
    assert (found.include, found.max_span_events) == (("default", "shop.*"), 32)
    assert found.baggage == ("user.id", "tenant")
    assert found.processors == ("structlog.processors:UnicodeDecoder", "shop.audit:add.tenant")
    assert [event.name for event in found.events] == ["shop.order.placed", "shop.order.placed/result"]
    assert (found.text("config_file"), found.origin("config_file")) == (path, "argument")
    assert Settings(config_file=found.text("config_file")) == found


def test_an_empty_file_says_nothing(write: Write) -> None:
    assert config_file.read(write("")) == ConfigFile(write(""))
    assert Settings(config_file=write("include = ''")).origin("include") == "default"


@needs_yaml
def test_yaml_words_are_text(write: Write) -> None:
    path = write("redact: off\nlog_stream: none\ncore: ~\nevents:\nprocessors: null\n", "a.yml")
    assert config_file.read(path) == ConfigFile(path, {"redact": "off", "log_stream": "none"})


def test_a_byte_order_mark_is_no_content(write: Write) -> None:
    assert config_file.read(write(b"\xef\xbb\xbfcore = 'c'")).settings == {"core": "c"}


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("ring_size = 'abc'", "ring_size=abc: expected a whole number of bytes from 65536 to 1073741824"),
        ("ring_size = true", "ring_size=true: expected a whole number of bytes from 65536 to 1073741824"),
        ("ring_size = [65536]", "ring_size=<list>: expected a whole number of bytes from 65536 to 1073741824"),
        ("flush_interval = 1.5", "flush_interval=1.5: expected a whole number of milliseconds from 10 to 3600000"),
        ("include = 2024-11-21", "include=<date>: expected a comma list of groups, event names and globs"),
        ("include = [['a']]", "include=<list>: expected a comma list of groups, event names and globs"),
        ("include = {a = 1}", "include=<dict>: expected a comma list of groups, event names and globs"),
        ("sampling = {a = [1]}", "sampling=<list>: expected a comma list of selector=rule"),
        ("baggage = ['thread.id']", "baggage=thread.id: expected a comma list of baggage keys, such as user.id "
         "(thread.id is reserved: every record may have an attribute of that name)"),
        ("ringsize = 5", "ringsize: expected a setting, processors or events (did you mean ring_size?)"),
        ("config_file = 'x'", "config_file: expected a setting, processors or events"),
        ("event = []", "event: expected a setting, processors or events (did you mean events?)"),
        ("processors = 'a:b'", "processors=<str>: expected a list of import paths such as package.module:name"),
        ("processors = ['a:b', 'a.b']", "processors[1]=a.b: expected an import path such as package.module:name"),
        ("processors = ['os:system(1)']", "processors[0]=os:system(1): expected an import path such as "
         "package.module:name"),
        ("processors = [5]", "processors[0]=<int>: expected an import path such as package.module:name"),
        ("events = 5", "events=<int>: expected tables, each begun by [[events]]"),
        ("[events]\nname = 'a.b'", "events=<dict>: expected tables, each begun by [[events]]"),
        ("events = ['a.b']", "events[0]=<str>: expected a table with name, arguments, severity, text, meaning"),
        ("[[events]]\ntext = 'x'", "events[0].name: expected a name"),
        ("[[events]]\nname = 'a b'", "events[0].name=a b: expected a name with a namespace and no white space, such as "
         "shop.order.placed"),
        ("[[events]]\nname = 'socket.mine'", "events[0].name=socket.mine: expected a namespace of your own (socket is "
         "CPython's)"),
        ("[[events]]\nname = 'a.b'\n[[events]]\nname = 'a.b'", "events[1].name=a.b: expected each event once"),
        ("[[events]]\nname = 'a.b'\nargument = []", "events[0].argument: expected name, arguments, severity, text, "
         "meaning (did you mean arguments?)"),
        ("[[events]]\nname = 'a.b'\nseverity = 'fatal'", "events[0].severity=fatal: expected debug, info or warn"),
        ("[[events]]\nname = 'a.b'\nmeaning = 5", "events[0].meaning=<int>: expected one line of at most 500 "
         "characters"),
        ("[[events]]\nname = 'a.b'\narguments = 'x'", "events[0].arguments=x: expected a list of arguments"),
        ("[[events]]\nname = 'a.b'\narguments = ['x', 5]", "events[0].arguments[1].name=<int>: expected a name such as "
         "order_id"),
        ("[[events]]\nname = 'a.b'\narguments = [{capture = 'text'}]", "events[0].arguments[0].name: expected a name"),
        ("[[events]]\nname = 'a.b'\narguments = [{name = 'x', kind = 'text'}]", "events[0].arguments[0].kind: expected "
         "name, attribute, capture, redact"),
        ("[[events]]\nname = 'a.b'\narguments = [{name = 'x', capture = 5}]", "events[0].arguments[0].capture=<int>: "
         "expected one of auto, text, size, int, float, bool, path, address, argv, code, type, skip"),
        ("[[events]]\nname = 'a.b'\narguments = [{name = 'x', attribute = 'thread.id'}]", "events[0].arguments[0]."
         "attribute=thread.id: expected a key of your own (this one is reserved)"),
        ("[[events]]\nname = 'a.b'\narguments = [{name = 'x', attribute = 'a.x', capture = 'int'}]\n"
         "[[events]]\nname = 'a.c'\narguments = [{name = 'x', attribute = 'a.x', capture = 'text'}]",
         "events[1].arguments[0]=x: expected capture=int, or an attribute of its own (a.x is int in a.b)"),
    ],
)  # fmt: skip
def test_an_error_names_file_key_and_what_was_expected(write: Write, content: str, line: str) -> None:
    assert refusal(write(content)) == line


def test_events_are_bounded(write: Write) -> None:
    assert refusal(write("events = [" + "{}," * 513 + "]")) == "events=<513>: expected at most 512"


@pytest.mark.parametrize(
    "content",
    ["redact_key = 'hunter2'", "redact_key = ['hunter2-hunter2-x']", "redactkey = 'hunter2-hunter2-x'",
     "redact_key = 'file:hunter2'", "redact_key = 'hunter2-hunter2-x", "[redact_key]\nx = 'hunter2'",
     "redact_key = 'hunter2-hunter2-x'\nredact_key = 'hunter2-hunter2-x'"],
)  # fmt: skip
def test_no_error_shows_the_redaction_key(write: Write, content: str) -> None:
    assert "hunter2" not in refusal(write(content))


@needs_yaml
@pytest.mark.parametrize("content", ["redact_key: [hunter2-hunter2", "redact_key: 'hunter2\n  x: \t- y", "a: *hunter2"])
def test_no_yaml_error_quotes_the_file(write: Write, content: str) -> None:
    line = refusal(write(content, "a.yml"))
    assert "hunter2-hunter2" not in line
    assert "line" in line


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\xff\xfe\x00a", "byte 0 is not UTF-8"),
        (b"a = 1\n\x00", None),
        (b"a = ", "Invalid value (at end of document)"),
        (b"a = " + b"[" * 100_000, "nested too deeply"),
        (b"#" + b"x" * config_file.LIMIT, f"over {config_file.LIMIT} bytes"),
    ],
)
def test_what_is_no_toml(write: Write, content: bytes, reason: str | None) -> None:
    path = write(content)
    with pytest.raises(SettingsError) as caught:
        config_file.read(path)
    start = f"OTEL_PYTHON_AUDIT_CONFIG_FILE={path}: {UNREADABLE} ("
    assert str(caught.value).startswith(start + (f"{reason})" if reason else ""))


@needs_yaml
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("- a", "not a mapping of keys to values"),
        ("a: 1\na: 2", "a key twice, at line 2"),
        ("a: &x [1]\nb: *x", "an alias to line 1; aliases are not read"),
        ("a: &x [*x]", "an alias to line 1; aliases are not read"),
        ("a: !!python/object/apply:os.system [id]", "a tag at line 1; tags are not read"),
        ("a: !secret x", "a tag at line 1; tags are not read"),
        ("[a]: 1", "a key at line 1 that is no text"),
        (
            "a: 1\n---\nb: 2",
            "expected a single document in the stream, but found another document (at line 2, column 1)",
        ),
        ("a: [" + "[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_no_yaml_of_ours(write: Write, content: str, reason: str) -> None:
    assert refusal(write(content, "a.yaml")).endswith(f"{UNREADABLE} ({reason})")


def test_without_pyyaml_one_line_says_so(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    line = refusal(write("a: 1", "a.yml"))
    assert line.endswith(f"{UNREADABLE} (YAML needs PyYAML: pip install pyyaml, or write TOML)")


def test_without_tomli_one_line_says_so(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10))
    monkeypatch.setitem(sys.modules, "tomli", None)
    assert refusal(write("a = 1")).endswith("(TOML on Python 3.10 needs tomli: pip install tomli)")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    path = str(tmp_path / "no.toml")
    assert refusal(path) == f"OTEL_PYTHON_AUDIT_CONFIG_FILE={path}: {UNREADABLE} (No such file or directory)"


def test_a_null_in_the_path() -> None:
    with pytest.raises(SettingsError, match="embedded null"):
        Settings(config_file="a\0b")


def test_what_is_no_file_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, Path(os.devnull)):
        assert refusal(str(path)).endswith("(not a regular file)")


@pytest.mark.parametrize("mode", [0o602, 0o666, 0o777])
def test_a_file_that_every_user_may_write_is_refused(write: Write, mode: int) -> None:
    assert refusal(write(TOML, mode=mode)).endswith("(every user may write it: chmod o-w)")


@pytest.mark.parametrize("mode", [0o400, 0o444, 0o644, 0o664])
def test_files_as_containers_and_umasks_make_them_are_read(write: Write, mode: int) -> None:
    assert config_file.read(write("core = 'c'", mode=mode)).settings == {"core": "c"}


def test_a_link_is_followed_to_the_file(write: Write, tmp_path: Path) -> None:
    (tmp_path / "..data").symlink_to(write("core = 'c'"))  # as Kubernetes mounts them
    assert config_file.read(str(tmp_path / "..data")).settings == {"core": "c"}


def test_a_bad_value_is_told_even_where_the_environment_has_another(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_PYTHON_AUDIT_RING_SIZE", "65536")
    with pytest.raises(SettingsError, match="ring_size=abc"):
        Settings(config_file=write("ring_size = 'abc'"))


def test_reading_registers_and_imports_nothing(write: Write) -> None:
    from otel_audit import custom

    before: Any = custom.rows()
    config_file.read(write("processors = ['no.such.module:x']\n[[events]]\nname = 'shop.never.registered'"))
    assert custom.rows() == before
