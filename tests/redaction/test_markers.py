"""What stands in place of a secret."""

from __future__ import annotations

import pytest

from otel_audit.redaction import KINDS, Redactor
from tests.redaction.said import argv, default, keyed

SAME = (
    "mysql -pZq7a",
    "mysql --password='Zq7a'",
    'tool --password "Zq7a" go',
    "PGPASSWORD=Zq7a psql",
    "postgresql://bob:Zq7a@db/shop",
    '{"password": "Zq7a"}',
    "curl -u bob:Zq7a",
    "PASS Zq7a",
    "a1 LOGIN bob Zq7a",
    "ALTER USER bob IDENTIFIED BY 'Zq7a'",
)


def test_kinds_are_what_comes_out() -> None:
    key = "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----"
    text = f"password=x token=x secret=x Cookie: x\n{key} a@b.ch +41791234567"
    found = default.text(text, custom=True)
    assert all(f"[redacted:{kind}]" in found for kind in KINDS if kind != "error")


def test_any_word_is_a_kind() -> None:
    assert default.mark("card_number", "4111") == "[redacted:card_number]"
    assert default.mark("password", "[redacted:card_number]") == "[redacted:card_number]"


@pytest.mark.parametrize("text", SAME)
def test_with_a_key_equal_secrets_carry_equal_marks_wherever_they_stand(text: str) -> None:
    mark = keyed.mark("password", "Zq7a")
    assert len(mark) == len("[redacted:password:") + 12 + len("]")
    found = keyed.text(text)
    assert mark in found
    assert keyed.text(found) == found
    assert keyed.text(text.replace("Zq7a", "Zq7b")) != found


def test_marks_differ_by_key_and_do_not_show_it() -> None:
    other = Redactor(key=b"another key of many bytes")
    assert other.mark("password", "x") != keyed.mark("password", "x")
    assert other.mark("password", "x") == Redactor(key=b"another key of many bytes").mark("password", "x")
    assert "another" not in repr(vars(other))


def test_arguments_carry_the_same_marks_as_text() -> None:
    mark = keyed.mark("password", "Zq7a")
    assert argv("mysql", "-pZq7a", redactor=keyed) == ["mysql", f"-p{mark}"]
    assert argv("tool", "--password", "Zq7a", redactor=keyed) == ["tool", "--password", mark]


def test_strict_hashes_compare_between_processes_with_a_key_only() -> None:
    place = {"file.path": "/srv/a"}
    one, two = Redactor("strict", b"a key of many bytes"), Redactor("strict", b"a key of many bytes")
    assert one(place, custom=False) == two(place, custom=False)
    assert one(place, custom=False) != Redactor("strict")(place, custom=False)
    assert one.mark("password", "/srv/a")[-13:] != str(one(place, custom=False)["file.path"])[-13:]
