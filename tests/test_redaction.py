"""Redaction: no secret in any supported place survives, ordinary values do, and twice is once."""

from __future__ import annotations

import string
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from otel_audit.model import AttributeValue
from otel_audit.redaction import KINDS, Level, Redactor

default = Redactor()
strict = Redactor("strict")
LEVELS: list[Level] = ["default", "strict"]


def argv(*items: str, redactor: Redactor = default) -> list[str]:
    found = redactor({"process.command_args": list(items)}, custom=False)["process.command_args"]
    assert isinstance(found, list)
    return [str(item) for item in found]


LETTERS = string.ascii_letters + string.digits
# At least one character that no template holds, so that "is it in the output" asks about the secret only.
MARK = "Zq7"
SAFE = st.text(LETTERS + "_-.~!*", min_size=1, max_size=24).map(lambda text: f"x{text}{MARK}")
WILD = st.text(LETTERS + "_-.~!*,:/?#&;%()[]$^+=|@", min_size=1, max_size=24).map(lambda text: f"x{text}{MARK}")
LINE = st.text(LETTERS + " _-.~!*,:/?#&;%()[]$^+=|@<>", min_size=1, max_size=24).map(lambda text: f"x{text}{MARK}")
ANY = st.text(min_size=1, max_size=24).map(lambda text: f"x{text}{MARK}")
LONG = st.text(LETTERS, min_size=40, max_size=60).map(lambda text: text + MARK)

TEXTS: list[tuple[str, st.SearchStrategy[str]]] = [
    (
        "postgresql://bob:{}@db.example.com:5432/shop",
        WILD.filter(lambda text: "@" not in text or not set("/?#") & set(text)),
    ),
    ("redis://:{}@cache:6379/0", SAFE),
    ("https://{}:x-oauth-basic@github.com/o/r", SAFE),
    ("see amqp://guest:{}@mq/vhost now", SAFE),
    ("https://api.example.com/v1?a=1&token={}&b=2", SAFE),
    ("https://api.example.com/v1?key={}", SAFE),
    ("https://api.example.com/v1?X-Amz-Signature={}#top", SAFE),
    ("/callback?code={}&state=1", SAFE),
    ("Server=db;User Id=sa;Password={};Encrypt=yes", st.text(LETTERS + " ,!", max_size=20).map(lambda s: s + MARK)),
    ("Driver=x;UID=sa;PWD={}", SAFE),
    ("host=db user=me password={} port=5432", WILD),
    ("password='{}' port=5432", LINE),
    ("Authorization: Bearer {}", SAFE),
    ("Authorization: Basic {}", LINE),
    ("X-Api-Key: {}", SAFE),
    ("Cookie: session={}; theme=dark", SAFE),
    ("Set-Cookie: {}", LINE),
    ("curl -H 'Authorization: {}' https://example.com/", LINE),
    ("GET / HTTP/1.1\r\nCookie: a={}\r\nHost: h", LINE),
    ("mysql -uroot -p{} shop", SAFE),
    ("mysqldump --password={} shop", SAFE),
    ("mysqldump --password '{}' shop", LINE),
    ('tool --api-key="{}" go', LINE),
    ("sshpass -p {} ssh host", SAFE),
    ("sudo sshpass -p '{}' ssh host", LINE),
    ("curl -u bob:{} https://example.com/", SAFE),
    ("curl -sSu 'bob:{}' https://example.com/", LINE),
    ("wget --user bob:{} https://example.com/", SAFE),
    ("sh -c 'mysql -p{} shop' && ls", SAFE),
    ("PGPASSWORD={} psql -h db", SAFE),
    ("export AWS_SECRET_ACCESS_KEY={}", WILD),
    ('{{"user": "bob", "password": "{}", "n": 1}}', LINE),
    ('{{\\"client_secret\\": \\"{}\\"}}', LINE),
    ("{{'apiToken': '{}'}}", LINE),
    ("Bearer {}", SAFE),
    ("token ghp_{} used", LONG),
    ("at github_pat_{}", LONG),
    ("at xoxb-{}", LONG),
    ("at sk-{}", LONG),
    ("at sk-proj-{}", LONG),
    ("at glpat-{}", LONG),
    ("at AIza{}", LONG),
    ("jwt eyJhbGciOiJIUzI1NiJ9.eyJ{}.sig", LONG),
    ("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----", ANY.filter(lambda s: "PRIVATE" not in s)),
    ("private_key=-----BEGIN RSA PRIVATE KEY-----\n{}", ANY),
]


@pytest.mark.parametrize(("template", "secrets"), TEXTS, ids=[template[:40] for template, _ in TEXTS])
def test_a_secret_in_text_never_comes_out(template: str, secrets: st.SearchStrategy[str]) -> None:
    @given(secrets, st.booleans())
    def check(secret: str, custom: bool) -> None:
        found = default.text(template.format(secret), custom=custom)
        assert secret not in found
        assert MARK not in found
        assert default.text(found, custom=custom) == found

    check()


ARGVS: list[tuple[list[str], st.SearchStrategy[str]]] = [
    (["tool", "--password", "{}"], ANY),
    (["tool", "--password={}"], ANY),
    (["tool", "--db-password={}", "x"], ANY),
    (["tool", "--token", "{}", "x"], ANY),
    (["tool", "-token", "{}"], ANY),
    (["tool", "--api-key", "{}"], ANY),
    (["mysql", "-uroot", "-p{}"], ANY),
    (["/usr/bin/mysqldump", "-p{}", "db"], ANY),
    (["sudo", "mariadb", "-p{}"], ANY),
    (["sshpass", "-p", "{}", "ssh"], ANY),
    (["sshpass", "-p{}", "ssh"], ANY),
    (["redis-cli", "-a", "{}"], ANY),
    (["curl", "-u", "bob:{}", "https://x/"], ANY),
    (["curl", "-ubob:{}"], ANY),
    (["curl", "--user", "bob:{}"], ANY),
    (["curl", "--user=bob:{}"], ANY),
    (["wget", "-u", "bob:{}"], ANY),
    (["curl", "-b", "{}"], ANY),
    (["curl", "-H", "Authorization: {}"], LINE),
    (["env", "DB_PASSWORD={}", "app"], ANY),
    (["docker", "run", "--env=API_TOKEN={}", "app"], ANY),
    (["java", "-Dspring.datasource.password={}"], ANY),
    (["sh", "-c", "MY_SECRET={} app"], SAFE),
    (["bash", "-lc", "mysql -p{} db"], SAFE),
]


@pytest.mark.parametrize(("template", "secrets"), ARGVS, ids=[" ".join(items) for items, _ in ARGVS])
def test_a_secret_among_arguments_never_comes_out(template: list[str], secrets: st.SearchStrategy[str]) -> None:
    @given(secrets)
    def check(secret: str) -> None:
        found = argv(*(item.replace("{}", secret) for item in template))
        assert MARK not in "\n".join(found)
        assert len(found) == len(template)
        assert argv(*found) == found

    check()


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://bob:Zq7…",
        "https://h/?token=Zq7…",
        "Authorization: Bearer Zq7…",
        "mysql -pZq7…",
        '{"password": "Zq7 x…',
        "ghp_Zq7…",
        "AKIAZQ7…",
        "eyJZq7…",
        "sk-Zq7…",
        "-----BEGIN PRIVATE KEY-----\nZq7…",
    ],
)
def test_a_secret_cut_by_the_capture_is_still_one(text: str) -> None:
    assert "zq7" not in default.text(text).lower()
    assert "zq7" not in argv("x", text)[1].lower()


ORDINARY = [
    "/usr/lib/python3.11/site-packages/requests/auth.py",
    "/usr/lib/python3.11/token.py:12",
    "C:\\Users\\bob\\Documents\\secret-plans.txt",
    "/data/sk-learn-examples/password_reset.html",
    "3.11.7",
    "120.0.6099.109",
    "2024-01-31",
    "2024-01-31T12:30:00.123456Z",
    "2024-01-31 12:30:00,123",
    "2024-01-31T12:30:00+02:00",
    "31.01.2024",
    "20240131-123000",
    "12:30:59",
    "1711234567",
    "1711234567890",
    "3.14159265358979",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "550e8400-e29b-41d4-a716-446655440000",
    "12345678-1234-1234-1234-123456789012",
    "4bf92f3577b34da6a3ce929d0e0e4736",
    "192.168.100.200",
    "127.0.0.1:8080",
    "::1",
    "lines 10-20 of 300",
    "12345678",
    "importlib.metadata",
    "os.path",
    "SELECT id, name FROM users WHERE id = 3",
    "http://localhost:8080/a@2x.png",
    "https://example.com/search?q=x&page=2&token_type=jwt",
    "git+ssh://git@github.com/o/r.git",
    "user=bob host=db port=5432",
    "PWD=/home/bob",
    "--password-file /run/secrets/db",
    "TOKENIZERS_PARALLELISM=false MAX_TOKENS=100",
    "python -m http.server -p 8000",
    "docker run --user 1000:1000 -p 80:80 nginx:1.2",
    "sort --key=2",
    "application/json",
    "",
]


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_comes_out_untouched(text: str) -> None:
    assert default.text(text) == text
    assert default.text(text, custom=True) == text
    assert argv(text) == [text]


PHONES = [
    "+41 79 123 45 67",
    "+41791234567",
    "+1-202-555-0143",
    "+44 (0)20 7946 0958",
    "0041 79 123 45 67",
    "0041791234567",
    "079 123 45 67",
    "0791234567",
    "(555) 123-4567",
    "555-123-4567",
    "555.123.4567",
    "0171/1234567",
    "01 23 45 67 89",
    "01.23.45.67.89",
    "2025550143",
    "1234 5678",
]


@pytest.mark.parametrize("phone", PHONES)
@pytest.mark.parametrize("frame", ["{}", "call {} now", "phone={}", "tel:{}.", '{{"phone": "{}"}}', "<{}>", "{}, {}"])
def test_a_phone_number_in_a_custom_event(phone: str, frame: str) -> None:
    text = frame.format(phone, phone)
    assert default.text(text, custom=True) == frame.format("[redacted:phone]", "[redacted:phone]")
    assert default.text(text) == text


@pytest.mark.parametrize("text", ["0791234567 0441234567", "079 123 45 67 044 123 45 67", "+41791234567 +41791234568"])
def test_several_phone_numbers_in_a_row(text: str) -> None:
    assert not any(character.isdigit() for character in default.text(text, custom=True))


@given(st.from_regex(r"\+[1-9]\d{1,2}([ -]?\d{2,3}){3,4}", fullmatch=True))
def test_international_numbers_never_come_out(phone: str) -> None:
    assert not any(character.isdigit() for character in default.text(f"sms to {phone}", custom=True))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mail bob.smith+x@example.co.uk now", "mail [redacted:email] now"),
        ("<bob@example.com>", "<[redacted:email]>"),
        ("user=bob%40example.com", "user=[redacted:email]"),
        ("bob@exam…", "[redacted:email]"),
        ("bob@localhost", "bob@localhost"),
        ("api key: abc", "api key: [redacted:secret]"),
        ("password: hunter2", "password: [redacted:password]"),
    ],
)
def test_personal_text_in_a_custom_event(text: str, expected: str) -> None:
    found = default.text(text, custom=True)
    assert found == expected
    assert default.text(found, custom=True) == found


def test_email_addresses_stay_in_known_events() -> None:
    assert default.text("bob@example.com") == "bob@example.com"


def test_an_attribute_named_like_a_secret_is_one_whatever_it_holds() -> None:
    found = default({"python.audit.arg.password": "a b c", "python.audit.arg.key": "PATH"}, custom=True)
    assert found == {"python.audit.arg.password": "[redacted:password]", "python.audit.arg.key": "PATH"}


def test_numbers_and_lists_of_numbers_pass() -> None:
    attributes: dict[str, AttributeValue] = {"server.port": 5432, "n": [1, 2], "b": True, "f": 0.5, "empty": []}
    assert default(attributes, custom=True) == attributes


def test_off_changes_nothing() -> None:
    attributes: dict[str, AttributeValue] = {"python.audit.arg.password": "x", "process.command_args": ["mysql", "-px"]}
    assert Redactor("off")(attributes, custom=True) == attributes
    assert Redactor("off").text("password=x", custom=True) == "password=x"


def test_a_value_that_cannot_be_examined_does_not_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(text: str) -> str:
        raise RuntimeError

    monkeypatch.setattr("otel_audit.redaction.redactor._MASKS", (broken,))
    assert default({"a": "secret"}, custom=False) == {"a": "[redacted:error]"}


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


def test_kinds_are_what_comes_out() -> None:
    key = "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----"
    text = f"password=x token=x secret=x Cookie: x\n{key} a@b.ch +41791234567"
    found = default.text(text, custom=True)
    assert all(f"[redacted:{kind}]" in found for kind in KINDS if kind != "error")


TROUBLE = (
    'password= token: ;PWD= :// @ : / ? & = ; \' " \\" \\ { } [redacted:token] [redacted:password] … '
    "[hashed:123456789012] Authorization: Cookie: Bearer curl mysql -p -u --password --token= sk- a@b.ch "
    "ghp_abcdefghijkl AKIAABCDEFGHIJKLMNOP eyJabcdef. +41791234567 2024-01-31 10.0.0.1 0791234567"
)
FRAGMENTS = st.lists(
    st.one_of(
        st.sampled_from(TROUBLE.split()),
        st.sampled_from(["-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----"]),
        st.sampled_from([" ", "\n"]),
        st.text(max_size=4),
    ),
    max_size=12,
).map("".join)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("custom", [False, True])
def test_twice_is_once(level: Level, custom: bool) -> None:
    redactor = Redactor(level)

    @given(FRAGMENTS, st.sampled_from(["process.command_line", "url.full", "x", "python.audit.args"]))
    def check(text: str, key: str) -> None:
        once = redactor({key: text}, custom=custom)
        assert redactor(once, custom=custom) == once

    check()


@given(st.lists(FRAGMENTS, max_size=5), st.sampled_from(LEVELS))
def test_twice_is_once_for_arguments(items: list[str], level: Level) -> None:
    once = argv(*items, redactor=Redactor(level)) if items else []
    assert not items or argv(*once, redactor=Redactor(level)) == once


@given(st.dictionaries(st.text(), st.one_of(st.text(), st.lists(st.text()), st.integers())), st.booleans())
@example({"a": "\ud800"}, True)
def test_any_text_is_taken(attributes: dict[str, str | list[str] | int], custom: bool) -> None:
    for redactor in (default, strict):
        assert "[redacted:error]" not in str(redactor(attributes, custom=custom))


HOSTILE: list[Callable[[int], str]] = [
    lambda n: "a" * n,
    lambda n: "-" * n,
    lambda n: " -" * n,
    lambda n: "1 " * n + "a",
    lambda n: "1" * n + "a",
    lambda n: "1.1.1." * n + "x",
    lambda n: "a.a." * n + "@",
    lambda n: "a@" * n,
    lambda n: "a%40" * n,
    lambda n: "://a:b/" * n + "@",
    lambda n: "://" * n,
    lambda n: "password" * n,
    lambda n: "password=" * n,
    lambda n: ";password=" * n,
    lambda n: "=" * n,
    lambda n: "k" + " " * n + "=",
    lambda n: '"' * n,
    lambda n: "'\\" * n,
    lambda n: 'token="\\' * n,
    lambda n: "token=a" + ";a" * n,
    lambda n: "cookie:''" * n,
    lambda n: "-----BEGIN PRIVATE KEY" * n,
    lambda n: "-----BEGIN " + "A " * n,
    lambda n: "eyJ" * n,
    lambda n: "sk-" * n,
    lambda n: "xoxb-" * n,
    lambda n: "AKIA" * n,
    lambda n: "Bearer " * n,
    lambda n: "curl -u " * n,
    lambda n: "mysql -p'" * n,
    lambda n: "2024-01-31 " * n,
    lambda n: "(" * n + "0",
    lambda n: "0()" * n,
    lambda n: "/" * n,
    lambda n: "a." * n + "!",
    lambda n: "::" * n + "g",
]


def test_work_grows_with_the_length_of_hostile_text_only() -> None:
    """Calls into patterns and edits are counted, not timed: a fixed number of them per character at most."""
    for make in HOSTILE:
        text = make(10_000)[:10_000]
        calls = 0

        def count(frame: object, event: str, argument: object) -> None:
            nonlocal calls
            calls += event in ("call", "c_call")

        sys.setprofile(count)
        try:
            strict({"process.command_line": text}, custom=True)
        finally:
            sys.setprofile(None)
        assert calls < 40 * len(text), text[:30]


def test_hostile_text_of_any_kind_ends() -> None:
    """What a pattern does inside one call cannot be counted: quadratic means minutes here, linear seconds."""
    script = (
        "from tests.test_redaction import HOSTILE, strict\n"
        "for number, make in enumerate(HOSTILE):\n"
        "    text = make(100_000)[:100_000]\n"
        "    strict({'process.command_line': text, 'a': text, 'b': [text, text]}, custom=True)\n"
        "print('done')"
    )
    root = Path(__file__).parents[1]
    ended = subprocess.run(
        [sys.executable, "-c", script],
        cwd=root,
        env={"PYTHONPATH": f"{root}:{root / 'src'}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.stdout == "done\n", ended.stderr
