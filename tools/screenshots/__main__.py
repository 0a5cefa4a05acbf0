"""Makes the images of the documentation: `python -m tools.screenshots [NAME ...]`.

Everything in them is real: the shop runs, its telemetry goes through a collector into Prometheus and the Aspire
dashboard, a headless Chromium looks at the pages. Names: {names}; all of them unless given.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Error as PageError

from tools.backends import BackendError, Stack, stack, until
from tools.screenshots.browser import browser
from tools.screenshots.images import save
from tools.screenshots.pages import IMAGES, OF_BACKENDS, Studio
from tools.screenshots.shop import Shop, shop

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "images"
ROUNDS = 200
"""Of the shop's traffic, half a minute: enough for a curve."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0, or 1 after a line that says what went wrong."""
    parser = _parser()
    options = parser.parse_args(arguments)
    for name in options.names:
        if name not in IMAGES:
            parser.error(f"{name}: expected one of {', '.join(IMAGES)}")
    try:
        for file in _take(options.names or list(IMAGES), options.into):
            print(f"{file} ({file.stat().st_size // 1000} kB)", flush=True)
    except (BackendError, ValueError, PageError) as error:
        print(f"screenshots: {error}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        print(f"screenshots: {error}\n{error.stderr[-2000:]}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    description = (__doc__ or "").format(names=", ".join(IMAGES))
    parser = argparse.ArgumentParser("python -m tools.screenshots", description=description)
    parser.add_argument("names", nargs="*", metavar="NAME", help="images to make")
    parser.add_argument("--into", type=Path, default=FOLDER, metavar="FOLDER", help="default: docs/images")
    return parser


def _take(names: Sequence[str], into: Path) -> Iterator[Path]:
    needed = not set(OF_BACKENDS).isdisjoint(names)
    with shop() as place, _backends(place, needed=needed) as backends, browser() as running:
        studio = Studio(running, backends, place)
        for name in names:
            file = into / f"{name}.png"
            save(IMAGES[name](studio), file)
            yield file


@contextmanager
def _backends(place: Shop, *, needed: bool) -> Iterator[Stack | None]:
    """The backends, with all that the shop had to say; None where no picture needs them."""
    if not needed:
        yield None
        return
    with tempfile.TemporaryDirectory() as folder, stack(Path(folder)) as backends:
        names = backends.environment(service="shop", instance="shop-1", deployment="production")
        alone = str(Path(__file__).with_name("alone.py"))
        place.run("opentelemetry-instrument", str(place.python), alone, "app.py", "--demo", str(ROUNDS), **names)
        # The last collection at exit has all rounds.
        until(lambda: bool(backends.query(f"sum(python_audit_events_total) > {ROUNDS}")), "the counters have arrived")
        yield backends


if __name__ == "__main__":
    sys.exit(main())
