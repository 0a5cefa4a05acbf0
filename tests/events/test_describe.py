"""Records in, attributes and one line out."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from otel_audit.events import CATALOGUE, generic
from otel_audit.events.describe import body, describe
from otel_audit.model import MISSING, Arg, AttributeValue, CodeRef, Event, Items, Kind, Opaque, Record, Size, Value


def record(values: tuple[Value, ...], argc: int) -> Record:
    return Record(1, 0, 0, 0, 0, 1, "main", 0, 1, 0, argc, values)


def described(name: str, *values: Value) -> tuple[dict[str, AttributeValue], str]:
    event = CATALOGUE[name]
    attributes = describe(event, record(values, len(event.args)))
    return attributes, body(event, name, attributes)


@pytest.mark.parametrize(
    ("name", "values", "attributes", "line"),
    [
        (
            "subprocess.Popen",
            ("/bin/ls", Items(("ls", "my file", "--x=1"), 3), "/tmp", Size(4, "dict")),
            {
                "process.executable.path": "/bin/ls",
                "process.command_args": ["ls", "my file", "--x=1"],
                "process.working_directory": "/tmp",
                "python.audit.arg.env.size": 4,
            },
            "run ls 'my file' --x=1 in /tmp",
        ),
        (
            "subprocess.Popen",
            ("cmd.exe", "cmd /c dir", None, None),
            {"process.executable.path": "cmd.exe", "process.command_line": "cmd /c dir"},
            "subprocess.Popen process.executable.path=cmd.exe process.command_line=cmd /c dir",
        ),
        ("os.system", ("rm -rf x",), {"process.command_line": "rm -rf x"}, "run rm -rf x in a shell"),
        (
            "_posixsubprocess.fork_exec",
            (Items(("/bin/true",), 1), Items(("true",), 1), None),
            {"process.executable.path": "/bin/true", "process.command_args": ["true"]},
            "run true",
        ),
        (
            "socket.connect",
            (Items(("10.0.0.1", 443), 2),),
            {"network.peer.address": "10.0.0.1", "network.peer.port": 443, "network.type": "ipv4"},
            "connect to 10.0.0.1:443",
        ),
        (
            "socket.connect",
            ("/run/app.sock",),
            {"network.peer.address": "/run/app.sock", "network.transport": "unix"},
            "connect to /run/app.sock",
        ),
        (
            "socket.getaddrinfo",
            ("example.org", 443, 0, 1, 6),
            {
                "dns.question.name": "example.org",
                "server.port": 443,
                "python.audit.arg.family": "AF_UNSPEC",
                "python.audit.arg.type": "SOCK_STREAM",
                "python.audit.arg.protocol": 6,
            },
            "resolve example.org port 443",
        ),
        (
            "http.client.connect",
            (Opaque("HTTPSConnection"), "example.org", 443),
            {"python.audit.arg.self.type": "HTTPSConnection", "server.address": "example.org", "server.port": 443},
            "connect over HTTP to example.org:443",
        ),
        (
            "open",
            ("/etc/hosts", "r", 0),
            {"file.path": "/etc/hosts", "python.audit.arg.mode": "r", "python.audit.arg.open_flags": ["read"]},
            "open /etc/hosts for read",
        ),
        (
            "open",
            ("/tmp/x", None, 1),
            {"file.path": "/tmp/x", "python.audit.arg.open_flags": ["write"]},
            "open /tmp/x for write",
        ),
        (
            "open",
            (3, "r", 0),
            {"python.audit.arg.fd": 3, "python.audit.arg.mode": "r", "python.audit.arg.open_flags": ["read"]},
            "open descriptor 3 for read",
        ),
        (
            "os.rename",
            ("a", "b", -1, -1),
            {"python.audit.arg.src": "a", "file.path": "b"},
            "rename a to b",
        ),
        ("os.chmod", ("x", 0o644, -1), {"file.path": "x", "file.mode": "0644"}, "set mode of x to 0644"),
        (
            "exec",
            (CodeRef("<string>", "<module>", 1),),
            {"code.file.path": "<string>", "code.function.name": "<module>", "code.line.number": 1},
            "execute <module> of <string>:1",
        ),
        (
            "compile",
            (Size(9, "bytes"), "<string>"),
            {"python.audit.arg.source.size": 9, "code.file.path": "<string>"},
            "compile <string>, 9 bytes",
        ),
        (
            "import",
            ("_ssl", "/lib/_ssl.so"),
            {"python.audit.arg.module": "_ssl", "file.path": "/lib/_ssl.so"},
            "import _ssl from /lib/_ssl.so",
        ),
        ("import", ("json", None), {"python.audit.arg.module": "json"}, "import json"),
        (
            "pickle.find_class",
            ("os", "system"),
            {"python.audit.arg.module": "os", "python.audit.arg.name": "system"},
            "unpickle os.system",
        ),
        (
            "sqlite3.connect",
            (":memory:",),
            {"db.system.name": "sqlite", "db.namespace": ":memory:"},
            "open SQLite database :memory:",
        ),
        (
            "urllib.Request",
            ("http://x/", None, Size(2, "dict"), "GET"),
            {"url.full": "http://x/", "python.audit.arg.headers.size": 2, "http.request.method": "GET"},
            "request GET http://x/",
        ),
        (
            "sys.excepthook",
            (Opaque("function"), Opaque("ZeroDivisionError"), Opaque("ZeroDivisionError")),
            {
                "python.audit.arg.hook.type": "function",
                "exception.type": "ZeroDivisionError",
                "python.audit.arg.value.type": "ZeroDivisionError",
            },
            "uncaught ZeroDivisionError",
        ),
        (
            "os.kill",
            (42, 15),
            {"python.audit.arg.pid": 42, "python.audit.arg.sig": "SIGTERM"},
            "send SIGTERM to process 42",
        ),
        (
            "ctypes.dlopen",
            ("libc.so.6",),
            {"python.audit.arg.name": "libc.so.6"},
            "load native library libc.so.6",
        ),
        ("ctypes.dlopen", (None,), {}, "load native library"),
        ("time.sleep", (1,), {"python.audit.arg.secs": 1.0}, "sleep 1.0 s"),
        ("os.fork", (), {}, "fork"),
    ],
)
def test_event_reads_well(name: str, values: tuple[Value, ...], attributes: dict[str, object], line: str) -> None:
    assert described(name, *values) == (attributes, line)


def test_resource_limit_is_named() -> None:
    resource = pytest.importorskip("resource")
    values = (resource.RLIMIT_NOFILE, Items((64, resource.RLIM_INFINITY), 2))
    _, line = described("resource.setrlimit", *values)
    assert line == "set RLIMIT_NOFILE to 64 unlimited"


def test_cut_list_tells_its_length() -> None:
    attributes, _ = described("pty.spawn", Items(("a", 1, None), 99))
    assert attributes == {"process.command_args": ["a", "1", "None"], "python.audit.arg.argv.total": 99}


def test_number_past_64_bits_is_named_by_type() -> None:
    attributes, _ = described("ctypes.cdata", 1 << 63)
    assert attributes == {"python.audit.arg.address.type": "int"}


def test_arguments_beyond_the_row_are_counted() -> None:
    assert describe(CATALOGUE["os.chdir"], record(("/",), 3)) == {"file.path": "/", "python.audit.extra_arguments": 2}
    assert describe(CATALOGUE["os.fork"], record((), 1)) == {"python.audit.extra_arguments": 1}


def test_arguments_that_did_not_come_are_counted() -> None:
    attributes = describe(CATALOGUE["shutil.rmtree"], record(("/tmp/x", MISSING), 1))
    assert attributes == {"file.path": "/tmp/x", "python.audit.missing_arguments": 1}


def test_unknown_event_is_bounded_text() -> None:
    event = generic("myapp.sold")
    values: tuple[Value, ...] = ("widgets", "/opt/w.py", 3, None, 1.5, Size(12, "bytes"), Opaque("Cart"), MISSING)
    attributes = describe(event, record(values, 7))
    assert attributes == {"python.audit.args": "widgets, /opt/w.py, 3, None, 1.5, <bytes 12>, <Cart>"}
    assert body(event, event.name, attributes) == f"myapp.sold {attributes['python.audit.args']}"


def test_unknown_event_tells_how_many_arguments_it_left() -> None:
    attributes = describe(generic("x"), record((1,) * 8, 11))
    assert attributes == {"python.audit.args": "1, 1, 1, 1, 1, 1, 1, 1, <3 more>"}


def test_unknown_event_text_ends_at_its_limit() -> None:
    text = describe(generic("x"), record(("y" * 5000,), 1))["python.audit.args"]
    assert isinstance(text, str)
    assert (len(text), text[-1]) == (1024, "…")


def test_unknown_event_without_arguments_has_none() -> None:
    assert describe(generic("x"), record((MISSING,) * 8, 0)) == {}
    assert body(generic("x"), "x", {}) == "x"


def broken(_: Value) -> Mapping[str, AttributeValue]:
    raise RuntimeError


def test_broken_decoder_falls_back_to_the_plain_rule() -> None:
    event = Event("x", "custom", (Arg("a", Kind.TEXT, decode=broken), Arg("b", Kind.INT)))
    assert describe(event, record(("v", 1), 2)) == {"python.audit.arg.a": "v", "python.audit.arg.b": 1}


def test_body_is_one_line_without_control_characters() -> None:
    line = body(CATALOGUE["os.chdir"], "os.chdir", {"file.path": "a\nb\x1b[31m\x7f\u2028\u202e\ud800"})
    assert line == "change directory to a\\nb\\x1b[31m\\x7f\\u2028\\u202e\\ud800"


def test_body_is_at_most_512_characters() -> None:
    line = body(CATALOGUE["os.chdir"], "os.chdir", {"file.path": "x" * 9999})
    assert (len(line), line[-1]) == (512, "…")


def test_value_with_braces_stays_a_value() -> None:
    line = body(CATALOGUE["os.rename"], "os.rename", {"python.audit.arg.src": "{file.path}[x]", "file.path": "b"})
    assert line == "rename {file.path}[x] to b"


def test_body_shows_nothing_a_processor_removed() -> None:
    assert body(CATALOGUE["os.system"], "os.system", {}) == "os.system"
