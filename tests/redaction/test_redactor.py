"""Which attributes are looked at, and that nothing is raised."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from otel_audit.model import AttributeValue
from otel_audit.redaction import Redactor
from tests.redaction.said import default, strict


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

    monkeypatch.setattr("otel_audit.redaction.redactor.suspicious", broken)
    assert default({"a": "secret"}, custom=True) == {"a": "[redacted:error]"}
    assert default({"a": ["secret", "x"]}, custom=True) == {"a": "[redacted:error]"}
    assert default.text("secret") == "[redacted:error]"


@given(st.dictionaries(st.text(), st.one_of(st.text(), st.lists(st.text()), st.integers())), st.booleans())
@example({"a": "\ud800"}, True)
def test_any_text_is_taken(attributes: dict[str, str | list[str] | int], custom: bool) -> None:
    for redactor in (default, strict):
        assert "[redacted:error]" not in str(redactor(attributes, custom=custom))


def test_a_list_under_a_key_that_announces_secrets_is_hidden_item_by_item() -> None:
    found = default({"python.audit.arg.passwords": ["a", "", "b c"]}, custom=True)
    assert found == {"python.audit.arg.passwords": ["[redacted:password]", "", "[redacted:password]"]}


def test_keys_and_texts_that_an_application_invents_are_not_all_remembered() -> None:
    redactor = Redactor()
    for number in range(5000):
        redactor({f"python.audit.arg.a{number}": "x", "thread.name": f"worker {number}"}, custom=False)
        redactor({"thread.name": f"worker-{number}"}, custom=False)
    held = vars(redactor).values()
    assert max(len(value) for value in held if isinstance(value, set)) <= 1024


def test_a_key_does_not_become_harmless_by_a_harmless_value() -> None:
    redactor = Redactor()
    for value in ("x", "https://h/", "https://u:Zq7@h/", "x"):
        assert "Zq7" not in str(redactor({"python.audit.arg.text": value}, custom=False))
        assert redactor({"python.audit.arg.token": value}, custom=False) != {"python.audit.arg.token": value}


def test_a_subclass_of_str_is_a_text() -> None:
    class Text(str):
        pass

    assert default({"a": Text("mysql -pZq7")}, custom=False) == {"a": "mysql -p[redacted:password]"}


def test_a_list_of_several_types_is_looked_at() -> None:
    found = default({"a": [1, "mysql -pZq7"]}, custom=False)  # type: ignore[dict-item]
    assert found == {"a": ["1", "mysql -p[redacted:password]"]}
