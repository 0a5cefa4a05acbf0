"""The table of programs is well made, and each row does what it says."""

from __future__ import annotations

import pytest

from otel_audit.redaction.program_rows import ROWS, Row
from otel_audit.redaction.programs import program, programs
from tests.redaction.said import argv, default

NAMES = [row.names.split()[0] for row in ROWS]


def value_of(row: Row) -> str:
    """A value that holds a secret behind the row's separator."""
    return {"@": "bob:Zq7@h"}.get(row.separator, f"bob{row.separator}Zq7")


def command(row: Row, option: str, value: str) -> list[str]:
    """The row's program with the option, behind one of the words that the row asks for."""
    return [row.names.split()[0], *row.when.split()[:1], option, value]


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_an_option_of_a_program_is_masked_in_arguments_and_in_text(row: Row) -> None:
    said = [command(row, name.rpartition(":")[2], "a=Zq7") for name in row.secret.split()]
    said += [command(row, name, value_of(row)) for name in row.pair.split()]
    said += [[row.names.split()[0], *row.when.split()[:1], name + "Zq7"] for name in row.glued.split()]
    for items in said:
        assert "Zq7" not in " ".join(argv(*items)), items
        assert "Zq7" not in default.text(" ".join(items)), items


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_a_word_behind_a_word_is_masked(row: Row) -> None:
    for after in row.after.split():
        word, _, rest = after.rpartition(":")
        separator = rest.lstrip("0123456789+")
        value = {"@": "bob:Zq7@h", "": "Zq7"}.get(separator, f"bob{separator}Zq7")
        fill = [f"word{number}" for number in range(1, int(rest[0]))]
        items = [row.names.split()[0], *([word] if word else []), *fill, value]
        assert "Zq7" not in " ".join(argv(*items)), items
        assert "Zq7" not in default.text(" ".join(items)), items


def test_every_row_says_something_that_is_understood() -> None:
    for row in ROWS:
        assert row.secret or row.glued or row.pair or row.after, row.names
        for name in row.names.split():
            assert len(programs()[name].after) >= len(set(row.after.split())), name


@pytest.mark.parametrize("word", ["/usr/bin/mysql", "C:\\bin\\mysql.exe", "mysql5.7", "MYSQL.EXE", "mariadb-check"])
def test_a_program_is_known_wherever_it_lies(word: str) -> None:
    found = program(word)
    assert found is not None
    assert "-p" in found.options


@pytest.mark.parametrize(
    "wrapper",
    [
        "sudo -u bob",
        "env A=1",
        "nohup",
        "timeout 5",
        "docker exec -it db",
        "kubectl exec pod --",
        "cd /srv &&",
        "cat x |",
        "if true; then",
        "A=1 B='2 3'",
        "x=$(",
        "ssh host",
    ],
)
def test_a_program_is_known_behind_what_starts_it(wrapper: str) -> None:
    assert "Zq7" not in default.text(f"{wrapper} mysql -uroot -pZq7 shop")
    assert "Zq7" not in default.text(f"{wrapper} http -a bob:Zq7 h")


@pytest.mark.parametrize(
    "text",
    [
        "mkdir -p /srv/a",
        "cp -p a b",
        "ssh -p 22 host",
        "nmap -p 1-1024 host",
        "docker run -p 8080:80 nginx",
        "az vm list -p x",
        "uv venv -p 3.12",
        "unzip -p a.zip file",
        "nodetool -p 7199 status",
        "mysql -u root -p shop",
        "exp log for bob",
        "net of all",
        "tar -xzf a.tgz -C /srv",
        "openssl req -new -key key.pem -keyout out.pem",
        "7z x -p a.7z",
        "gpg --passphrase-fd 0 -d a",
        "docker login --password-stdin -u bob h",
        "openssl rsa -passin env:KEY_PASS",
        "scp host:a.txt bob@h:b/c",
    ],
)
def test_options_that_are_none_stay(text: str) -> None:
    assert default.text(text) == text
    assert argv(*text.split()) == text.split()


@pytest.mark.parametrize("text", ["mysql --version && mkdir -pv /srv/a", "sshpass -V; mkdir -p a", "zip -r a | cat -P"])
def test_a_program_ends_where_its_command_does(text: str) -> None:
    assert default.text(text) == text
