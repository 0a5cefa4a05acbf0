"""Drives the C reader and the first look in C through all they do: for a sanitizer, or with --growth.

python -m tools.stress_reader [--rounds 30] [--growth]
"""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Iterable

from otel_audit import _wire, wire
from otel_audit.redaction import _calm
from otel_audit.redaction.glance import calm_in_python
from tools import stressing

KEYS = {"file.path", "process.command_args"}
WORDS = (
    "git", "-p", "--password", "/dbpassword", "/srv/app", "MYSQL.EXE", "xoxb-abcdefghijkl", "ghp_" + "a" * 40, "x=y",
    "a b", "…", "é", "\U00010000", "", "dapi" + "0" * 40, "-" * 300, "1//0" + "a" * 40, "M" + "a" * 23 + ".", "ya29.",
)  # fmt: skip


def text(tag: int) -> bytes:
    """Of any bytes, or a path's part."""
    data = random.choice(
        (b"", b"/", b"/srv/app", b"a" * random.randint(0, 1100), "é…".encode(), b"\xff", b"\xed\xb3\xbf")
    )
    return bytes((tag,)) + struct.pack("=H", len(data)) + data


def value(depth: int = 0) -> bytes:
    """One of every tag, and of one nobody writes."""
    tag = random.choice((*range(16), 16) if depth < 5 else range(11))
    name = bytes((3,)) + b"str"
    if tag in (4, 5, 6):
        return bytes((tag,)) + random.randbytes(8)
    if 7 <= tag <= 10:
        return text(tag)
    if tag in (11, 12):
        return bytes((tag,)) + (random.randbytes(8) if tag == 11 else b"") + name
    if tag == 13:
        number = random.randint(0, 4)
        return b"\x0d" + random.randbytes(4) + bytes((number,)) + b"".join(value(depth + 1) for _ in range(number))
    if tag == 14:
        return b"\x0e" + text(7) + text(7) + b"\x04" + random.randbytes(8)
    if tag == 15:
        number = random.randint(0, 6)
        return b"\x0f" + bytes((number,)) + b"".join(text(7) for _ in range(number))
    return bytes((tag,))


def section() -> bytes:
    """Of every type, and of one nobody knows."""
    data = random.choice((b"", b"a\0b", b"text", struct.pack("=IH", 7, 2) + b"fnfile", random.randbytes(12)))
    return struct.pack("=HH", random.randint(0, 5), len(data)) + data


def record() -> bytes:
    """Mostly whole."""
    values = [value() for _ in range(random.randint(0, 5))]
    sections = [section() for _ in range(random.randint(0, 3))]
    content, tail = b"".join(values), b"".join(sections)
    head = wire.HEADER.pack(
        0, random.choice((1, 1, 1, 1, 9)), random.randint(0, 7), 5, 1, 2, random.randbytes(16), random.randbytes(8),
        3, 0, 1, len(values), 3, 4, len(content), len(sections), 0,
    )  # fmt: skip
    made = head + b"main" + content + tail
    if random.random() < 0.3:
        made = made[: random.randint(0, len(made))]
    if made and random.random() < 0.3:
        at = random.randrange(len(made))
        made = made[:at] + random.randbytes(1) + made[at + 1 :]
    return made


def ring() -> bytes:
    """Several after one another, each with its length; seldom one that lies about it."""
    made = [data + bytes(-len(data) % 8) for data in (record() for _ in range(random.randint(0, 4)))]
    lie = random.choice((0, 0, 0, 8, -80))
    return b"".join(struct.pack("=I", max(0, len(data) + lie)) + data[4:] for data in made)


def read(reader: wire.Reader, data: bytes) -> str:
    """What comes out."""
    try:
        return repr(reader(data, 0))
    except wire.LayoutError as error:
        return repr(error)


def offsets(split: Callable[[bytes], Iterable[int]], data: bytes) -> list[object]:
    """Where records begin, up to what is none."""
    found: list[object] = []
    try:
        found.extend(split(data))
    except wire.LayoutError as error:
        found.append(repr(error))
    return found


def attributes() -> dict[str, object]:
    """A few, of every type."""
    words = [random.choice(WORDS) + random.choice(WORDS) for _ in range(random.randint(0, 5))]
    return {"file.path": random.choice(WORDS), "process.command_args": words, "n": 7, "x": random.choice((1.5, True))}


def chaos(rounds: int) -> None:
    """Both make the same; the first look is never surer than Python's."""
    for _ in range(rounds):
        data, given = record(), attributes()
        assert read(_wire.decode, data) == read(wire.decode_in_python, data), data
        many = ring()
        assert offsets(_wire.split, many) == offsets(wire.split_in_python, many), many
        assert calm_in_python(given, KEYS) or not _calm.calm(given, KEYS), given  # type: ignore[arg-type]


def growth() -> None:
    """Reading and looking, many times."""
    random.seed(1)
    records, given, rings = zip(*((record(), attributes(), ring()) for _ in range(300)))

    def run(times: int) -> None:
        for at in range(times):
            read(_wire.decode, records[at % 300])
            offsets(_wire.split, rings[at % 300])
            _calm.calm(given[at % 300], KEYS)

    stressing.growth(run)


if __name__ == "__main__":
    stressing.main(__doc__, _wire, lambda seed: stressing.crowd(seed, lambda: chaos(200)), growth)
