"""Secrets that exist in one run of one program only, and where they were put."""

from __future__ import annotations

import json
import secrets
import string
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.secrets.forms import HERE, Form

LETTERS = string.ascii_letters + string.digits


@dataclass(frozen=True)
class Planted:
    """One secret.

    Args:
        what: where it was put.
        secret: random, and in one piece: what is looked for.
        hidden: the argument is never captured, so that not even level `off` shows it.
        own: signals in which the application itself sends it, so that they prove nothing.
    """

    what: str
    secret: str
    hidden: bool = False
    own: tuple[str, ...] = ()


class Garden:
    """Makes secrets and remembers them."""

    def __init__(self) -> None:
        self.planted: list[Planted] = []

    def __call__(
        self,
        what: str,
        *,
        hidden: bool = False,
        alphabet: str = LETTERS,
        length: int = 24,
        own: tuple[str, ...] = (),
        write: Callable[[str], str] = str,
    ) -> str:
        """A new secret, as `write` writes it."""
        secret = "".join(secrets.choice(alphabet) for _ in range(length))
        self.planted.append(Planted(what, secret, hidden, own))
        written = write(secret)
        if written != secret:
            self.planted.append(Planted(f"{what} by {write.__name__}", written, hidden, own))
        return written

    def hidden(self, what: str) -> str:
        """A secret for an argument that is never captured."""
        return self(what, hidden=True)

    def said(self, form: Form, *, hidden: bool = False) -> str:
        """A text in one of the forms."""
        return form.template.replace(HERE, self(form.template, write=form.write, hidden=hidden))

    def save(self, path: str) -> None:
        """For the test that started the program."""
        Path(path).write_text(json.dumps([asdict(each) for each in self.planted]), encoding="utf-8")


def load(path: Path) -> list[Planted]:
    """What a program saved."""
    return [Planted(**{**each, "own": tuple(each["own"])}) for each in json.loads(path.read_text(encoding="utf-8"))]
