"""Ordinary values come through untouched. (tests/secrets/harmless holds a thousand more.)"""

from __future__ import annotations

import pytest

from tests.redaction.said import argv, default

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
