"""Random inputs, and inputs of the corpus with changes, without a compiler: python -m fuzz.volume calls|records ...

A worker lives for one plan: the cores never free a configuration, and nothing else may grow, so that growth shows.
"""

from __future__ import annotations

import argparse
import faulthandler
import random
import sys
from pathlib import Path

from fuzz import plans, worker
from fuzz.player import Player
from fuzz.records import Reader
from fuzz.replay import cores
from fuzz.tally import Tally

INPUT = 24_000
"""Bytes of a random input: some 400 calls, over which parsing and looking are spread."""
HANG_SECONDS = 120
GROWTH_KIB = 16 * 1024
"""More resident memory after the warm-up is growth: 110 bytes a record would be. What fills is bounded (recipes of
added events, values met by `first`, redaction's memos): processes of 600,000 records are flat from 500,000 on."""
FOLDER = Path(__file__).parent


class Inputs:
    """The inputs of a seed; the same ones each time.

    Args:
        target: `calls` or `records`.
        seed: of everything.
    """

    def __init__(self, target: str, seed: int) -> None:
        self._target, self._seed = target, seed
        self._files = [path.read_bytes() for path in sorted((FOLDER / "corpus" / target).iterdir())]
        self._plan = self._random("plan").randbytes(plans.LENGTH) if target == "calls" else b""

    def _random(self, what: object) -> random.Random:
        return random.Random(f"{self._target} {self._seed} {what}")

    def __getitem__(self, number: int) -> bytes:
        """One input; in those of calls the plan stays."""
        chance = self._random(number)
        if not self._files or chance.random() < 0.7:
            return self._plan + chance.randbytes(INPUT if self._plan else chance.choice((100, 1000, 4000)))
        data = bytearray(chance.choice(self._files)[len(self._plan) :] or b"\0")
        for _ in range(chance.randint(1, 12)):
            at = chance.randrange(len(data))
            data[at : at + chance.choice((0, 1, 1, 4))] = chance.randbytes(chance.choice((1, 1, 1, 4, 16)))
        return self._plan + bytes(data)


def save(target: str, seed: int, number: int, data: bytes, crashes: Path = FOLDER / "crashes") -> Path:
    """Keep an input that broke a law."""
    crashes.mkdir(parents=True, exist_ok=True)
    path = crashes / f"{target}-{seed}-{number}"
    path.write_bytes(data)
    return path


def live(target: str, seed: int, records: int, tally: Tally) -> None:
    """Play inputs until so many records were described."""
    inputs = Inputs(target, seed)
    play = Player(cores("both"), tally).play if target == "calls" else Reader(tally).read
    number = 0
    while tally["described"] < records:
        faulthandler.dump_traceback_later(HANG_SECONDS, exit=True)
        data = inputs[number]
        try:
            play(data)
        except Exception:
            path = save(target, seed, number, data)
            print(f"broke a law; alone: python -m fuzz.replay {target} {path}", file=sys.stderr)
            print(f"after what came before: python -m fuzz.volume {target} --seed {seed}", file=sys.stderr)
            raise
        number += 1
        worker.measure(tally)
    faulthandler.cancel_dump_traceback_later()
    worker.check_growth(tally, GROWTH_KIB)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m fuzz.volume", description=__doc__)
    parser.add_argument("target", choices=("calls", "records"))
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    live(arguments.target, arguments.seed, min(worker.records(), 1 << 40), worker.tally())


if __name__ == "__main__":
    main()
