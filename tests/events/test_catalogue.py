"""The catalogue against CPython's events, as measured on every version (tests/data/audit_events.csv)."""

from __future__ import annotations

import csv
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

from otel_audit import events
from otel_audit.events import CATALOGUE, CUSTOM_KINDS, DEFAULT, GROUPS, MESSAGE, NAMESPACES, SECURITY, generic, severity
from otel_audit.events.decode import arg_key
from otel_audit.events.describe import describer, sayer
from otel_audit.events.family import Family
from otel_audit.events.phrases import PHRASES
from otel_audit.events.templates import token_key
from otel_audit.model import Arg, CodeRef, Items, Kind, Opaque, Rule, RuleKind, Size, Value
from tests.events.values import EXAMPLES, captured, record

DATA = Path(__file__).parents[1] / "data" / "audit_events.csv"
ROWS = list(csv.DictReader(DATA.read_text(encoding="utf-8").splitlines()))
MODULES = [
    importlib.import_module(f"otel_audit.events.{module.name}") for module in pkgutil.iter_modules(events.__path__)
]
FAMILIES = [module for module in MODULES if hasattr(module, "FAMILY")]
PUBLIC_GROUPS = {
    "process", "network", "dns", "filesystem", "imports", "dynamic_code", "native", "serialization", "database",
    "introspection", "interpreter", "ipc", "mail", "diagnostics", "thread", "memory", "console", "environment", "web",
    "time", "windows", "custom",
}  # fmt: skip
WITHOUT_CONTENT = {Kind.SIZE, Kind.TYPE, Kind.SKIP}
PROTOCOLS = {"ftplib", "imaplib", "nntplib", "poplib", "smtplib"}
"""Of a line of these the hook may say which of its known commands it is (Kind.WORD), never a byte of the line."""

NOT_BLOCKING = {"fcntl.fcntl", "fcntl.ioctl", "fcntl.flock", "fcntl.lockf", "os.lockf"}
"""Of the group filesystem: whether they wait depends on flags (LOCK_NB), and most calls do not."""
BLOCKING_GROUPS = {"web", "mail"}

COMMAND = "what was run is the point of the event; redaction removes secrets later in the chain"
URL = "where to is the point of the event; redaction removes secrets later in the chain"
SCRIPT = "the path of the injected script, not its content"
CAPTURED = {
    ("_posixsubprocess.fork_exec", "args"): COMMAND,
    ("_winapi.CreateProcess", "command_line"): COMMAND,
    ("os.exec", "args"): COMMAND,
    ("os.posix_spawn", "argv"): COMMAND,
    ("os.spawn", "args"): COMMAND,
    ("os.startfile/2", "arguments"): COMMAND,
    ("os.system", "command"): COMMAND,
    ("pty.spawn", "argv"): COMMAND,
    ("subprocess.Popen", "args"): COMMAND,
    ("urllib.Request", "fullurl"): URL,
    ("webbrowser.open", "url"): URL,
    ("sqlite3.connect", "database"): "the path of the database",
    ("exec", "code_object"): "Kind.CODE: where the code was written, not what it says",
    ("sys.remote_exec", "script"): SCRIPT,
    ("cpython.remote_debugger_script", "script_path"): SCRIPT,
}


def sensitive() -> list[tuple[str, str]]:
    return [(row["event"], name) for row in ROWS for name in row["sensitive_args"].split(";") if name]


def test_every_event_of_cpython_has_one_row() -> None:
    assert sorted(CATALOGUE) == sorted(row["event"] for row in ROWS)
    assert sum(len(module.FAMILY.events) for module in FAMILIES) == len(ROWS) == 206


@pytest.mark.parametrize("row", ROWS, ids=[row["event"] for row in ROWS])
def test_row_agrees_with_cpython(row: dict[str, str]) -> None:
    event = CATALOGUE[row["event"]]
    assert [arg.name for arg in event.args] == [name for name in row["arguments"].split(";") if name]
    assert event.frequency == row["frequency_class"]
    assert (event.since, event.until) == (row["first_version"], row["last_version"])
    assert event.platforms == ("linux" if "Linux only" in row["notes"] else row["platforms"])


@pytest.mark.parametrize(("name", "argument"), sensitive())
def test_sensitive_argument_is_not_captured_by_content(name: str, argument: str) -> None:
    kind = next(arg.kind for arg in CATALOGUE[name].args if arg.name == argument)
    command = kind is Kind.WORD and name.partition(".")[0] in PROTOCOLS
    assert command or kind in WITHOUT_CONTENT or (name, argument) in CAPTURED


def test_no_other_argument_is_taken_for_a_line_of_a_protocol() -> None:
    lines = {name for name, event in CATALOGUE.items() for arg in event.args if arg.kind is Kind.WORD}
    assert lines == {"ftplib.sendcmd", "imaplib.send", "nntplib.putline", "poplib.putline", "smtplib.send"}


def test_every_exception_is_needed() -> None:
    assert set(CAPTURED) <= set(sensitive())


def test_every_argument_has_a_chosen_kind() -> None:
    assert [event.name for event in CATALOGUE.values() for arg in event.args if arg.kind is Kind.AUTO] == []


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_meaning_is_one_sentence_on_one_line(name: str) -> None:
    meaning = CATALOGUE[name].meaning
    assert meaning.endswith(".")
    assert "\n" not in meaning
    assert 40 <= len(meaning) <= 140


def test_meaning_leaves_versions_to_their_fields() -> None:
    told = re.compile(r"\((up to|from) Python")
    assert [name for name, event in CATALOGUE.items() if told.search(event.meaning)] == []


def test_windows_is_named_by_the_meaning_of_rows_that_others_have_a_twin_of() -> None:
    assert all("(Windows)" not in event.meaning or event.platforms == "windows" for event in CATALOGUE.values())


def keys(name: str) -> set[str]:
    """Attributes that a row can have, found by describing examples."""
    event = CATALOGUE[name]
    describe = describer(event)
    return {key for value in EXAMPLES for key in describe(record(event, (value,) * captured(event)))}


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_body_speaks_of_attributes_the_row_has(name: str) -> None:
    event = CATALOGUE[name]
    assert event.text
    tokens = [token for token in re.findall(r"\{([^{}]+)\}", event.text) if token not in PHRASES]
    assert {token_key(token, event) for token in tokens} <= keys(name)
    assert all(sayer(event)(name, {}) for _ in tokens or [""])


EXPECTED: dict[Kind, tuple[Value, ...]] = {
    Kind.TEXT: ("x",),
    Kind.SIZE: (Size(3, "bytes"),),
    Kind.INT: (1,),
    Kind.FLOAT: (1.5,),
    Kind.BOOL: (True,),
    Kind.PATH: ("/x",),
    Kind.ADDRESS: (Items((1, 2), 2), Items(("::1", 80), 2)),
    Kind.ARGV: (Items(("x",), 1),),
    Kind.CODE: (CodeRef("/x", "f", 1),),
    Kind.TYPE: (Opaque("Thing"),),
    Kind.WORD: (Items(("QUIT",), 6),),
}


def says(arg: Arg) -> bool:
    """Whether an argument of the type its row expects becomes more than its type."""
    row = generic("x")._replace(args=(arg,))
    found = {key for value in EXPECTED[arg.kind] for key in describer(row)(record(row, (value,)))}
    return arg.kind is Kind.TYPE or bool(found - {arg_key(arg.name) + ".type"})


def test_an_argument_that_is_read_is_described() -> None:
    silent = {
        name for name, event in CATALOGUE.items() for arg in event.args if arg.kind is not Kind.SKIP and not says(arg)
    }
    # Three numbers that mean something only together: `Event.together`.
    assert silent == {"socket.__new__", "socket.getaddrinfo"}


def test_groups_are_the_public_ones_and_no_event() -> None:
    assert set(GROUPS) == PUBLIC_GROUPS
    assert not PUBLIC_GROUPS & set(CATALOGUE)


def test_groups_partition_the_catalogue() -> None:
    assert sorted(name for names in GROUPS.values() for name in names) == sorted(CATALOGUE)
    assert all(CATALOGUE[name].group == group for group, names in GROUPS.items() for name in names)
    assert GROUPS["custom"] == frozenset()


@pytest.mark.parametrize("module", FAMILIES, ids=[module.__name__ for module in FAMILIES])
def test_family_is_one_group_named_as_its_file(module: object) -> None:
    family: Family = module.FAMILY  # type: ignore[attr-defined]  # a family file defines it
    name = module.__name__.rpartition(".")[2]  # type: ignore[attr-defined]  # it is a module
    assert {event.group for event in family.events} == {name}
    assert {*family.default, *family.security} <= {event.name for event in family.events}


def test_families_do_not_import_each_other() -> None:
    names = "|".join(module.__name__.rpartition(".")[2] for module in FAMILIES)
    for module in FAMILIES:
        source = Path(str(module.__file__)).read_text(encoding="utf-8")
        assert not re.search(rf"otel_audit\.events(\.| import ).*\b({names})\b", source), module.__name__


def test_an_event_is_written_down_in_one_family() -> None:
    sources = [Path(str(module.__file__)).read_text(encoding="utf-8") for module in MODULES]
    for name in CATALOGUE:
        assert sum(f'"{name}"' in source for source in sources) == 1, name


def test_default_holds_nothing_hot_but_open_in_traces() -> None:
    hot = {name for name in DEFAULT if CATALOGUE[name].frequency == "hot"}
    assert hot == {"open"}
    assert DEFAULT["open"] == Rule(RuleKind.IN_TRACE)
    assert DEFAULT["pickle.find_class"] == Rule(RuleKind.FIRST)


@pytest.mark.parametrize(
    "name",
    [
        "socket.__new__", "socket.sendto", "socket.sendmsg", "fcntl.flock", "os.listdir", "os.scandir", "os.walk",
        "glob.glob", "marshal.loads", "import", "compile", "exec", "code.__new__", "function.__new__",
        "object.__getattr__", "sys._getframe", "builtins.id", "os.putenv", "time.sleep", "sqlite3.connect/handle",
        "_thread.start_new_thread", "_posixsubprocess.fork_exec", "ctypes.string_at", "ctypes.call_function",
    ],
)  # fmt: skip
def test_noise_is_not_in_default(name: str) -> None:
    assert name not in DEFAULT


@pytest.mark.parametrize(
    "name",
    [
        "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "pty.spawn", "os.startfile",
        "_winapi.CreateProcess", "_posixsubprocess.fork_exec", "ctypes.dlopen", "sqlite3.load_extension",
        "sys.addaudithook", "sys.settrace", "sys.setprofile", "sys.remote_exec", "cpython.remote_debugger_script",
        "socket.bind", "pickle.find_class", "os.chmod", "os.chown", "os.setxattr", "os.kill", "code.__new__",
        "setopencodehook", "ensurepip.bootstrap", "winreg.SetValue", "webbrowser.open",
    ],
)  # fmt: skip
def test_what_an_intruder_needs_is_in_security(name: str) -> None:
    assert name in SECURITY


def test_severity_follows_security_then_frequency() -> None:
    assert severity("os.system") == "warn"
    assert severity("compile") == "debug"
    assert severity("socket.connect") == "info"
    assert severity("myapp.sold") == "info"


def test_namespaces_are_first_components_of_dotted_names() -> None:
    assert {"os", "socket", "_thread", "sys"} <= NAMESPACES
    assert not {"open", "import", "exec", "compile", "setopencodehook"} & NAMESPACES


def test_a_name_in_no_row_gets_a_generic_row() -> None:
    event = generic("myapp.sold")
    assert (event.name, event.group, event.args) == ("myapp.sold", "custom", ())
    assert set(CUSTOM_KINDS) == {Kind.AUTO}


def test_messages_have_a_row_outside_the_catalogue() -> None:
    assert (MESSAGE.name, MESSAGE.group) == ("message", "custom")
    assert MESSAGE.name not in CATALOGUE


def test_mappings_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        CATALOGUE["x"] = generic("x")  # type: ignore[index]  # that is the test


def test_what_touches_the_file_system_waits_for_it() -> None:
    filesystem = {row.name for row in CATALOGUE.values() if row.group == "filesystem"}
    assert {row.name for row in CATALOGUE.values() if row.group == "filesystem" and not row.blocking} == NOT_BLOCKING
    assert filesystem >= NOT_BLOCKING


def test_clients_of_the_network_wait_for_it() -> None:
    assert all(row.blocking for row in CATALOGUE.values() if row.group in BLOCKING_GROUPS)
    waiting = {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "http.client.connect", "urllib.Request"}
    assert all(CATALOGUE[name].blocking for name in waiting | {"subprocess.Popen", "os.system", "time.sleep", "import"})


def test_what_only_copies_into_a_buffer_or_changes_the_process_waits_for_nobody() -> None:
    free = {"socket.__new__", "socket.bind", "socket.sendto", "socket.sendmsg", "compile", "exec", "marshal.loads"}
    free |= {"sqlite3.connect/handle", "os.putenv", "os.kill", "pickle.find_class", "socket.gethostname"}
    assert not [name for name in free if CATALOGUE[name].blocking]


def test_what_a_socket_does_has_the_socket_first() -> None:
    """The cores ask the first argument whether it waits."""
    for row in CATALOGUE.values():
        if row.name.startswith("socket.") and row.blocking and row.group == "network":
            assert row.args[0].name == "self"
