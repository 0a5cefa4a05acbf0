"""Reads a command line word by word and says which part of which word is a secret."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from otel_audit.lazy import lazy
from otel_audit.redaction.keys import key_kind
from otel_audit.redaction.program_rows import NAMES, SETTERS, WRAPPERS
from otel_audit.redaction.programs import FAMILY_BEGINNINGS, After, Option, Program, program


class Hit(NamedTuple):
    """A secret: behind `at` characters of the word, or, at -1, in the next one; behind `separator` if there is one."""

    kind: str
    at: int = -1
    separator: str = ""
    key: str = ""
    by_word: bool = False
    """Announced by a word, so that options may stand between."""


_LONG = lazy(r"-{1,2}[\w.:/@-]+")
_CAPITALIZED = lazy(r"-(?:[A-Z][a-z]+)+")
_CLUSTER = lazy(r"-[A-Za-z]+")
_DRIVE = lazy(r"[A-Za-z*]:?")


_NOTABLE = NAMES | WRAPPERS
NAME_LIMIT = 128
"""Characters of an option's name, so that what is remembered stays small."""


@lru_cache(maxsize=1024)
def option_kind(name: str) -> str | None:
    """Kind of secret that an option of any program announces; -pSECRET is no option named secret."""
    if not _LONG.fullmatch(name) or not (name.startswith("--") or name.islower() or _CAPITALIZED.fullmatch(name)):
        return None
    return key_kind(name.lstrip("-"))


def _ordinary(word: str) -> bool:
    """Whether no program is called so."""
    return word.islower() and word not in _NOTABLE and not word.startswith(FAMILY_BEGINNINGS)


class Walk:
    """The state between two words: which program, and how many words there are up to a secret."""

    __slots__ = ("_after", "_begins", "_count", "_previous", "_program", "_seen")

    def __init__(self) -> None:
        self.end()

    def end(self) -> None:
        """A command ended: another may begin."""
        self._program: Program | None = None
        self._seen: bool = False
        self._begins = True
        self._previous = ""
        self._count = 0
        self._after: After | None = None

    def begin(self) -> None:
        """A command may begin here: behind an assignment."""
        self._begins = True

    def expect(self, hit: Hit) -> None:
        """An option stands between a word and the secret it announces."""
        self._begin_count(After(1, False, hit.separator))

    def option(self, word: str) -> Hit | None:
        """The secret that an option has or announces. Changes nothing."""
        name, equals, _ = word.partition("=")
        known = self._program
        if known is not None and (self._seen or not known.when) and known.options:
            hit = _known_option(known, word, name, bool(equals))
            if hit is not None:
                return hit
        kind = option_kind(name) if len(name) <= NAME_LIMIT else None
        return Hit(kind, len(name) + 1 if equals else -1, key=name) if kind else None

    def take(self, word: str) -> Hit | None:
        """The secret in a word, or announced by it; the walk goes on behind the word."""
        previous, self._previous = self._previous, word
        if word[0] == "-" and len(word) > 1:
            counted = self._program is not None and word in self._program.after
            hit = None if counted else self.option(word)
            if hit is None and self._program is not None and self._program.after:
                self._count_from(self._program, word)
                if self._after is self._program.after.get("") and self._after is not None and self._after.nth > 1:
                    self._count = 0  # what follows may be the option's value
            return hit
        if self._program is None and word.isalnum() and _ordinary(word) and previous not in SETTERS:
            self._begins = self._begins and (previous in WRAPPERS or previous[:1] == "-")
            return None
        return self._word(word, previous)

    def _word(self, word: str, previous: str) -> Hit | None:
        known = self._program
        if known is not None:
            if known.windows and word[0] in "/\\":
                return self._slashed(known, word)
            if word in known.after:
                after = known.after[word]
                if after.nth == 1 and not after.following:
                    return Hit("password", -1, after.separator, by_word=True)
                self._begin_count(after)
            elif self._count and not (known.windows and _DRIVE.fullmatch(word)):
                hit = self._counted()
                if hit is not None:
                    return hit
            if word in known.when:
                self._seen = True
        if previous in SETTERS and (kind := key_kind(word)) and "=" not in word:
            return Hit(kind)
        if word[0] == "/" and word[1:].isalpha() and key_kind(word[1:]) == "password":  # Windows
            return Hit("password")
        found = program(word)
        if found is not None and (self._begins or not found.common):
            self._program, self._seen, self._count = found, False, 0
            if "" in found.after:
                self._begin_count(found.after[""])
        if self._begins and word not in WRAPPERS and "=" not in word and previous not in WRAPPERS:
            self._begins = previous[:1] == "-"  # the value of a wrapper's option
        return None

    def _slashed(self, known: Program, word: str) -> Hit | None:
        name, colon, _ = word.partition(":")
        option = known.options.get(name.lower())
        return Hit(option.kind, len(name) + 1 if colon else -1) if option else None

    def _begin_count(self, after: After) -> None:
        self._count, self._after = after.nth, after

    def _counted(self) -> Hit | None:
        self._count -= 1
        after = self._after
        if self._count or after is None:
            return None
        if after.following:
            self._count = 1
        return Hit("password", 0, after.separator)

    def _count_from(self, known: Program, word: str) -> None:
        """`-b`, alone or among others in one word."""
        letters = (f"-{letter}" for letter in word[1:]) if _CLUSTER.fullmatch(word) else ()
        found = [known.after[name] for name in (word, *letters) if name in known.after]
        for after in found:
            if not self._count or after.nth < self._count:
                self._begin_count(After(after.nth, True, after.separator) if self._count else after)


def _known_option(known: Program, word: str, name: str, equals: bool) -> Hit | None:
    option = known.options.get(name)
    if option is not None and not (option.glued_only and not equals):
        return _hit(option, len(name) + 1 if equals else -1, name)
    if option is not None or word.startswith("--"):
        return None
    for length in () if known.loose else (2, 3):
        short = known.options.get(word[:length])
        if short is not None and len(word) > length:
            return _hit(short, length + (word[length] == "="), word[:length])
    if known.cluster and _CLUSTER.fullmatch(word):
        last = known.options.get("-" + word[-1])
        return _hit(last, -1, word) if last is not None else None
    return None


def _hit(option: Option, at: int, name: str) -> Hit:
    return Hit(option.kind, at, option.separator, name)
