"""Decoders that several families need."""

from __future__ import annotations

import signal

import pytest

from otel_audit.events import CATALOGUE
from otel_audit.events.decode import descriptor, executable, flag_words, flags, hex_text, named, pointer, port
from otel_audit.events.diagnostics import priority
from otel_audit.events.native import library
from otel_audit.events.process import candidates
from otel_audit.events.web import request_body, url
from otel_audit.events.windows import computer, registry_key
from otel_audit.model import Items, Opaque, Size, Value

MASKS = ((6, "both"), (2, "two"), (4, "four"), (8, ""), (0, "never"))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (2, ["two"]),
        (6, ["both"]),
        (8, []),
        (0x10 | 4, ["four", "0x10"]),
        (0, []),
        (-1, ["both", "0xfffffff1"]),
        (1 << 64, ["0x10000000000000000"]),
    ],
)
def test_flags_are_words_and_what_is_unknown_stays_visible(value: int, words: list[str]) -> None:
    assert flag_words(value, MASKS) == words
    assert flags("k", MASKS)(value) == ({"k": words} if words else {})


def test_a_table_of_flags_is_made_on_first_use() -> None:
    asked = []
    decode = flags("k", lambda: asked.append(1) or MASKS)  # type: ignore[func-returns-value]  # that is the point
    assert not asked
    assert decode(2) == decode(2) == {"k": ["two"]}
    assert len(asked) == 1


def test_an_unknown_number_stays_a_number() -> None:
    assert named("k", {1: "ONE"})(1) == {"k": "ONE"}
    assert named("k", {1: "ONE"})(2) == {"k": "2"}
    assert named("k", dict, hex_text)(0x8915) == {"k": "0x8915"}
    assert named("k", {})("text") is None


@pytest.mark.parametrize(("value", "text"), [(255, "0xff"), (-1, "0x" + "f" * 16), (1 << 63, "0x8" + "0" * 15)])
def test_pointer_is_hexadecimal_over_all_64_bits(value: int, text: str) -> None:
    assert pointer("p")(value) == {"python.audit.arg.p": text}


def test_descriptor_that_was_not_given_says_nothing() -> None:
    assert descriptor("fd")(-1) == {}
    assert descriptor("fd")(3) == {"python.audit.arg.fd": 3}
    assert descriptor("fd")("x") is None


@pytest.mark.parametrize(
    ("value", "attributes"),
    [
        (25, {"server.port": 25}),
        ("25", {"server.port": 25}),
        ("http", {"python.audit.arg.service": "http"}),
        ("99999", {"python.audit.arg.service": "99999"}),
        (0, {}),
        ("0", {}),
        ("", {}),
        (-1, {"python.audit.arg.service": "-1"}),
        (None, None),
    ],
)
def test_port_is_a_number_digits_or_a_service(value: Value, attributes: dict[str, object] | None) -> None:
    assert port(value) == attributes


@pytest.mark.parametrize(
    ("value", "key"),
    [("/bin/ls", "path"), ("./run", "path"), (r"C:\cmd.exe", "path"), ("echo", "name"), ("cmd.exe", "name")],
)
def test_a_bare_name_is_no_path_of_an_executable(value: str, key: str) -> None:
    assert executable(value) == {f"process.executable.{key}": value}


def test_candidates_of_a_child_are_one_path_or_one_name() -> None:
    assert candidates(Items(("/bin/true",), 1)) == {"process.executable.path": "/bin/true"}
    assert candidates(Items(("/usr/bin/true", "/bin/true"), 2)) == {
        "process.executable.name": "true",
        "python.audit.arg.executable_list": ["/usr/bin/true", "/bin/true"],
    }


def test_signal_has_its_name_or_number() -> None:
    for name, argument in (("os.kill", "sig"), ("os.killpg", "sig"), ("signal.pthread_kill", "signalnum")):
        decode = next(arg.decode for arg in CATALOGUE[name].args if arg.name == argument)
        assert decode is not None
        assert decode(int(signal.SIGTERM)) == {f"python.audit.arg.{argument}": "SIGTERM"}
        assert decode(0) == {f"python.audit.arg.{argument}": "0"}


def test_only_a_path_of_a_library_is_a_file() -> None:
    assert library("libc.so.6") == {"python.audit.arg.name": "libc.so.6"}
    assert library("/tmp/x.so") == {"python.audit.arg.name": "/tmp/x.so", "file.path": "/tmp/x.so"}


def test_priority_is_a_level_and_a_facility() -> None:
    assert priority(3) == {"python.audit.arg.priority": "LOG_ERR"}
    assert priority(4 << 3 | 6) == {"python.audit.arg.priority": "LOG_INFO", "python.audit.arg.facility": "LOG_AUTH"}
    assert priority(23 << 3) == {"python.audit.arg.priority": "LOG_EMERG", "python.audit.arg.facility": "LOG_LOCAL7"}


@pytest.mark.parametrize(
    ("value", "attributes"),
    [
        ("https://example.org/a?b", {"url.scheme": "https", "server.address": "example.org", "server.port": 443}),
        ("http://[::1]:8080", {"url.scheme": "http", "server.address": "::1", "server.port": 8080}),
        ("HTTP://X", {"url.scheme": "http", "server.address": "X", "server.port": 80}),
        ("file:///etc/passwd", {"url.scheme": "file"}),
        ("gopher://x/", {"url.scheme": "gopher", "server.address": "x"}),
        ("http://x:99999/", {"url.scheme": "http", "server.address": "x"}),
        ("http://user:word@example.org/", {}),
        ("http://example.org/?mail=a@b", {}),
        ("http://exa mple/", {"url.scheme": "http"}),
        ("no url", {}),
        ("", {}),
    ],
)
def test_url_is_taken_apart_only_where_it_holds_no_user(value: str, attributes: dict[str, object]) -> None:
    assert url(value) == {"url.full": value, **attributes}


def test_size_of_a_body_is_known_of_bytes_only() -> None:
    assert request_body(Size(9, "bytes")) == {"http.request.body.size": 9}
    assert request_body(Size(9, "dict")) is None
    assert request_body(Opaque("generator")) is None


@pytest.mark.parametrize("handle", [0x80000002, 0xFFFFFFFF80000002, -0x7FFFFFFE])
def test_registry_root_has_its_name(handle: int) -> None:
    assert registry_key(handle) == {"python.audit.arg.key": "HKEY_LOCAL_MACHINE"}
    assert registry_key(0x1A4) == {"python.audit.arg.key": "0x1a4"}


def test_another_computer_is_a_server() -> None:
    assert computer(r"\\fileserver") == {"server.address": "fileserver"}
    assert computer(None) is None
