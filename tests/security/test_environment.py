"""What the environment can make the bridge load: nothing but what a configuration file names."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from otel_audit import settings
from otel_audit.errors import SettingsError
from otel_audit.settings import Settings
from tests.conftest import ROOT, Run
from tests.security.claims import proves

CANARY = "tests.security.programs.canary"
FILE = ROOT / f"{CANARY.replace('.', '/')}.py"
WAYS = (f"{CANARY}:loaded", CANARY, f"file:{FILE}", str(FILE))
"""How a value might name code: import path, module, file."""
PROGRAM = """
import json, os, sys
import otel_audit
status = otel_audit.install(core=sys.argv[1])
sys.audit("app.e", 1)
otel_audit.flush(10)
print(json.dumps([os.environ.get("CANARY_RAN", ""), "tests.security.programs.canary" in sys.modules]))
"""
OTHERS = ("OTEL_CONFIG_FILE", "PYTHONAUDIT", "TRACEPARENT", "TRACESTATE", "BAGGAGE", "OTEL_PYTHON_AUDIT_PROCESSORS")
VARIABLES = [row.variable for row in settings.ROWS] + list(OTHERS)


@proves(10)
def test_the_canary_sings(run_python: Run) -> None:
    assert FILE.exists()
    program = f"import {CANARY}\n" + PROGRAM
    assert run_python(program, "auto").result == ["yes", True]


@proves(10)
@pytest.mark.parametrize("variable", VARIABLES)
def test_no_variable_names_code(run_python: Run, variable: str, tmp_path: Path) -> None:
    """All ways at once would take one refusal for all of them, so each is tried, in one process after the other."""
    for way in WAYS:
        if variable == "OTEL_PYTHON_AUDIT_LOG_STREAM":
            way = str(tmp_path / way.replace("/", "_"))  # which would be written
        ran = run_python(PROGRAM, "auto", env={variable: way})
        assert ran.result == ["", False], way


@proves(10)
def test_only_a_file_names_code(run_python: Run, tmp_path: Path) -> None:
    path = tmp_path / "audit.toml"
    path.write_text(f'processors = ["{CANARY}:loaded"]\n')
    path.chmod(0o600)
    ran = run_python(PROGRAM, "auto", env={"OTEL_PYTHON_AUDIT_CONFIG_FILE": str(path)})
    assert ran.result == ["yes", True]


@proves(11)
@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_not_a_file_that_everybody_may_write(run_python: Run, tmp_path: Path) -> None:
    path = tmp_path / "audit.toml"
    path.write_text(f'processors = ["{CANARY}:loaded"]\n')
    path.chmod(0o606)
    ran = run_python(PROGRAM, "auto", env={"OTEL_PYTHON_AUDIT_CONFIG_FILE": str(path)})
    assert ran.result == ["", False]
    assert "every user may write it" in ran.err


@proves(11)
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_neither_a_pipe_nor_a_device_nor_an_endless_file_is_read(tmp_path: Path) -> None:
    pipe, large = tmp_path / "pipe.toml", tmp_path / "large.toml"
    os.mkfifo(pipe)
    large.write_text("#" * (256 * 1024 + 1))
    irregular, long = "not a regular file", "over 262144 bytes"
    for path, why in ((pipe, irregular), (Path("/dev/zero"), irregular), (large, long)):
        with pytest.raises(SettingsError, match=why):
            Settings(config_file=str(path))
        with pytest.raises(SettingsError):
            Settings(redact_key=f"file:{path}")


@proves(12)
def test_a_bad_setting_starts_nothing_and_stops_nothing(run_python: Run) -> None:
    bad = {"OTEL_PYTHON_AUDIT_INCLUDE": "socket.conect\n\x1b[2J", "OTEL_PYTHON_AUDIT_RING_SIZE": "1e99"}
    for name, value in bad.items():
        ran = run_python("import otel_audit, json; print(json.dumps(otel_audit.install().state))", env={name: value})
        assert ran.result == "refused"
        (line,) = ran.err.splitlines()
        assert line.isprintable()
        assert line.endswith("; the bridge is off")


@proves(12)
def test_the_key_of_the_hashes_is_never_shown(run_python: Run, tmp_path: Path) -> None:
    secret = "correct horse battery staple"
    program = """
import json, otel_audit
from otel_audit.cli import doctor
otel_audit.install(log_stream="stderr")
bridge = otel_audit.runtime.bridge()
doctor.main([])
print(repr(bridge.settings), json.dumps(otel_audit.health().as_dict()))
"""
    for given in (secret, f"file:{tmp_path / 'key'}"):
        (tmp_path / "key").write_text(secret)
        ran = run_python(program, env={"OTEL_PYTHON_AUDIT_REDACT_KEY": given})
        assert secret not in ran.out + ran.err
        assert "REDACT_KEY" in ran.out
    refused = run_python("import otel_audit; otel_audit.install()", env={"OTEL_PYTHON_AUDIT_REDACT_KEY": "tooshort1"})
    assert "tooshort1" not in refused.out + refused.err
    assert "REDACT_KEY" in refused.err
