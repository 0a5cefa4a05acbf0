"""Personal data in custom events, and only there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.redaction.said import default

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
