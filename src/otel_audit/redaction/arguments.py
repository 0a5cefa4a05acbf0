"""Secrets among the arguments of a program, as a list."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from otel_audit.lazy import lazy
from otel_audit.redaction.hide import secret_part
from otel_audit.redaction.keys import harmless, key_kind
from otel_audit.redaction.masking import MARKED, Mark
from otel_audit.redaction.shapes import has_aws_id, mask_aws_secret
from otel_audit.redaction.walk import Hit, Walk

_ITEM_KEY = lazy(r"(?P<key>[\w.-]{1,256})=(?=.)", re.DOTALL)
_LATER_KEY = lazy(r"[,;](?P<key>[\w.-]{1,256})=(?=.)", re.DOTALL)


def mask_arguments(items: Sequence[str], text: Callable[[str], str], mark: Mark) -> list[str]:
    """Arguments of a program: an item is a value as a whole, whatever it holds."""
    out: list[str] = []
    walk, pending, shell = Walk(), None, False
    for item in items:
        if not item:
            out.append(item)
            pending = None
            continue
        hit = walk.option(item) if pending is not None and item[0] == "-" else None
        if pending is not None and pending.by_word and item[0] == "-":
            walk.expect(pending)
        elif pending is not None and hit is None:
            out.append(_hidden(item, pending, text, mark))
            pending = None
            continue
        hit = walk.take(item)
        pending = hit if hit is not None and hit.at < 0 else None
        if hit is not None and hit.at >= 0:
            out.append(_hidden(item, hit, text, mark))
        elif not shell and "=" in item and (pair := _pair(item)) is not None:
            out.append(text(item[: pair[0]] + _kept_or_marked(item[pair[0] :], pair[1], mark)))
        else:
            out.append(text(item))
        shell = item[0] in "-/" and item[-1] == "c"
    if any(map(has_aws_id, items)):
        return [mask_aws_secret(item, mark) for item in out]
    return out


def _hidden(item: str, hit: Hit, text: Callable[[str], str], mark: Mark) -> str:
    """Keeps what stands before the secret, and behind it."""
    first, last = secret_part(item, max(hit.at, 0), len(item), hit)
    if first >= last:
        return text(item)
    before = item[:first]
    return (text(before) if first > 2 else before) + _kept_or_marked(item[first:last], hit.kind, mark) + item[last:]


def _kept_or_marked(secret: str, kind: str, mark: Mark) -> str:
    return secret if MARKED.match(secret) else mark(kind, secret)


def _pair(item: str) -> tuple[int, str] | None:
    """Where the value of `KEY=value`, `--option=KEY=value` or `a=b,KEY=value` begins, and its kind."""
    at = 0
    for _ in range(2):
        match = _ITEM_KEY.match(item, at)
        if match is None:
            break
        if found := _announced(item, match):
            return found
        if key_kind(match["key"]):
            return None
        at = match.end()
    if "://" in item or ("," not in item and ";" not in item):
        return None
    for match in _LATER_KEY.finditer(item):
        if found := _announced(item, match):
            return found
    return None


def _announced(item: str, match: re.Match[str]) -> tuple[int, str] | None:
    kind = key_kind(match["key"])
    if kind is None or item.startswith(("PWD=/", "OLDPWD=/")) or harmless(match["key"], item[match.end() :]):
        return None
    return match.end(), kind
