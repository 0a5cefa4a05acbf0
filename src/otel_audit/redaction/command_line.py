"""Secrets among the options of programs, in one text or as a list of arguments."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from otel_audit.redaction.keys import key_kind
from otel_audit.redaction.masking import Edit, marker, splice
from otel_audit.redaction.shapes import mask_shapes


class _Option(NamedTuple):
    """A secret's place: behind `at` characters of the option, or in the next word (-1)."""

    kind: str
    at: int = -1
    pair: bool = False
    """`user:password`."""


_MYSQL = frozenset({"mysql", "mysqldump", "mysqladmin", "mysqlimport", "mysqlshow", "mysqlsh",
                    "mariadb", "mariadb-dump", "mariadb-admin"})  # fmt: skip
_URL_CLIENTS = frozenset({"curl", "wget"})
_PASSWORD_FLAGS = {"sshpass": "-p", "redis-cli": "-a", "mongo": "-p", "mongosh": "-p", "mongodump": "-p",
                   "ldapsearch": "-w", "ldapmodify": "-w", "zip": "-P", "unzip": "-P", "openssl": "-k"}  # fmt: skip
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
    kind = key_kind(long) if _NAME.fullmatch(name) and (name.startswith("--") or name.islower()) else None
    return _Option(kind, after) if kind else None


def _hide(value: str, option: _Option) -> str:
    """Keeps the quotes of a shell word, and the user of a pair."""
    quote = value[:1] if value[:1] in {'"', "'"} else ""
    user, colon, password = value.partition(":")
    if not option.pair:
        return f"{quote}{marker(option.kind)}{quote}" if value else value
    return f"{user}:{marker(option.kind)}{quote}" if colon and password else value


_WORD = re.compile(r"""(?:[^\s"'\\]+|\\.|"(?:[^"\\]|\\.)*(?:"|\\?\Z)|'[^']*(?:'|\Z)|\\\Z)+""", re.DOTALL)
"""One word as a shell reads it."""
_WORD_START = re.compile(r"\S+")
_DASHES = (" -", "'-", '"-', "\n-", "\t-")
_AROUND = "\"'`,;()[]{}"


def mask_options(text: str) -> str:
    """Options in a command line, nested quotes (`sh -c '...'`) included: words are found with and without them."""
    if "-" not in text or not (text.startswith("-") or any(dash in text for dash in _DASHES)):
        return text
    program, pending = "", None

    def edit(match: re.Match[str]) -> Edit | None:
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

    return splice(text, _WORD_START, edit)


_ITEM_KEY = re.compile(r"(?P<key>[\w.-]{1,256})=(?=.)", re.DOTALL)


def _item_value(item: str) -> tuple[int, str] | None:
    """Where the value of `KEY=value` or `--option=KEY=value` begins, and its kind, if the key announces a secret."""
    at = 0
    for _ in range(2):
        match = _ITEM_KEY.match(item, at)
        if match is None:
            return None
        if kind := key_kind(match["key"]):
            return None if item.startswith("PWD=/") else (match.end(), kind)
        at = match.end()
    return None


def mask_arguments(items: Sequence[str], text: Callable[[str], str]) -> list[str]:
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
            out.append(mask_shapes(item[: option.at]) + _hide(item[option.at :], option))
        elif pair is not None:
            out.append(mask_shapes(item[: pair[0]]) + marker(pair[1]))
        else:
            out.append(text(item))
        pending = option if option is not None and option.at < 0 else None
        program = _program(item) or program
        shell = item.startswith(("-", "/")) and item.endswith("c")
    return out
