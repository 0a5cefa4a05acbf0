"""Globs over event names: `*` and `?`, nothing else, so that both cores match alike."""

from __future__ import annotations


def is_glob(selector: str) -> bool:
    """Whether a selector holds `*` or `?`."""
    return "*" in selector or "?" in selector


def glob_match(pattern: str, name: str) -> bool:
    """`*` is any run of characters, the empty one too; `?` is one character; all else is itself, case included.

    Iterative, with one remembered star: at most len(pattern) * len(name) steps. The C core does the same; the Python
    core calls this one in its hook.
    """
    at = start = resume = 0
    star = -1
    while start < len(name):
        if at < len(pattern) and pattern[at] == "*":
            star, resume = at, start
            at += 1
        elif at < len(pattern) and pattern[at] in ("?", name[start]):
            at += 1
            start += 1
        elif star >= 0:
            resume += 1
            at, start = star + 1, resume
        else:
            return False
    return not pattern[at:].strip("*")
