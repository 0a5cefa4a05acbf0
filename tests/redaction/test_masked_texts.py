"""A secret in a text never comes out, whatever it is made of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.redaction.said import ANY, LETTERS, LINE, LONG, MARK, SAFE, WILD, argv, default

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
