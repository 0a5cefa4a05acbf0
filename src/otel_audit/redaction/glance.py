"""What tells of a command line, without walking it word by word, that it holds no secret: most hold none."""

from __future__ import annotations

from collections.abc import Sequence

from otel_audit.redaction.lazy import lazy
from otel_audit.redaction.program_rows import SETTERS
from otel_audit.redaction.programs import FAMILY_BEGINNINGS, PROGRAMS, SUFFIXES, Program
from otel_audit.redaction.suspicion import suspicious
from otel_audit.redaction.walk import NAME_LIMIT, option_kind

_NOTABLE = PROGRAMS.keys() | SETTERS
"""Words behind which a secret may stand without an option that says so."""
_NOTABLE_PARTS = (*FAMILY_BEGINNINGS, "/pass", "/pwd")
_PIECE = lazy(r"-{1,2}[\w.:/@-]+|[A-Za-z0-9_.+-]+")


def announces(text: str) -> bool:
    """Whether a word of the text is one that a walk would stop at."""
    lowered = text.lower()
    for part in _NOTABLE_PARTS:
        if part in lowered:
            return True
    pieces = _PIECE.findall(text)
    options = [piece for piece in pieces if piece[0] == "-"]
    for option in options:
        if option_kind(option[:NAME_LIMIT]):
            return True
    words = set(map(str.lower, pieces))
    words.update([word[: -len(SUFFIXES[0])] for word in words if word.endswith(SUFFIXES)])
    if not SETTERS.isdisjoint(words):
        return True
    return any(_takes(PROGRAMS[name], words, options) for name in words & PROGRAMS.keys())


def _takes(program: Program, words: set[str], options: list[str]) -> bool:
    """Whether a program that is named in the text may take a secret from the words and options beside it."""
    if program.after or program.windows:
        return True
    if program.when and program.when.isdisjoint(words):
        return False
    beginnings = ("-",) if program.cluster else tuple(program.options)
    return any(option.startswith(beginnings) for option in options)


def plain(items: Sequence[str]) -> bool:
    """Whether one look at all arguments tells that none is a secret: no option, no such program, no suspicion."""
    joined = "\0" + "\0".join(items)
    if suspicious(joined) or "\0-" in joined or "\0/p" in joined or "\\" in joined or not _NOTABLE.isdisjoint(items):
        return False
    return "/" not in joined or _NOTABLE.isdisjoint(item.rpartition("/")[2] for item in items)
