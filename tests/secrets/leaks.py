"""Whether anything of a secret is left in a text."""

from __future__ import annotations

from collections.abc import Iterable

from otel_audit.redaction import KINDS, Redactor
from tests.secrets.grammar import Said

SHOWN = 6
"""As many characters of a secret in a row are a leak."""
MARKERS = tuple(f"[redacted:{kind}{end}" for kind in KINDS for end in "]:")
"""Without a key, and the beginning of one with a keyed hash."""


def pieces(secret: str, size: int = SHOWN) -> set[str]:
    """Every run of `size` characters; the whole of a shorter one."""
    return {secret[at : at + size] for at in range(max(1, len(secret) - size + 1))}


def shown(secret: str, texts: Iterable[str], around: Iterable[str] = ()) -> set[str]:
    """Pieces of the secret in the texts that are not in what stands around it, or in a marker, as well."""
    joined, known = "\n".join(texts), "\n".join((*around, *MARKERS))
    return {piece for piece in pieces(secret) if piece in joined and piece not in known}


def redact(redactor: Redactor, items: tuple[str, ...], custom: bool) -> tuple[str, ...]:
    """As a record's attribute: one text, or a list of arguments."""
    if len(items) == 1:
        return (redactor.text(items[0], custom=custom),)
    found = redactor({"process.command_args": list(items)}, custom=custom)["process.command_args"]
    assert isinstance(found, list)
    return tuple(str(item) for item in found)


def check(redactor: Redactor, said: Said, custom: bool = False) -> None:
    """Nothing of the secret is left, and a second pass changes nothing."""
    found = redact(redactor, said.items, custom)
    assert not shown(said.secret, found, said.around), f"{said.form}: {said.items} -> {found}"
    assert redact(redactor, found, custom) == found, f"{said.form}: a second pass changes {found}"
