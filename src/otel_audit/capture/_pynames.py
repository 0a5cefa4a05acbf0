"""Names in the Python core: the twin of what _state.h says of them. Runs in the hook."""

from __future__ import annotations

import re

from otel_audit.capture._pystate import MAX_INTERNED, MAX_NAME, Entry, State
from otel_audit.model import MESSAGE_ID, OTHER_ID
from otel_audit.selectors import glob_match

_space = re.compile(r"\s").search
"""What str.isspace() has as white space, in all of Unicode."""


def _is_message(name: str) -> bool:
    if len(name) > MAX_NAME or _space(name) is not None:
        return True
    return not name.isascii() and len(name.encode("utf-8", "surrogatepass")) > MAX_NAME


def intern(s: State, name: str) -> Entry | None:
    """Resolve a name that is in no row: once, or each time where it is a message or the table is full."""
    if _is_message(name):
        return s.by_id[MESSAGE_ID]
    selected, include, exclude, sampling, rule, value, kinds, located, location = s.unknown
    selected = not any(glob_match(glob, name) for glob, _, _ in exclude) and (
        selected or any(glob_match(glob, name) for glob, _, _ in include)
    )
    if len(s.by_id) >= s.named + MAX_INTERNED:
        return s.by_id[OTHER_ID] if selected else None
    for glob, glob_rule, glob_value in sampling:
        if glob_match(glob, name):
            rule, value = glob_rule, glob_value
            break
    for glob, _, chance in located:
        if glob_match(glob, name):
            location = chance
            break
    id_ = next(s.ids)  # one step: another thread may be here too
    if id_ >= s.named + MAX_INTERNED:
        return s.by_id[OTHER_ID] if selected else None
    entry = s.by_id[id_] = Entry(id_, name, selected, kinds, rule, value, False, location, location)
    return s.table.setdefault(name, entry)  # a lost race wastes one id
