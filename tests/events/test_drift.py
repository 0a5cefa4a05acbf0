"""What the running interpreter can raise is what the catalogue says: a new Python version shows here what is new.

That a name in no row stays usable is held elsewhere, too: its attributes in test_describe.py, its plan in test_plan.py.
"""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from otel_audit.events import CATALOGUE
from otel_audit.model import Arg, Event
from tests.conftest import Run
from tools.drift import __main__ as command
from tools.drift import documentation, formats, python_sites
from tools.drift.compare import Comparison, Difference
from tools.drift.interpreter import Found, look
from tools.drift.sites import Site

COMPILER = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
READABLE = sys.platform == "linux" and platform.machine() in ("x86_64", "aarch64")
compiles = pytest.mark.skipif(not (COMPILER and READABLE), reason="needs a C compiler for ELF on x86-64 or aarch64")

UNHEARD = Site("os.unheard_of", "os.py:1", 2, "path, mode")


@pytest.fixture(scope="module")
def found() -> Found:
    """One look through the running interpreter."""
    return look(CATALOGUE)


def lines(differences: list[Difference]) -> str:
    return "\n".join(map(str, differences))


def test_this_interpreter_raises_what_the_catalogue_says(found: Found) -> None:
    differences = [each for each in Comparison(found, CATALOGUE).differences() if each.kind != "missing"]
    assert not differences, lines(differences)


def test_what_the_catalogue_says_is_raised_here(found: Found) -> None:
    if not found.read:
        pytest.skip("; ".join(found.notes))
    differences = [each for each in Comparison(found, CATALOGUE).differences() if each.kind == "missing"]
    assert not differences, lines(differences)


def test_both_halves_of_the_interpreter_were_looked_at(found: Found) -> None:
    names = {site.name: site.where for site in found.sites}
    assert names["shutil.copyfile"].startswith("shutil.py:")
    assert "import" in found.documented
    assert not found.read or "python3" in names["os.listdir"].partition(":")[0]


Change = Callable[[dict[str, Event]], None]


def _forget(name: str) -> Change:
    return lambda rows: rows.pop(name) and None


def _row(event: Event) -> Change:
    return lambda rows: rows.update({event.name: event})


@pytest.mark.parametrize(
    ("change", "kind", "name"),
    [
        (_forget("shutil.copyfile"), "new", "shutil.copyfile"),
        (_row(Event("shutil.copyfile", "filesystem", (Arg("src"),))), "arguments", "shutil.copyfile"),
        (_row(CATALOGUE["shutil.copyfile"]._replace(since="3.99")), "version", "shutil.copyfile"),
        (_row(CATALOGUE["shutil.copyfile"]._replace(until="3.8")), "version", "shutil.copyfile"),
        (_row(Event("shutil.unheard_of", "filesystem")), "missing", "shutil.unheard_of"),
    ],
)
def test_a_wrong_catalogue_is_one_line(found: Found, change: Change, kind: str, name: str) -> None:
    rows = dict(CATALOGUE)
    change(rows)
    (difference,) = Comparison(found, rows).differences()
    assert (difference.kind, difference.name) == (kind, name)


def compared(*sites: Site, catalogue: Mapping[str, Event] = CATALOGUE, version: str = "3.11") -> list[str]:
    """What differs where an interpreter has these call sites, rows that are missing left out."""
    differences = Comparison(Found(list(sites)), catalogue, version, "linux").differences()
    return [str(each) for each in differences if each.kind != "missing"]


def test_a_new_event_is_told_with_its_arguments_and_place() -> None:
    assert compared(UNHEARD) == ["new: os.unheard_of(path, mode), raised by os.py:1"]


def test_an_event_of_another_platform_is_told() -> None:
    (line,) = compared(Site("winreg.OpenKey", "winreg.so:f", None))
    assert line.startswith("platform: winreg.OpenKey is here")


@pytest.mark.parametrize(("version", "lines"), [("3.10", 0), ("3.11", 1)])
def test_arguments_that_came_later_are_explained(version: str, lines: int) -> None:
    assert len(compared(Site("shutil.rmtree", "shutil.py:1", 1, "path"), version=version)) == lines


def test_one_object_may_be_a_tuple_of_arguments() -> None:
    site = Site("ctypes.dlsym/handle", "_ctypes.so:py_dl_sym", 1, "O")
    assert compared(site) == []
    assert len(compared(site._replace(format="i"))) == 1


def test_a_name_known_only_when_it_runs_is_told_unless_explained() -> None:
    core = Site("?", "libpython3.11.so.1.0:sys_audit", 1, "O", dynamic=True)
    assert compared(core) == []
    assert len(compared(core, core)) == 1
    assert len(compared(core._replace(where="_ssl.so:connect"))) == 1


def test_a_documented_name_without_a_row_is_told() -> None:
    found = Found(documented={"os.unheard_of", "os.listdir", "sys.set_asyncgen_hooks_finalizer"})
    assert [each.name for each in Comparison(found, CATALOGUE).unknown()] == ["os.unheard_of"]


SOURCE = """
import sys as system, sys
from sys import audit as tell
raised = system.audit
sys.audit("plain", 1, 2)
system.audit("module.alias")
tell("function.alias", *values)
raised("assigned", 1)
sys.audit("left" if values else "right", 1)
sys.audit(f"user {name}", 1)
logger.audit("not.an.event")
"""


def test_python_calls_are_found_in_every_spelling(tmp_path: Path) -> None:
    (tmp_path / "library.py").write_text(SOURCE)
    (tmp_path / "test").mkdir()
    (tmp_path / "test" / "of_library.py").write_text(SOURCE)
    (tmp_path / "broken.py").write_text("audit (")
    sites = sorted(python_sites.scan(tmp_path), key=lambda site: int(site.where.partition(":")[2]))
    assert [(site.name, site.arguments, site.dynamic) for site in sites] == [
        ("plain", 2, False),
        ("module.alias", 0, False),
        ("function.alias", None, False),
        ("assigned", 1, False),
        ("left", 1, False),
        ("right", 1, False),
        ("f'user {name}'", 1, True),
    ]
    assert {site.where.partition(":")[0] for site in sites} == {"library.py"}


@pytest.mark.parametrize(
    ("text", "count"),
    [("", 0), ("O", 1), ("sO", 2), ("OOiOO", 5), ("y#O&", 2), ("(OO)", 2), ("((OO)i)", 2), ("O(ii)", 2), ("()", 0)],
)
def test_a_format_tells_the_number_of_arguments(text: str, count: int) -> None:
    assert formats.count(text) == count


def compiled(directory: Path, *options: str) -> Path:
    """A shared object from drift_sites.c."""
    path = directory / "drift_sites.so"
    source = Path(__file__).with_name("drift_sites.c")
    shared = ("-O2", "-fPIC", "-shared", "-o", str(path), str(source))
    subprocess.run([str(COMPILER), *options, *shared], check=True, capture_output=True)
    return path


def machine_sites(path: Path, known: tuple[str, ...] = ()) -> set[tuple[str, int | None, bool]]:
    elf_sites = pytest.importorskip("tools.drift.elf_sites", reason="needs the disassembler")
    return {(site.name, site.arguments, site.dynamic) for site in elf_sites.scan(path, known)}


IN_C = {
    ("drift.plain", 2, False),
    ("drift.last", 1, False),
    ("drift.none", 0, False),
    ("drift.before", 1, False),
    ("drift.left", 2, False),
    ("drift.right", 2, False),
    ("drift.handed", 3, False),
    ("drift.over", 3, False),
    ("drift.shown", 2, False),
    ("drift.beside", 1, False),
    ("drift.uncalled", 1, False),
    ("?", 1, True),
    ("?", None, True),
}


@compiles
@pytest.mark.parametrize(
    "options", [(), ("-s",), ("-fno-plt",), ("-Wl,-z,now",), ("-Os", "-s")], ids=lambda each: " ".join(each) or "plain"
)
def test_machine_code_calls_are_found_through_every_linkage(tmp_path: Path, options: tuple[str, ...]) -> None:
    if platform.machine() == "aarch64" and "-fno-plt" in options:
        pytest.skip("calls through a slot without a stub are followed on x86-64 only")
    assert machine_sites(compiled(tmp_path, *options)) == IN_C


@compiles
@pytest.mark.parametrize("options", [(), ("-s",)], ids=["symbols", "stripped"])
def test_machine_code_of_the_interpreter_itself_is_followed(tmp_path: Path, options: tuple[str, ...]) -> None:
    sites = machine_sites(compiled(tmp_path, "-DCORE", *options))
    assert sites == IN_C | {("drift.private", 2, False)}


@compiles
@pytest.mark.skipif(platform.machine() != "x86_64", reason="names are traced to their loads on x86-64 only")
def test_a_copy_without_a_symbol_is_known_by_the_names_it_gets(tmp_path: Path) -> None:
    sites = machine_sites(compiled(tmp_path, "-DCORE", "-s"), known=("drift.known", "drift.elsewhere"))
    assert sites == IN_C | {("drift.private", 2, False), ("drift.known", None, False), ("drift.unheard", None, False)}


@compiles
def test_a_new_event_of_an_extension_is_reported(tmp_path: Path) -> None:
    found = Found()
    found.add_images([compiled(tmp_path)], CATALOGUE)
    if not found.read:
        pytest.skip("; ".join(found.notes))
    told = [str(each) for each in Comparison(found, CATALOGUE).unknown()]
    assert "new: drift.plain(Oi), raised by drift_sites.so:plain" in told
    assert "dynamic: ? at drift_sites.so:dynamic (i): the name is known only when it runs" in told


AARCH64 = bytes.fromhex(
    "88ffff90 086d0f91"  # adrp x8, page; add x8, x8, #0x3db
    "89ffff90 29410f91"  # adrp x9, page; add x9, x9, #0x3d0
    "f30301aa 3401889a"  # mov x19, x1; csel x20, x9, x8, eq
    "82000094"  # bl of another function
    "81ffff90 21a40f91"  # adrp x1, page; add x1, x1, #0x3e9
    "e00314aa e20313aa"  # mov x0, x20; mov x2, x19
    "76000094 c0035fd6"  # bl, ret
)
"""What clang makes of a name chosen before a call: the function `either` of drift_sites.c."""


def test_aarch64_registers_are_followed_over_calls() -> None:
    machine = pytest.importorskip("tools.drift.machine", reason="needs the disassembler")
    paths = pytest.importorskip("tools.drift.paths", reason="needs the disassembler")
    start = 0x11000
    page = (start >> 12) - 0x10 << 12
    first, last = paths.Paths(machine.Aarch64(), AARCH64, start).calls()
    assert "x1" not in first.state or machine.Parameter(1) in first.state["x1"]
    assert last.state["x0"] == {page + 0x3D0, page + 0x3DB}
    assert last.state["x1"] == {page + 0x3E9}
    assert last.state["x2"] == {machine.Parameter(1)}


def test_without_a_disassembler_strings_stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tools.drift.elf_sites", None)
    image = tmp_path / "image.so"
    image.write_bytes(b"\0os.listdir\0")
    found = Found()
    found.add_images([image], CATALOGUE)
    missing = {each.name for each in Comparison(found, CATALOGUE, platform="linux").differences()}
    assert "tools.drift.elf_sites" in found.notes[0]
    assert "os.listdir" not in missing
    assert "os.system" in missing


def test_what_is_no_elf_file_says_so(tmp_path: Path) -> None:
    pytest.importorskip("tools.drift.elf_sites", reason="needs the disassembler")
    image = tmp_path / "image.dylib"
    image.write_bytes(b"\xcf\xfa\xed\xfe")
    found = Found()
    found.add_images([image], CATALOGUE)
    assert found.notes == [
        "machine code of 1 file(s) was searched for strings only: image.dylib is not a 64-bit little-endian ELF file"
    ]


PAGE = """<table><tbody>
<tr class="row-even"><td><p>os.unheard_of</p></td>
<td><p><code class="docutils literal notranslate"><span class="pre">path</span></code></p></td></tr>
<tr class="row-odd"><td>import</td><td></td></tr>
</tbody></table>"""


def test_the_documentations_table_is_read(tmp_path: Path) -> None:
    page = tmp_path / "share" / "doc" / "python{}.{}-doc".format(*sys.version_info) / "html" / "library"
    page.mkdir(parents=True)
    (page / "audit_events.html").write_text(PAGE)
    (table,) = documentation.tables(tmp_path)
    assert list(documentation.rows(table)) == ["os.unheard_of", "import"]


@pytest.mark.parametrize(("sites", "code"), [((), 0), ((UNHEARD,), 1)])
def test_the_command_fails_on_drift(
    found: Found,
    sites: tuple[Site, ...],
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(command, "look", lambda known: replace(found, sites=[*found.sites, *sites]))
    assert command.main(["--json"]) == code
    told = json.loads(capsys.readouterr().out)
    assert [each["name"] for each in told["differences"]] == [site.name for site in sites]
    assert command.main([]) == code
    assert f"{code} differences" in capsys.readouterr().out


NEXT_VERSION = """
import sys, otel_audit
otel_audit.install(core=sys.argv[1], include="custom", signals="none", log_stream=sys.argv[2], log_format="json")
sys.audit("os.unheard_of", "/etc/motd", 3)
assert otel_audit.flush()
"""


def test_an_event_of_the_next_version_comes_through(run_python: Run, core: str, tmp_path: Path) -> None:
    log = tmp_path / "audit.jsonl"
    run_python(NEXT_VERSION, core, str(log))
    (record,) = map(json.loads, log.read_text(encoding="utf-8").splitlines())
    told = {key: record[f"python.audit.{key}"] for key in ("event", "group", "args")}
    assert told == {"event": "os.unheard_of", "group": "custom", "args": "/etc/motd, 3"}
