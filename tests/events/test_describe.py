"""Records in, attributes and one line out."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from otel_audit.events import CATALOGUE, MESSAGE, generic
from otel_audit.events.describe import body, describe, describer, sayer
from otel_audit.model import MISSING, Arg, AttributeValue, CodeRef, Event, Items, Kind, Opaque, Record, Size, Value


def record(values: tuple[Value, ...], argc: int, name: str | None = None) -> Record:
    return Record(1, 0, 0, 0, 0, 1, "main", 0, 1, 0, argc, values, name)


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
            {"process.executable.name": "cmd.exe", "process.command_line": "cmd /c dir"},
            "run cmd /c dir",
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
                "python.audit.arg.type": "SOCK_STREAM",
                "python.audit.arg.protocol": "IPPROTO_TCP",
                "network.transport": "tcp",
            },
            "resolve example.org port 443",
        ),
        (
            "http.client.connect",
            (Opaque("HTTPSConnection"), "example.org", 443),
            {
                "python.audit.arg.self.type": "HTTPSConnection",
                "server.address": "example.org",
                "server.port": 443,
                "network.protocol.name": "http",
            },
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
            {
                "url.full": "http://x/",
                "url.scheme": "http",
                "server.address": "x",
                "server.port": 80,
                "python.audit.arg.headers.size": 2,
                "http.request.method": "GET",
            },
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
            "send signal SIGTERM to process 42",
        ),
        (
            "ctypes.dlopen",
            ("libc.so.6",),
            {"python.audit.arg.name": "libc.so.6"},
            "load native library libc.so.6",
        ),
        ("ctypes.dlopen", (None,), {}, "load native library"),
        (
            "socket.__new__",
            (2, 1, 0),
            {
                "python.audit.arg.family": "AF_INET",
                "python.audit.arg.type": "SOCK_STREAM",
                "network.type": "ipv4",
                "network.transport": "tcp",
            },
            "create a socket AF_INET SOCK_STREAM",
        ),
        ("socket.__new__", (-1, -1, -1), {}, "create a socket"),
        ("os.listdir", (None,), {"file.path": "."}, "list ."),
        (
            "os.chmod",
            (3, 0o755, -1),
            {"python.audit.arg.fd": 3, "file.mode": "0755"},
            "set mode of descriptor 3 to 0755",
        ),
        (
            "os.utime",
            ("x", Items((0, 0), 2), None, -1),
            {"file.path": "x", "file.accessed": "1970-01-01T00:00:00Z", "file.modified": "1970-01-01T00:00:00Z"},
            "set times of x to 1970-01-01T00:00:00Z",
        ),
        (
            "smtplib.send",
            (Opaque("SMTP"), Items(("AUTH",), 40)),
            {
                "python.audit.arg.self.type": "SMTP",
                "python.audit.arg.command": "AUTH",
                "python.audit.arg.data.size": 40,
                "network.protocol.name": "smtp",
            },
            "send AUTH (40 bytes) over SMTP",
        ),
        (
            "poplib.putline",
            (Opaque("POP3"), Items(("",), 9)),
            {
                "python.audit.arg.self.type": "POP3",
                "python.audit.arg.line.size": 9,
                "network.protocol.name": "pop3",
            },
            "send (9 bytes) over POP3",
        ),
        (
            "winreg.OpenKey",
            (0x80000002, "SOFTWARE", 0x20019),
            {
                "python.audit.arg.key": "HKEY_LOCAL_MACHINE",
                "python.audit.arg.sub_key": "SOFTWARE",
                "python.audit.arg.access": ["KEY_READ"],
            },
            r"open key HKEY_LOCAL_MACHINE\SOFTWARE for KEY_READ",
        ),
        (
            "_winapi.CreateFile",
            (r"\\.\pipe\x", 0xC0000000, 0, 3, 0x40000000),
            {
                "file.path": r"\\.\pipe\x",
                "python.audit.arg.desired_access": ["GENERIC_WRITE", "GENERIC_READ"],
                "python.audit.arg.creation_disposition": "OPEN_EXISTING",
                "python.audit.arg.flags_and_attributes": ["OVERLAPPED"],
            },
            r"open \\.\pipe\x for GENERIC_WRITE GENERIC_READ",
        ),
        (
            "mmap.__new__",
            (-1, 4096, 3, 0),
            {"python.audit.arg.length": 4096, "python.audit.arg.access": ["copy"], "python.audit.arg.offset": 0},
            "map 4096 bytes of memory for copy",
        ),
        ("gc.get_objects", (-1,), {}, "list all objects"),
        ("gc.get_objects", (2,), {"cpython.gc.generation": 2}, "list all objects of generation 2"),
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
    assert described("mmap.__new__", -1, 1 << 63, 0, 0)[0] == {
        "python.audit.arg.length.type": "int",
        "python.audit.arg.offset": 0,
    }


def test_value_of_another_type_is_named_by_type() -> None:
    attributes, line = described("os.kill", Opaque("Pid"), "TERM")
    assert attributes == {"python.audit.arg.pid.type": "Pid", "python.audit.arg.sig.type": "str"}
    assert line == "os.kill pid.type=Pid sig.type=str"


def test_arguments_beyond_the_row_are_counted() -> None:
    assert describe(CATALOGUE["os.chdir"], record(("/",), 3)) == {"file.path": "/", "python.audit.extra_arguments": 2}
    assert describe(CATALOGUE["os.fork"], record((), 1)) == {"python.audit.extra_arguments": 1}


@pytest.mark.parametrize(
    ("values", "argc", "missing"),
    [
        (("/tmp/x", MISSING), 1, 1),  # not passed: shutil.rmtree up to Python 3.10
        (("/tmp/x", MISSING), 2, 1),  # no room in the record
        (("/tmp/x",), 2, 1),
        ((), 0, 2),
    ],
)
def test_arguments_that_did_not_come_are_counted(values: tuple[Value, ...], argc: int, missing: int) -> None:
    attributes = describe(CATALOGUE["shutil.rmtree"], record(values, argc))
    assert attributes == {**({"file.path": "/tmp/x"} if values else {}), "python.audit.missing_arguments": missing}


def test_argument_that_no_one_reads_is_missed_too() -> None:
    attributes = describe(CATALOGUE["import"], record(("json", None), 2))
    assert attributes == {"python.audit.arg.module": "json", "python.audit.missing_arguments": 3}


def test_message_is_its_text_and_what_came_with_it() -> None:
    attributes = describer(MESSAGE)(record(("x", 2), 2, "User logged in: {name} [x]"))
    assert attributes == {"python.audit.arg.text": "User logged in: {name} [x]", "python.audit.args": "x, 2"}
    assert sayer(MESSAGE)("message", attributes) == "User logged in: {name} [x]"


def test_message_whose_text_was_removed_says_the_rest() -> None:
    assert describer(MESSAGE)(record((), 0, None)) == {}
    assert sayer(MESSAGE)("message", {"python.audit.args": "x"}) == "message x"


def test_an_event_that_is_called_message_is_no_message() -> None:
    event = generic("message")
    assert describer(event)(record(("x",), 1)) == {"python.audit.args": "x"}


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


def broken_together(_: tuple[Value, ...]) -> Mapping[str, AttributeValue]:
    raise RuntimeError


def test_broken_decoder_of_all_values_costs_its_attributes_only() -> None:
    event = Event("x", "custom", (Arg("a", Kind.TEXT),), together=broken_together)
    assert describe(event, record(("v",), 1)) == {"python.audit.arg.a": "v"}
