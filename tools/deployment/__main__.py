"""Lints deploy/: Dockerfiles, scripts, YAML, functions, Kubernetes manifests, the operator's resource.

The configurations of the servers are checked by these servers themselves, in tests_stack.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from tools.backends import BackendError
from tools.deployment import kubernetes, linters
from tools.deployment.problem import Problem

FOLDER = Path(__file__).parents[2] / "deploy"
CHECKS: dict[str, Callable[[Path], Iterable[Problem]]] = {
    "Dockerfiles (hadolint)": linters.hadolint,
    "scripts (shellcheck)": linters.shellcheck,
    "YAML (yamllint)": linters.yamllint,
    "templates of functions (cfn-lint)": linters.cfn_lint,
    f"manifests, Kubernetes {' and '.join(kubernetes.VERSIONS)}": kubernetes.manifests,
    "Instrumentation (the operator's definition)": kubernetes.instrumentations,
    "kustomizations": kubernetes.kustomizations,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0 nothing is wrong, 1 something is, 2 the checks cannot run."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.deployment", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER, help="default: deploy")
    options = parser.parse_args(arguments)
    if not options.folder.is_dir():
        parser.error(f"{options.folder}: expected a folder")
    try:
        found = [_say(name, list(check(options.folder.resolve()))) for name, check in CHECKS.items()]
    except BackendError as error:
        print(f"deployment: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\ndeployment: interrupted", file=sys.stderr)
        return 130
    return 1 if any(found) else 0


def _say(name: str, problems: list[Problem]) -> int:
    print(f"{name}: {len(problems) or 'no'} problem{'s' if len(problems) != 1 else ''}", flush=True)
    for problem in problems:
        print(f"  {problem.file}: {problem.text}")
    return len(problems)


if __name__ == "__main__":
    sys.exit(main())
