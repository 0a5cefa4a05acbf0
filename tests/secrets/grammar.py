"""Hypothesis strategies: secrets of wide alphabets, and texts and argument lists that say them."""

from __future__ import annotations

import re
import shlex
import string
from typing import NamedTuple

from hypothesis import HealthCheck
from hypothesis import strategies as st

from tests.secrets.commands import COMMANDS
from tests.secrets.forms import HERE, PROTOCOLS, Form
from tests.secrets.shapes import SHAPES

SHORTEST, LONGEST = 4, 64
RECOGNISED = 20
"""Characters of a token or of an identifier by which it is known."""
ENOUGH = {"identifier": RECOGNISED, "with at": LONGEST + 1}
"""Without the last `@`, what stands behind the first looks like a host."""
SLOW_IS_FINE = (HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large)
_WORD = string.ascii_letters + string.digits + "_-.~"
_FIRST = st.sampled_from(string.ascii_letters + string.digits)
_UNICODE = "äöüßéñçøåžşćłđőÅЖщ中文日本語한국🎉€£¥±"
_PUNCTUATION = string.punctuation
_PORT = re.compile(r"\d{0,5}[/?#]")
_SOMETHING_ELSE = re.compile(r"\A-|\A(?:~|\.{1,2}|/[A-Za-z]+)/|\.[a-z0-9]{3,4}\Z")


def _secret(alphabet: str) -> st.SearchStrategy[str]:
    """The first character is a letter or a digit."""
    rest = st.text(st.sampled_from(alphabet), min_size=SHORTEST - 1, max_size=LONGEST - 1)
    return st.builds(str.__add__, _FIRST, rest).filter(_is_one)


def _is_no_port(secret: str) -> bool:
    """`http://bob:80/@h/` names the host bob."""
    return not _PORT.match(secret)


def _is_one(secret: str) -> bool:
    """`key=/etc/ssl/x` and `key=x.pem` say where a key is; `--token --verbose` has none."""
    return not _SOMETHING_ELSE.search(secret)


def _without(characters: str, alphabet: str = _WORD + _PUNCTUATION + _UNICODE) -> str:
    return "".join(char for char in dict.fromkeys(alphabet) if char not in characters)


ALPHABETS: dict[str, st.SearchStrategy[str]] = {
    "word": _secret(_WORD),
    "identifier": st.uuids().map(lambda uuid: uuid.hex).filter(lambda text: len(set(text)) > 6),
    "long": st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=12, max_size=LONGEST),
    "ascii": _secret(_without("", _WORD + _PUNCTUATION + " ")),
    "bare": _secret(_without("\"'`\\,;(){}[]<>&|$#")),  # no separator of any notation
    "userinfo": _secret(_without("\"'`\\<>{}[]|^@/?#()")),
    "with at": _secret(_without("\"'`\\<>{}[]|^/?#()", _WORD + _PUNCTUATION)),
    "with slash": _secret(_without("\"'`\\<>{}[]|^@()", _WORD + _PUNCTUATION)).filter(_is_no_port),
    "query": _secret(_without("\"'`\\<>{}|^&#")),
    "odbc": _secret(_without(";{}'\"`\\", _WORD + _PUNCTUATION + " ")).map(str.strip),
    "line": _secret(_without("", _WORD + _PUNCTUATION + _UNICODE + " ")).map(str.strip),
    "single": _secret(_without("'\\", _WORD + _PUNCTUATION + _UNICODE + " ")),
    "yaml": _secret(_without("'\"\\#,[]{}&*!|>%@`:;()")),
    "text": st.one_of(
        _secret(_WORD + _PUNCTUATION + _UNICODE + " "),
        st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=SHORTEST, max_size=LONGEST).filter(
            _is_one
        ),
    ),
}
"""Secrets by what may stand in them where they are said."""


class Said(NamedTuple):
    """A secret and where it was said.

    Args:
        items: one text, or the arguments of a program.
        secret: as it stands there.
        around: the same without it.
        form: for a reader of the failure.
        enough: characters of the secret by which it is known even when the rest was cut off.
    """

    items: tuple[str, ...]
    secret: str
    around: tuple[str, ...]
    form: str
    enough: int = SHORTEST


def _said(templates: tuple[str, ...], written: str, form: str, enough: int = SHORTEST) -> Said:
    return Said(tuple(item.replace(HERE, written) for item in templates), written, templates, form, enough)


@st.composite
def texts(draw: st.DrawFn, choices: tuple[Form, ...]) -> Said:
    """One text in one of the forms, alone or in the middle of prose."""
    form = draw(st.sampled_from(choices))
    written = form.write(draw(ALPHABETS[form.alphabet]))
    template = form.template
    if draw(st.booleans()) and template[0].isalpha() and "\n" not in template and form not in PROTOCOLS:
        template = draw(st.sampled_from(("connect to ", "[info] ", "x=1 ", "\t"))) + template
    return _said((template,), written, form.template, ENOUGH.get(form.alphabet, SHORTEST))


@st.composite
def texts_as_arguments(draw: st.DrawFn, choices: tuple[Form, ...]) -> Said:
    """The same as one argument of a program."""
    said = draw(texts(choices))
    before, after = (
        draw(st.sampled_from((("tool",), ("curl", "-d"), ("psql", "-c"), ("echo",)))),
        draw(st.sampled_from(((), ("-v",), ("x", "y")))),
    )
    return said._replace(items=(*before, *said.items, *after), around=(*before, *said.around, *after))


@st.composite
def tokens(draw: st.DrawFn) -> Said:
    """A token in prose, in quotes, in a path, in a pair, in a list."""
    shape = draw(st.sampled_from(SHAPES))
    secret = draw(st.text(st.sampled_from(shape.alphabet), min_size=shape.length, max_size=shape.length))
    frame = draw(
        st.sampled_from(("§", "x § y", "name=§", '"§"', "'§'", "(§)", "§, z", "§.", "a\n§\nb", "--x=§", "<§>"))
    )
    return _said((frame.replace(HERE, shape.before + HERE + shape.after),), secret, shape.before, RECOGNISED)


_WRAPPERS = (
    (), ("sudo",), ("sudo", "-u", "bob"), ("env", "A=1"), ("nice", "-n", "5"), ("timeout", "5"), ("nohup",), ("time",),
    ("docker", "exec", "-it", "web"), ("kubectl", "exec", "pod", "--"), ("ssh", "host"), ("xargs", "-0"), ("exec",),
)  # fmt: skip
_TAILS = ((), ("host",), ("--verbose", "x"), ("-v",), ("/srv/a b",), ("https://example.com/",))
_DIRECTORIES = ("", "", "/usr/bin/", "/opt/my tools/", "./")
_SHELL_BEFORE = ("", "cd /srv && ", "cat x | ", "set -e; ", "A=1 B='2 3' ", "if true; then ", "(", "$(", "`")
_SHELL_AFTER = ("", " | tee log", " && echo done", "; ls", " > out 2>&1", " &", "\n")
_CLOSING = {"(": ")", "$(": ")", "`": "`"}


@st.composite
def arguments(draw: st.DrawFn, commands: tuple[tuple[str, ...], ...] = COMMANDS) -> Said:
    """A program's argument list: a secret may hold anything here."""
    words = draw(st.sampled_from(commands))
    secret = draw(ALPHABETS["word" if _is_bounded(words) else "text"])
    program = draw(st.sampled_from(_DIRECTORIES)) + words[0]
    items = (*draw(st.sampled_from(_WRAPPERS)), program, *words[1:], *draw(st.sampled_from(_TAILS)))
    return _said(items, secret, "argv " + " ".join(words))


def _is_bounded(words: tuple[str, ...]) -> bool:
    """Whether what stands around the secret in its word says where it ends."""
    word = next(word for word in words if HERE in word)
    return not word.endswith(HERE) or any(mark in word for mark in ("%§", ",§", "sid=", "X-Api-Key"))


@st.composite
def command_lines(draw: st.DrawFn, commands: tuple[tuple[str, ...], ...] = COMMANDS) -> Said:
    """A shell's command line: quoted as shells want it, nested, in a pipe."""
    words = draw(st.sampled_from(commands))
    secret = draw(ALPHABETS["word" if _is_bounded(words) else "text"])
    name = "line " + " ".join(words)
    if words[0] == "env":  # a shell needs no `env`
        words = words[draw(st.integers(0, 1)) :]
    before = " ".join(draw(st.sampled_from(_WRAPPERS))) if HERE not in words[0] else ""
    written, quotes = _written(draw, secret)
    tail = draw(st.sampled_from(_TAILS))
    line = " ".join((*(_word(word, quotes) for word in words), *map(shlex.quote, tail)))
    opening = draw(st.sampled_from(_SHELL_BEFORE))
    line = f"{opening}{before} {line}".strip() + _CLOSING.get(opening, "") + draw(st.sampled_from(_SHELL_AFTER))
    return _nested(draw, line, written, name)


def _written(draw: st.DrawFn, secret: str) -> tuple[str, str]:
    """The secret as the shell reads it, and its quotes."""
    if shlex.quote(secret) == secret and draw(st.booleans()):
        return secret, ""
    if "'" in secret or draw(st.booleans()):
        return "".join("\\" + char if char in '"\\$`' else char for char in secret), '"'
    return secret, "'"


def _word(word: str, quotes: str) -> str:
    """One word; its quotes stand around the secret only: `--password='...'`, `-p"..."`."""
    return word.replace(HERE, f"{quotes}{HERE}{quotes}") if HERE in word else shlex.quote(word)


def _nested(draw: st.DrawFn, line: str, written: str, name: str) -> Said:
    whole = line + written
    how = draw(st.sampled_from(("", "", "'", '"')))
    if how == "'" and "'" not in whole:
        line = f"sh -c '{line}'"
    if how == '"' and not set('"\\$`') & set(whole):
        line = f'bash -lc "{line}"'
    shell = draw(st.sampled_from(((), (), ("sh", "-c"), ("/bin/bash", "-lc"), ("ssh", "host"))))
    return _said((*shell, line), written, name)


_SAID_LATER = ("§:x-oauth-basic", ",b:§@", "bob/§@", "echo ")
"""What tells these from a host or a path follows them: cut off, nothing does."""


@st.composite
def cut(draw: st.DrawFn, strategy: st.SearchStrategy[Said]) -> Said:
    """The same, cut by the hook within the secret, of which enough is left, or behind it."""
    said = draw(strategy.filter(lambda it: not any(late in it.form for late in _SAID_LATER)))
    place = next(index for index, item in enumerate(said.around) if HERE in item)
    item, start = said.items[place], said.around[place].rindex(HERE)
    least = min(start + min(said.enough, len(said.secret) + 1), len(item))
    at = draw(st.integers(least, len(item)))
    changed = (*said.items[:place], item[:at] + "…", *said.items[place + 1 :])
    return Said(changed, said.secret[: at - start], said.around, said.form + " (cut)")
