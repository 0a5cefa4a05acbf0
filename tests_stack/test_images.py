"""The Dockerfiles of deploy/, carried out without Docker (rehearsal.py): they build, and what they build works as said.

What stands for the base images is this machine. No image was built or pulled here; deploy/README.md says so.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path
from sysconfig import get_python_version

import pytest

from tests.receiver import Receiver
from tests_stack import rehearsal
from tools.backends.ports import addresses
from tools.wheels.interpreters import installed

ROOT = Path(__file__).parents[1]
BUILDING, PATIENCE = 480.0, 60.0
"""Seconds: packages are fetched, and the hook is compiled for every Python."""
NAMESPACE = ("unshare", "--mount", "--propagation", "private")
OPERATORS = "deploy/operator/Dockerfile"
EXPORTS = {f"OTEL_{signal}_EXPORTER": "otlp" for signal in ("TRACES", "METRICS", "LOGS")}


@pytest.fixture(scope="module", autouse=True)
def _allowed() -> None:
    """Skip where it cannot be done; fail where nobody would read of that."""
    reason = _refusal()
    if reason and os.environ.get("CI"):
        pytest.fail(f"expected a machine that can carry out Dockerfiles in CI: {reason}")
    if reason:
        pytest.skip(reason)


def _refusal() -> str:
    """Why this machine cannot do it; empty where it can."""
    if os.geteuid() != 0:
        return "carrying out a Dockerfile needs root"
    with tempfile.TemporaryDirectory() as folder:
        script = f"mount -t tmpfs none {folder} && cd {folder} && mkdir u w m && "
        script += "mount -t overlay overlay -o lowerdir=/,upperdir=u,workdir=w m && chroot m true"
        tried = subprocess.run([*NAMESPACE, "sh", "-c", script], capture_output=True, text=True)
    return tried.stderr.strip() if tried.returncode else ""


def interpreters() -> dict[str, Path]:
    """Those of this machine that are supported, by `3.X`, the oldest first."""
    found = {version: path.resolve() for version, path in installed().items() if fnmatch(version, "3.1[0-4]")}
    return found or {get_python_version(): Path(sys.executable).resolve()}


@contextmanager
def container(folder: Path, dockerfile: str, *options: str, command: list[str]) -> Iterator[subprocess.Popen[str]]:
    """A program in the last stage of a Dockerfile, from the moment its build starts."""
    scratch, log = folder / "scratch", folder / "log"
    scratch.mkdir()
    folder.chmod(0o755)
    words = [*NAMESPACE, sys.executable, "-m", "tests_stack.rehearsal"]
    words += [str(ROOT / dockerfile), "--scratch", str(scratch), *options, "--", *command]
    with log.open("wb") as output:
        process = subprocess.Popen(
            words, cwd=ROOT, stdout=subprocess.PIPE, stderr=output, stdin=subprocess.DEVNULL, text=True
        )
    try:
        yield process
    except BaseException:
        print(log.read_text(encoding="utf-8", errors="replace")[-6000:])
        raise
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()
        shutil.rmtree(scratch, ignore_errors=True)


def operators_version() -> str:
    """What the operator's image has of OpenTelemetry's distro: the two have one number."""
    text = (ROOT / OPERATORS).read_text(encoding="utf-8")
    (version,) = re.findall(r"^ARG OPERATOR=\S+/autoinstrumentation-python:(\S+)$", text, re.MULTILINE)
    return str(version)


def answers(url: str, process: subprocess.Popen[str]) -> None:
    """Wait until a page is there."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    end = time.monotonic() + BUILDING
    while True:
        assert process.poll() is None, "it ended before it answered"
        assert time.monotonic() < end, f"{url}: nothing within {BUILDING:.0f} s"
        try:
            with opener.open(url, timeout=PATIENCE) as answer:
                assert answer.status == 200
                return
        except OSError:
            time.sleep(0.2)


def test_a_stage_resolves_names_as_this_machine_does(tmp_path: Path) -> None:
    # In a container the file is a mount, elsewhere a link into one: an overlay of the root shows neither.
    (tmp_path / "own").write_text("nameserver 192.0.2.1\n", encoding="utf-8")
    dockerfile = tmp_path / "Dockerfile"
    dockerfile.write_text('FROM scratch\nCMD ["cat", "/etc/resolv.conf"]\n', encoding="utf-8")
    dockerfile.with_name("Dockerfile.dockerignore").write_text("*\n", encoding="utf-8")
    (tmp_path / "scratch").mkdir()
    script = f'mount --bind {tmp_path}/own /etc/resolv.conf; exec "$@"'
    rehearse = [sys.executable, "-m", "tests_stack.rehearsal", str(dockerfile), "--scratch", str(tmp_path / "scratch")]
    words = [*NAMESPACE, "sh", "-ec", script, "sh", *rehearse]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE)
    assert (done.returncode, done.stdout) == (0, "nameserver 192.0.2.1\n"), done.stderr


def test_the_application_image_serves_as_nobody_on_a_read_only_root_and_reports(tmp_path: Path) -> None:
    dockerfile = "deploy/docker/Dockerfile"
    text = (ROOT / dockerfile).read_text(encoding="utf-8")
    (command,) = [rest for word, rest in rehearsal.instructions(text) if word == "CMD"]
    (address,) = addresses(1)
    shown = command.strip("[]").replace('"', "").split(", ")
    assert shown[-5:] == ["--host", "0.0.0.0", "--port", "8000", "app:app"]
    run = [*shown[:-4], "127.0.0.1", "--port", address.rpartition(":")[2], "app:app"]
    *_, newest = interpreters().values()
    with Receiver() as receiver:
        exports = {**receiver.env(), "OTEL_SERVICE_NAME": "orders", "OTEL_METRIC_EXPORT_INTERVAL": "500"}
        variables = [word for name, value in exports.items() for word in ("--env", f"{name}={value}")]
        options = ("--python", str(newest), "--tmp", *variables)
        with container(tmp_path, dockerfile, *options, command=run) as process:
            answers(f"http://{address}/healthz", process)
            status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
            assert "Uid:\t65532\t65532\t65532\t65532" in status
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE) == -signal.SIGTERM  # uvicorn raises it again when it has stopped
        said = (tmp_path / "log").read_text(encoding="utf-8")
        assert "otel-audit:" not in said
        assert "Read-only file system" not in said
        assert "GET /healthz" in {span.name for span in receiver.spans}
        assert "python.audit.sqlite3.connect" in {log.event_name for log in receiver.logs}
        (core,) = receiver.metric_by("python.audit.bridge.status", "python.audit.bridge.core")
        assert core == "c"


def test_the_operators_image_has_a_compiled_hook_for_every_python(tmp_path: Path) -> None:
    pythons = interpreters()
    target = "/tmp/otel-auto-instrumentation-python"  # the operator's own folder, on the pod's volume
    tags = [version.replace(".", "") for version in pythons]
    # What the operator does: its init container copies, and it sets these variables on the pod.
    path = f"{target}/opentelemetry/instrumentation/auto_instrumentation:{target}"
    program = ROOT / "tests_stack" / "programs" / "injected.py"
    script = f"cp -r /autoinstrumentation/. {target}\nexport PYTHONPATH={path}\n"
    start = "OTEL_SERVICE_NAME=on-{0} /opt/python/cp{0}-cp{0}/bin/python /tmp/injected.py"
    script += "\n".join(start.format(tag) for tag in tags)
    # The official image: OpenTelemetry's packages, installed by Python 3.11; the exporter is that for HTTP.
    version = operators_version()
    packages = f"opentelemetry-distro=={version} opentelemetry-instrumentation-threading=={version}"
    packages += " opentelemetry-exporter-otlp-proto-http"  # the distro says which
    eleven = pythons.get("3.11") or next(iter(pythons.values()))
    base = f"autoinstrumentation-python={eleven} -m pip install --quiet --target /autoinstrumentation {packages}"
    with Receiver() as receiver:
        exports = {**receiver.env("http/protobuf"), **EXPORTS, "INJECTED": program.read_text(encoding="utf-8")}
        exports["OTEL_PYTHON_AUDIT_CORE"] = "c"  # and no quiet fallback
        variables = [word for name, value in exports.items() for word in ("--env", f"{name}={value}")]
        options = [word for python in pythons.values() for word in ("--python", str(python))]
        command = ["sh", "-ec", f'printf %s "$INJECTED" >/tmp/injected.py\n{script}']
        chosen = ["--base", base, "--skip", "musl", "--tmp", *options, *variables]
        with container(tmp_path, OPERATORS, *chosen, command=command) as process:
            out, _ = process.communicate(timeout=BUILDING)
            assert process.returncode == 0
        assert out.split() == list(pythons)
        assert "otel-audit:" not in (tmp_path / "log").read_text(encoding="utf-8")
        assert {log.resource["telemetry.auto.version"] for log in receiver.logs} == {version}
        started = [log.resource["service.name"] for log in receiver.logs if log.event_name.endswith("subprocess.Popen")]
        assert sorted(map(str, started)) == [f"on-{tag}" for tag in tags]
