"""Knows nothing of telemetry; says which Python it runs on."""

import subprocess
import sys

subprocess.run([sys.executable, "-S", "-c", ""], check=True)
print(".".join(map(str, sys.version_info[:2])))
