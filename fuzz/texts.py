"""Texts as programs pass them, secrets included, and texts that no program should pass."""

from __future__ import annotations

from fuzz.source import Source

LENGTHS = (0, 1, 2, 7, 8, 9, 15, 16, 47, 48, 49, 63, 64, 65, 127, 128, 129, 255, 256, 257, 511, 512, 513, 1022, 1023,
           1024, 1025, 1026, 3000, 3072, 5000)  # fmt: skip
"""Around the core's bounds and the sizes of its words."""

_CHARACTERS = ("a", " ", "=", ":", "/", "-", '"', "'", "\\", "%", "{", "}", "[", "]", "\x00", "\n", "\r", "\t", "\x1b",
               "\x7f", "\x85", "é", "ß", "\u202e", "\u2028", "€", "\ud800", "\udcff", "\udc80", "\uffff", "🐍",
               "\U0010ffff")  # fmt: skip

PLAIN = (
    "/usr/lib/python3.11/json/decoder.py", "/srv/app/static/logo.svg", "/proc/self/status", "/tmp/upload-81f3.part",
    "/var/log/app/2024-05-17.log", "data/orders.sqlite", "json", "concurrent.futures.thread", "app.views.checkout",
    "db.internal", "cache-3.example.net", "10.1.2.3", "git", "--verbose", "--output=report.pdf", "-l", "main", "utf-8",
    "HOME", "LANG", "GET", "/orders/17/items", "http://shop.example.org/orders?page=2&sort=name", "Content-Type",
    "SELECT id, name FROM orders WHERE id = ?", "libssl.so.3", "worker-1", "hello wörld", "日本語のファイル.txt", "x",
)  # fmt: skip
"""As they mostly are."""

TEXTS = (
    "",
    "/etc/passwd",
    "/home/ann/.ssh/id_rsa",
    "C:\\Users\\ann\\file.txt",
    "relative/päth with space",
    "example.org",
    "localhost",
    "user:secret@example.org",
    "127.0.0.1",
    "::1",
    "fe80::1%eth0",
    "00:11:22:33:44:55",
    "https://user:pass@example.org:8443/p?token=abc&x=1#frag",
    "postgresql://app:hunter2@db.internal:5432/shop?sslmode=require",
    "mysql://root:@[::1]/x",
    "host=db user=app password='hun ter2' dbname=shop",
    "Server=db;Uid=app;Pwd=hunter2;",
    "Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    "Authorization: Basic dXNlcjpwYXNz",
    "Cookie: session=abc; csrftoken=def",
    "Set-Cookie: id=1; Path=/; Secure",
    "--password",
    "--password=hunter2",
    "--token=ghp_0123456789abcdefghijABCDEFGHIJ012345",
    "-phunter2",
    "-u",
    "mysql",
    "curl",
    "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "AKIAIOSFODNN7EXAMPLE",
    "xoxb-123456789012-abcdefghijkl",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----",
    "-----BEGIN PRIVATE KEY-----",
    "USER ann\r\n",
    "PASS hunter2\r\n",
    "a1 LOGIN ann hunter2\r\n",
    "AUTH PLAIN AGFubgBodW50ZXIy\r\n",
    "MAIL FROM:<ann@example.org>",
    "ann.smith@example.org",
    "4111 1111 1111 1111",
    "192.0.2.17",
    "User logged in: username=ann password=hunter2",
    "SELECT * FROM users WHERE password = 'hunter2'",
    '{"password": "hunter2", "user": {"token": "abc"}}',
    "DB_PASSWORD=hunter2 ./run --fast",
    "[redacted:password]",
    "[redacted:password:0123456789ab]",
    "r",
    "rb+",
    "w",
    "%s %d {} {0} {file.path} [x]",
    "…",
    "?password=" * 40,
    "a=" * 300,
    "http://" * 100,
    "://@" * 150,
    "-" * 700,
    "=" * 700,
    "eyJ" * 200,
    "\\" * 500,
    "'\"" * 300,
    "@a." * 250,
    "0" * 900,
    "A" * 1000,
)


def text(source: Source) -> str:
    """A text: a plain or an odd one, one character many times, a few characters, or two texts joined."""
    way = source.byte()
    if way < 90:
        return source.pick(PLAIN)
    if way < 150:
        return source.pick(TEXTS)
    if way < 175:
        return source.pick(_CHARACTERS) * source.pick(LENGTHS)
    if way < 200:
        return "".join([source.pick(_CHARACTERS) for _ in range(source.byte() % 40)])
    if way < 230:
        return source.take(source.byte()).decode("utf-8", "surrogateescape")
    return source.pick(TEXTS) + source.pick(("", " ", "=", "&", ":", "\x00", "/", "\n", "@")) + source.pick(TEXTS)


def data(source: Source) -> bytes:
    """Bytes: a text's, one byte many times, or those of the input."""
    way = source.byte()
    if way < 120:
        return source.pick(TEXTS).encode("utf-8", "surrogatepass")
    if way < 170:
        return bytes((source.byte(),)) * source.pick(LENGTHS)
    return source.take(source.byte())
