"""A short script, as cron starts one: over in some 50 ms. `cron.py raise` ends by an exception."""

import subprocess
import sys

from offer import offer  # type: ignore[import-not-found]

offer("script", 200)
if sys.argv[1:] == ["subprocess"]:
    subprocess.run([sys.executable, "-c", "import offer; offer.offer('child', 300)"], check=True)
if sys.argv[1:] == ["raise"]:
    raise SystemExit(3)
