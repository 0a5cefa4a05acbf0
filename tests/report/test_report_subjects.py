"""Which tables a record counts in, from the attributes that real records of the catalogue have."""

from __future__ import annotations

from typing import Any

import pytest

from otel_audit.events import CATALOGUE
from otel_audit.report import subjects as module
from otel_audit.report.sections import SECTIONS
from otel_audit.report.subjects import TABLES, subjects
from tests.report.pages import described


def found(event: str, **fields: Any) -> list[tuple[str, str, str]]:
    made = described(event, CATALOGUE[event].group, **fields).fields
    return [(subject.table, subject.key, subject.what) for subject in subjects(made)]


@pytest.mark.parametrize(
    ("event", "fields", "expected"),
    [
        ("socket.connect", {"network_peer_address": "10.0.0.5", "network_peer_port": 5432}, ("peers", "10.0.0.5:5432")),
        ("socket.connect", {"network_peer_address": "::1", "network_peer_port": 80}, ("peers", "[::1]:80")),
        ("socket.connect", {"network_peer_address": "/run/x.sock"}, ("peers", "/run/x.sock")),
        ("http.client.connect", {"server_address": "api", "server_port": 443}, ("peers", "api:443")),
        ("urllib.Request", {"server_address": "api", "server_port": 443}, ("peers", "api:443")),
        ("smtplib.connect", {"server_address": "mail", "server_port": 25}, ("peers", "mail:25")),
        ("socket.bind", {"network_local_address": "0.0.0.0", "network_local_port": 0}, ("listeners", "0.0.0.0:0")),
        ("socket.getaddrinfo", {"dns_question_name": "api"}, ("names", "api")),
        ("subprocess.Popen", {"process_command__args": ["ls", "a b"]}, ("processes", "ls 'a b'")),
        ("os.system", {"process_command__line": "ls | wc"}, ("processes", "ls | wc")),
        ("os.startfile", {"process_executable_path": "x.exe"}, ("processes", "x.exe")),
        ("os.remove", {"file_path": "/x"}, ("written", "/x")),
        ("os.listdir", {"file_path": "/x"}, ("read", "/x")),
        ("sqlite3.connect", {"db_namespace": "/x.db", "db_system_name": "sqlite"}, ("databases", "sqlite: /x.db")),
        ("import", {"python_audit_arg_module": "json"}, ("modules", "json")),
        ("ctypes.dlopen", {"python_audit_arg_name": "libc.so.6"}, ("libraries", "libc.so.6")),
        ("ctypes.dlopen", {}, ("libraries", "the program itself")),
        ("pickle.find_class", {"message": "unpickle os.system"}, ("code", "unpickle os.system")),
        ("exec", {"message": "execute x"}, ("code", "execute x")),
    ],
)
def test_a_record_counts_where_it_belongs(event: str, fields: Any, expected: tuple[str, str]) -> None:
    assert found(event, **fields) == [(*expected, event)]


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (["read"], ("read", "/x", "open for read")),
        (["write", "create", "truncate"], ("written", "/x", "open for write/create/truncate")),
        (["read", "write"], ("written", "/x", "open for read/write")),
        ([], ("read", "/x", "open")),
    ],
)
def test_an_opened_file_is_written_or_read(flags: list[str], expected: Any) -> None:
    assert found("open", file_path="/x", python_audit_arg_open__flags=flags) == [expected]


def test_what_an_event_loop_waited_for_counts_by_its_line_too() -> None:
    code = {"code_file_path": "/srv/tariffs.py", "code_function_name": "load", "code_line_number": 16}
    on_loop = {"python_audit_on__event__loop": True}
    assert found("open", file_path="/x", **on_loop, **code) == [
        ("read", "/x", "open"),
        ("blocking", "/srv/tariffs.py:16 load", "open"),
    ]
    assert found("time.sleep", **on_loop) == [("blocking", "a library", "time.sleep")]
    assert found("time.sleep", **code) == []


def test_an_import_with_a_file_is_a_library_too() -> None:
    found_ = found("import", python_audit_arg_module="_core", file_path="/x/_core.so")
    assert found_ == [("modules", "_core", "import"), ("libraries", "/x/_core.so", "import")]


@pytest.mark.parametrize(
    "event", ["socket.__new__", "socket.sendmsg", "os.fork", "fcntl.flock", "os.kill", "ctypes.dlsym"]
)
def test_a_record_without_a_subject_counts_in_no_table(event: str) -> None:
    assert found(event) == []


def test_a_command_is_found_by_its_plain_words() -> None:
    fields = described("subprocess.Popen", "process", process_command__args=["sh", "-c", "a b"]).fields
    (subject,) = subjects(fields)
    assert (subject.key, subject.find) == ("sh -c 'a b'", "sh -c a b")


def test_whatever_a_processor_left_is_taken() -> None:
    for group in ("network", "dns", "process", "filesystem", "database", "imports", "native", "serialization", "x"):
        assert list(subjects({"python.audit.group": group, "file.path": 7})) is not None
    assert list(subjects({})) == []


def test_every_table_is_shown_once() -> None:
    shown = [table.name for section in SECTIONS for table in section.tables]
    assert sorted(shown) == sorted(TABLES)


def test_names_of_events_are_those_of_the_catalogue() -> None:
    assert CATALOGUE.keys() >= module._LIBRARIES | module._LOOKING | module._HANDLES
    tables = [table for section in SECTIONS for table in section.tables]
    for table in tables:
        assert CATALOGUE.keys() >= {*table.main, *table.more}
        assert set(filter(None, table.groups.split(","))) == {CATALOGUE[name].group for name in table.main}
