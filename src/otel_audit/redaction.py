"""What no sink may see: secrets in any attribute, personal data in custom events, paths and hosts when strict.

Every pattern here runs in linear time on hostile input: identifiers are entered from their start only, repeats never
overlap, what looks ahead is bounded. Redacting twice changes nothing. In doubt, too much is redacted.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2s
from itertools import pairwise
from typing import Literal, NamedTuple

from otel_audit import semconv
from otel_audit.model import AttributeValue

Level = Literal["default", "strict", "off"]

KINDS = ("password", "token", "secret", "cookie", "private_key", "phone", "email", "error")
"""What `[redacted:<kind>]` says was there; `error` stands for a value that could not be examined."""

CUT = "\u2026"
"""Last character of a value the hook cut: a secret may lack its end."""

_HASH_KEY = os.urandom(16)
"""Per process: equal values stay comparable within one process, and guessing outside it is useless."""

_HASHED = re.compile(r"\[hashed:[0-9a-f]{12}\]")

_Edit = tuple[int, int, str]


def _mask(kind: str) -> str:
    return f"[redacted:{kind}]"


def _splice(text: str, pattern: re.Pattern[str], edit: Callable[[re.Match[str]], _Edit | None]) -> str:
    """Replace the range an edit names, then go on behind it: unlike re.sub, it may reach past the match."""
    out: list[str] = []
    done = at = 0
    while match := pattern.search(text, at):
        found = edit(match)
        if found is None:
            at = match.end()
            continue
        start, at, replacement = found
        out += (text[done:start], replacement)
        done = at
    return text if not done else "".join(out) + text[done:]


# Keys -----------------------------------------------------------------------------------------------------------------


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_KEY_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_KEY_HINT = re.compile(
    r"pass|pw|secret|token|bearer|jwt|cookie|auth|key|sess|credential|otp|cvv|cvc|ssn", re.IGNORECASE
)
_PASSWORD_ENDINGS = ("password", "passwd", "passphrase", "passcode", "pwd")
_SECRET_ENDINGS = ("secret", "apikey", "accesskey", "secretkey", "privatekey", "authkey", "signingkey", "accountkey",
                   "encryptionkey", "sessionkey", "sessionid", "sessid")  # fmt: skip
_SECRET_WORDS = _words("otp cvv cvc ssn credentials")
_KEY_OWNERS = _words(
    "api access secret private auth signing encryption account license master app deploy consumer session storage "
    "subscription aes hmac rsa ssh"
)
_HARMLESS_ENDS = _words(
    "file path dir directory url uri endpoint host length len size count limit min max policy timeout ttl expiry "
    "expires expiration type field name names enabled required disabled stdin prompt algorithm algo alg service "
    "manager store provider reset changed change age version strength rotation py txt json html"
)
"""`password_file=/run/secrets/db` says where, not what."""
_QUERY_KEYS = _words("key sig signature auth code credential session sid pin pass pw")
"""Secret as the name of a query parameter only (`?key=`, `X-Amz-Signature`); `sort key=name` is not."""


def _key_kind(key: str, query: bool = False) -> str | None:
    """Kind of secret a key announces, or None."""
    if not query and not _KEY_HINT.search(key):
        return None
    words = [word.lower() for word in _KEY_WORD.findall(key)]
    if not words or words[-1] in _HARMLESS_ENDS or words[0] in {"no", "ask", "prompt", "without"}:
        return None
    if any(word.endswith(_PASSWORD_ENDINGS) or word in {"pass", "pw"} for word in words):
        return "password"
    if any(word.endswith(("token", "bearer", "jwt", "authorization")) for word in words):
        return "token"
    if words[-1] == "cookie":
        return "cookie"
    if any(word.endswith(_SECRET_ENDINGS) or word in _SECRET_WORDS for word in words):
        return "secret"
    pairs = set(pairwise(words))
    if ("session", "id") in pairs or any(second == "key" and first in _KEY_OWNERS for first, second in pairs):
        return "secret"
    return "secret" if query and words[-1] in _QUERY_KEYS else None


# Where a value ends ---------------------------------------------------------------------------------------------------

_QUOTED = re.compile(
    r"""(?P<open>[bBrRuU]{0,2}["'`])(?:(?<=")(?:[^"\\]|\\.|"")*|(?<=')(?:[^'\\]|\\.|'')*|(?<=`)[^`]*)""", re.DOTALL
)
_BARE = re.compile(
    r"""(?:(?i:bearer|basic|token|digest|negotiate)[ ]{1,3})?
    (?:[^\s;,"'`]+|[;,](?!\s|\Z)|["'`](?![\s,;)}\]]|\Z))*""",
    re.VERBOSE,
)
_IN_QUERY = re.compile(r"""(?:[^\s&#"'`]+|["'`](?![\s,;)}\]]|\Z))*""")
_BARE_AFTER = {"?": _IN_QUERY, "&": _IN_QUERY, ";": re.compile(r"[^;\r\n]*")}
"""By what stands before the key: a query's value ends at `&`, a DSN's at `;` and may hold spaces."""
_WORD = re.compile(r"""(?:[^\s"'\\]+|\\.|"(?:[^"\\]|\\.)*(?:"|\\?\Z)|'[^']*(?:'|\Z)|\\\Z)+""", re.DOTALL)
"""One word as a shell reads it."""


def _value_span(text: str, start: int, bare: re.Pattern[str] = _BARE) -> tuple[int, int]:
    """The value that begins at start, without its quotes."""
    if text.startswith('\\"', start):  # JSON inside a JSON string
        end = text.find('\\"', start + 2)
        return start + 2, len(text) if end < 0 else end
    if text.startswith("{", start):  # ODBC quotes with braces
        end = text.find("}", start)
        return start, len(text) if end < 0 else end + 1
    if quoted := _QUOTED.match(text, start):
        return quoted.end("open"), quoted.end()
    value = bare.match(text, start)
    return start, value.end() if value else start


_PAIR = re.compile(r"""(?<![\w.%-])(?P<key>[\w.%-]+)["'\]\\]{0,3}[ \t]{0,2}(?:=>|:=|==?|:(?!:|//))[ \t]{0,2}""")
_KEY_BEFORE = re.compile(r"(?:api|access|secret|private|auth|signing|encryption)[ _-]\Z", re.IGNORECASE)


def _pairs(text: str) -> str:
    """`key=value`, `key: value`, `"key": "value"`, in queries, DSNs, environments, JSON and prose."""
    if "=" not in text and ":" not in text:
        return text

    def edit(match: re.Match[str]) -> _Edit | None:
        key, start, end = match["key"], match.start(), match.end()
        before = text[start - 1 : start]
        if text.endswith("[redacted:", 0, start) or end == len(text):
            return None
        kind = _key_kind(key, query=before in ("?", "&"))
        if kind is None and key.lower() == "key" and _KEY_BEFORE.search(text, max(0, start - 12), start):
            kind = "secret"
        # The shell's working directory; in a DSN, behind a semicolon, PWD is a password.
        if kind is None or (key in {"PWD", "OLDPWD"} and before != ";" and text.startswith("/", end)):
            return None
        if text.startswith("[redacted:password]@", end):  # the user of a URL happens to be called `token`
            return None
        value, stop = _value_span(text, end, _BARE_AFTER.get(before, _BARE))
        return (value, stop, _mask(kind)) if stop > value else None

    return _splice(text, _PAIR, edit)


# URLs, headers, protocols ---------------------------------------------------------------------------------------------

_AUTHORITY = re.compile(r"://([^\s/?#]*)")
_PORT = re.compile(r"\d{0,5}(?![^/?#\s])")
_AHEAD = re.compile(r"\S{0,256}")  # bounded: or many URLs would cost their product
_MARKED_USER = re.compile(r"\[redacted:\w+\](?::(?:x-oauth-basic|\[redacted:\w+\])?)?")


def _userinfo(text: str) -> str:
    """`scheme://user:password@host`: the user stays, unless it is the token."""
    if "://" not in text:
        return text

    def edit(match: re.Match[str]) -> _Edit | None:
        start, at = match.start(1), match[1].rfind("@")
        end = start + at if at >= 0 else _late_at(text, match)
        if end < 0 or _MARKED_USER.fullmatch(text, start, end):
            return None
        user, colon, password = text[start:end].partition(":")
        if user == "[redacted":
            return start, end, _mask("password")
        if password and password != "x-oauth-basic":  # GitHub: then the user is the token
            return start + len(user) + 1, end, _mask("password")
        return (start, start + len(user), _mask("token")) if user and (colon or len(user) >= 16) else None

    return _splice(text, _AUTHORITY, edit)


def _late_at(text: str, match: re.Match[str]) -> int:
    """End of a password that holds `/`, `?` or `#` unescaped, or was cut before its `@`; -1 when there is none."""
    password = match.start(1) + match[1].find(":") + 1
    if ":" not in match[1] or match[1].startswith("[") or text.startswith("[redacted:", password):
        return -1
    if match[1].endswith(CUT):
        return match.end()
    if _PORT.match(text, password):
        return -1
    ahead = _AHEAD.match(text, match.end())
    last = -1 if ahead is None else ahead.group().rfind("@")
    if ahead is not None and last < 0 and ahead.group().endswith(CUT):
        return ahead.end()
    return match.end() + last if last >= 0 else -1


_HEADER = re.compile(
    r"""(?P<open>["']?)(?<![\w-])(?P<name>(?:proxy-)?authorization|(?:set-)?cookie2?)\\?["']?[ \t]{0,2}:[ \t]{0,2}""",
    re.IGNORECASE,
)
_LINE = re.compile(r"[^\r\n]*")


def _headers(text: str) -> str:
    """Header lines, to the end of the line or of the quotes they stand in."""
    lowered = text.lower()
    if ":" not in text or not ("authorization" in lowered or "cookie" in lowered):
        return text

    def edit(match: re.Match[str]) -> _Edit | None:
        kind = "cookie" if "cookie" in match["name"].lower() else "token"
        start = match.end()
        if text.startswith(('"', "'", '\\"'), start):
            start, end = _value_span(text, start)
        else:
            line = _LINE.match(text, start)
            line_end = line.end() if line else start
            closing = text.find(match["open"], start, line_end) if match["open"] else -1
            end = line_end if closing < 0 else closing
        return (start, end, _mask(kind)) if end > start else None

    return _splice(text, _HEADER, edit)


# Well-known shapes ----------------------------------------------------------------------------------------------------

_SHAPE_HINTS = ("AKIA", "ASIA", "ghp_", "gho_", "ghs_", "ghu_", "ghr_", "github_pat_", "xox", "sk-", "k_", "glpat-",
                "AIza", "eyJ", "PRIVATE KEY", "earer", "EARER", "npm_", "pypi-", "hf_")  # fmt: skip
_SHAPES = re.compile(
    r"""(?P<private_key>-----BEGIN\ [A-Z0-9 ]{0,40}PRIVATE\ KEY
        (?:.*?-----END\ [A-Z0-9 ]{0,40}PRIVATE\ KEY(?:-----)?|.*))
    |(?<![A-Za-z0-9])(?:
        (?:AKIA|ASIA)(?:[A-Z0-9]{12,}[A-Za-z0-9_-]*|[A-Z0-9]*(?=…))
        |(?:gh[pousr]_|github_pat_|glpat-|npm_|pypi-|hf_|[sr]k_(?:live|test)_|xox[a-z]-)
            (?:[A-Za-z0-9_-]{10,}|[A-Za-z0-9_-]*(?=…))
        |AIza(?:[A-Za-z0-9_-]{16,}|[A-Za-z0-9_-]*(?=…))
        |eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_.-]*
        |eyJ[A-Za-z0-9_-]*(?=…)
        |[Bb](?:earer|EARER)[ ]{1,3}(?P<bearer>[^\s"',;]+)
        |(?<![A-Za-z0-9_-])(?P<sk>sk-[A-Za-z0-9_-]{8,}…?|sk-[A-Za-z0-9_-]*…)
    )…?""",
    re.VERBOSE | re.DOTALL,
)
_RANDOM = re.compile(r"[A-Za-z0-9]{16}")


def _shapes(text: str) -> str:
    """Tokens one knows by sight, wherever they stand."""
    if not any(hint in text for hint in _SHAPE_HINTS):
        return text

    def edit(match: re.Match[str]) -> _Edit | None:
        if match["private_key"]:
            return match.start(), match.end(), _mask("private_key")
        if match["bearer"]:
            return match.start("bearer"), match.end(), _mask("token")
        if (sk := match["sk"]) and not (sk.endswith(CUT) or _RANDOM.search(sk)):
            return None  # a directory called sk-learn-examples
        return match.start(), match.end(), _mask("token")

    return _splice(text, _SHAPES, edit)


# Command lines --------------------------------------------------------------------------------------------------------


class _Option(NamedTuple):
    """A secret's place: behind `at` characters of the option, or in the next word (-1)."""

    kind: str
    at: int = -1
    pair: bool = False
    """`user:password`."""


_MYSQL = _words("mysql mysqldump mysqladmin mysqlimport mysqlshow mysqlsh mariadb mariadb-dump mariadb-admin")
_URL_CLIENTS = frozenset({"curl", "wget"})
_PASSWORD_FLAGS = {"sshpass": "-p", "redis-cli": "-a", "mongo": "-p", "mongosh": "-p", "mongodump": "-p",
                   "ldapsearch": "-w", "ldapmodify": "-w", "zip": "-P", "unzip": "-P"}  # fmt: skip
_PROGRAMS = _MYSQL | _URL_CLIENTS | _PASSWORD_FLAGS.keys()
_NAME = re.compile(r"-{1,2}[\w.:-]+")
_USER_FLAG = re.compile(r"-[A-Za-z]*[uU]\Z|-[uU](?=.)")


def _program(word: str) -> str | None:
    name = re.split(r"[/\\]", word)[-1].lower().removesuffix(".exe")
    return name if name in _PROGRAMS else None


def _option(word: str, program: str) -> _Option | None:
    if not word.startswith("-"):
        return None
    name, equals, _ = word.partition("=")
    long, after = name.lstrip("-"), len(name) + 1 if equals else -1
    if program in _URL_CLIENTS:
        if long in {"user", "proxy-user"}:
            return _Option("password", after, pair=True)
        if flag := _USER_FLAG.match(word):
            return _Option("password", -1 if flag.end() == len(word) else 2, pair=True)
        if word == "-b":
            return _Option("cookie")
    if program in _MYSQL and word.startswith("-p"):
        return _Option("password", 2) if len(word) > 2 else None
    if word[:2] == _PASSWORD_FLAGS.get(program):
        return _Option("password", 2 if len(word) > 2 else -1)
    # -pSECRET of an unknown program is no option named secret.
    kind = _key_kind(long) if _NAME.fullmatch(name) and (name.startswith("--") or name.islower()) else None
    return _Option(kind, after) if kind else None


def _hide(value: str, option: _Option) -> str:
    """Keeps the quotes of a shell word, and the user of a pair."""
    quote = value[:1] if value[:1] in {'"', "'"} else ""
    user, colon, password = value.partition(":")
    if not option.pair:
        return f"{quote}{_mask(option.kind)}{quote}" if value else value
    return f"{user}:{_mask(option.kind)}{quote}" if colon and password else value


_WORD_START = re.compile(r"\S+")
_DASHES = (" -", "'-", '"-', "\n-", "\t-")
_AROUND = "\"'`,;()[]{}"


def _shell(text: str) -> str:
    """Options in a command line, nested quotes (`sh -c '...'`) included: words are found with and without them."""
    if "-" not in text or not (text.startswith("-") or any(dash in text for dash in _DASHES)):
        return text
    program, pending = "", None

    def edit(match: re.Match[str]) -> _Edit | None:
        nonlocal program, pending
        raw = match.group()
        word = raw.strip(_AROUND)
        option = _option(word, program)
        if option is None and pending is not None:
            option, pending, start = pending, None, match.start()
        elif option is None or option.at < 0:
            program, pending = _program(word) or program, option
            return None
        else:
            pending, start = None, match.start() + raw.index(word) + option.at
        value = _WORD.match(text, start)
        end = value.end() if value else start
        if raw[0] in "\"'" and start > match.start():  # the option itself is quoted
            end = text.find(raw[0], start)
        end = len(text) if end < 0 else end
        return (start, end, _hide(text[start:end], option)) if end > start else None

    return _splice(text, _WORD_START, edit)


_ITEM_KEY = re.compile(r"(?P<key>[\w.-]{1,256})=(?=.)", re.DOTALL)


def _item_value(item: str) -> tuple[int, str] | None:
    """Where the value of `KEY=value` or `--option=KEY=value` begins, and its kind, if the key announces a secret."""
    at = 0
    for _ in range(2):
        match = _ITEM_KEY.match(item, at)
        if match is None:
            return None
        if kind := _key_kind(match["key"]):
            return None if item.startswith("PWD=/") else (match.end(), kind)
        at = match.end()
    return None


def _argv(items: Sequence[str], text: Callable[[str], str]) -> list[str]:
    """Arguments of a program: an item is a value as a whole, whatever it holds."""
    out: list[str] = []
    program, pending, shell = "", None, False
    for item in items:
        option = _option(item, program)
        pair = None if shell else _item_value(item)
        if option is None and pending is not None:
            out.append(_hide(item, pending))
            pending = None
            continue
        if option is not None and option.at >= 0:
            out.append(_shapes(item[: option.at]) + _hide(item[option.at :], option))
        elif pair is not None:
            out.append(_shapes(item[: pair[0]]) + _mask(pair[1]))
        else:
            out.append(text(item))
        pending = option if option is not None and option.at < 0 else None
        program = _program(item) or program
        shell = item.startswith(("-", "/")) and item.endswith("c")
    return out


# Personal data --------------------------------------------------------------------------------------------------------

# git@host is every clone's user; icon@2x.png is a picture.
_EMAIL = re.compile(r"(?<![\w.%+-])(?!git@)[\w.%+-]+(?:@|%40)(?!\dx\.)(?:[\w-]+(?:\.[\w-]+)+|[\w.-]*…)")
_PHONE = re.compile(
    r"""\[hashed:[0-9a-f]{12}\]
    |(?<!\w)[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?!\w)                       # UUID
    |(?<![\w.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!\D)|(?!\.?\w))){4}(?<!\.)             # IPv4
    |(?<!\w)(?:19|20)\d\d([-/.])(?:0?[1-9]|1[0-2])\1(?:[0-2]?\d|3[01])(?!\d)                # date, and time
        (?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[ ]?[+-]\d\d:?\d\d)?)?
    |(?<!\w)(?:[0-2]?\d|3[01])([-/.])(?:[0-2]?\d|3[01])\2(?:19|20)\d\d(?!\d)
    |(?<!\w)(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])(?:[-_]\d{4,6})?(?![\w])
    |(?<!\w)(?<![0-9A-Fa-f]{4}-)(?P<phone>\+?\(?\d(?:[ .()/\-\u00a0\u2013]{0,3}\d)*)(?!\w)(?P<cut>…)?""",
    re.VERBOSE,
)
_DIGITS = re.compile(r"\d+")


def _is_phone(candidate: str, cut: bool) -> bool:
    """International or national form; not an epoch time, a float, a version, or a plain number below nine digits."""
    runs = _DIGITS.findall(candidate)
    digits = sum(map(len, runs))
    if digits > 15:
        return False
    if candidate.startswith(("+", "00")):
        return digits >= (5 if cut else 8)
    if len(runs) == 1:
        epoch = digits in {10, 13} and candidate.startswith("1")
        return digits >= 9 and not epoch
    if "/" in candidate and not candidate.startswith("0"):
        return False
    dotted = set(candidate) <= set("0123456789.")
    if sum(len(run) == 1 for run in runs) > (0 if dotted else 1) or (dotted and len(runs) == 2):
        return False
    return digits >= (6 if cut else 8)


def _personal(text: str) -> str:
    def phone(match: re.Match[str]) -> str:
        candidate, cut = match["phone"], bool(match["cut"])
        if candidate is None:
            return match.group()
        if _is_phone(candidate, cut):
            return _mask("phone")
        if sum(map(str.isdigit, candidate)) <= 15:
            return match.group()
        # Several in a row: each for itself, or, in groups that only phones have, all.
        parts = [_mask("phone") if _is_phone(part, False) else part for part in candidate.split(" ")]
        grouped = candidate.startswith(("0", "+", "(")) and " " in candidate and _mask("phone") not in parts
        return _mask("phone") if grouped else " ".join(parts) + (CUT if cut else "")

    text = _EMAIL.sub(_mask("email"), text) if "@" in text or "%40" in text else text
    return _PHONE.sub(phone, text)


# Strict ---------------------------------------------------------------------------------------------------------------

_PLACES = frozenset({semconv.DNS_QUESTION_NAME, semconv.DB_NAMESPACE, semconv.PROCESS_WORKING_DIRECTORY})
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://)([^/?#]*@)?([^/?#]*?)(:\d{1,5})?(/[^?#]*)?([?#].*)?", re.DOTALL)
_HOST = re.compile(r"(?:[\w.-]+@)?(?:(?:[\w-]+\.)+[A-Za-z][\w-]*|\d{1,3}(?:\.\d{1,3}){3}|localhost)(?::\S*)?")
_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?|[0-9A-Fa-f:]*::[0-9A-Fa-f:.]*")
_NAMED = re.compile(r"\w")  # else it is punctuation, and names no place
_PART = re.compile(r"(?P<head>-{0,2}[\w.-]*=)?(?P<place>[^\s\"'`,;]+)")


def _hash(value: str) -> str:
    """Keyed BLAKE2s, first 12 hex digits."""
    if not _NAMED.search(value) or _HASHED.fullmatch(value):
        return value
    return f"[hashed:{blake2s(value.encode('utf-8', 'replace'), key=_HASH_KEY).hexdigest()[:12]}]"


def _hash_url(url: re.Match[str]) -> str:
    scheme, user, host, port, path, rest = (part or "" for part in url.groups())
    return f"{scheme}{user}{_hash(host)}{port}{path[:1]}{_hash(path[1:])}{rest}"


def _hash_places(text: str, host: re.Pattern[str]) -> str:
    """Words that look like a path, a URL or a host."""
    if text.startswith(("/", "~", "./", "../")):
        return _hash(text)

    def place(match: re.Match[str]) -> str:
        word, head = match["place"], match["head"] or ""
        if url := _URL.fullmatch(word):
            return head + _hash_url(url)
        return head + (_hash(word) if set("/\\~") & set(word) or host.fullmatch(word) else word)

    return _PART.sub(place, text)


def _strict(key: str, text: str) -> str:
    if key == semconv.URL_FULL:
        url = _URL.fullmatch(text)
        return _hash_url(url) if url else _hash(text)
    if key in _PLACES or key.endswith((".path", "_path", ".address", ".directory")):
        return _hash(text)
    if key in {semconv.PROCESS_COMMAND_LINE, semconv.PROCESS_COMMAND_ARGS}:
        return _hash_places(text, _HOST)
    # Dotted words are modules here as often as hosts.
    return _hash_places(text, _ADDRESS) if key.startswith((semconv.AUDIT_ARG_PREFIX, semconv.AUDIT_ARGS)) else text


class Redactor:
    """Masks what must not leave the process; runs before every sink.

    Args:
        level: `default` masks secrets, and personal data in custom events; `strict` also hashes paths and hosts; `off`.
    """

    def __init__(self, level: Level = "default") -> None:
        self.level = level

    def __call__(self, attributes: Mapping[str, AttributeValue], *, custom: bool) -> dict[str, AttributeValue]:
        """Attributes with their strings, and lists of strings, masked. Never raises.

        Args:
            attributes: as described; not changed.
            custom: the event is in no row of the catalogue, so its text may be anything.
        """
        if self.level == "off":
            return dict(attributes)
        return {key: self._value(key, value, custom) for key, value in attributes.items()}

    def text(self, text: str, *, custom: bool = False) -> str:
        """One string, masked; not hashed, as nothing says what it is."""
        if self.level == "off":
            return text
        for mask in _MASKS:
            text = mask(text)
        return _personal(text) if custom else text

    def _value(self, key: str, value: AttributeValue, custom: bool) -> AttributeValue:
        try:
            if isinstance(value, str):
                return self._string(key, value, custom)
            if isinstance(value, (list, tuple)) and value and isinstance(value[0], str):
                masked = _argv(value, lambda item: self.text(item, custom=custom))
                return [_strict(key, item) for item in masked] if self.level == "strict" else masked
        except Exception:  # a value nobody could examine must not pass
            return _mask("error")
        return value

    def _string(self, key: str, value: str, custom: bool) -> str:
        kind = _key_kind(key.rpartition(".")[2])
        if kind and value:
            return _mask(kind)
        value = self.text(value, custom=custom)
        return _strict(key, value) if self.level == "strict" else value


_MASKS = (_shapes, _userinfo, _headers, _shell, _pairs)
"""In this order: a private key is taken as a whole before a pair takes its first word."""
