"""A dashboard as TypeScript that only compiles when Grafana's types accept it.

Each object is written as a literal of its type, so that unknown keys are errors too, not only wrong values.
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tools.schema.problem import Document, Problem

COMPILE_TIMEOUT_S = 300
TYPED_PANELS = {"logs": "Logs", "stat": "Stat", "table": "Table", "timeseries": "TimeSeries"}
"""Panels whose options have published types, and their names there."""
UNTYPED_PANELS = frozenset({"row", "traces"})
WITH_FIELD_CONFIG = frozenset({"table", "timeseries"})

_ERROR = re.compile(r"^(\w+)\.ts\((\d+),\d+\): (.*)$")

_JSON = """
/** A type as JSON spells it: the members of a string enumeration are their strings. */
type Json<T> = 0 extends 1 & T ? any
  : T extends string ? `${T}`
  : T extends number | boolean | null | undefined ? T
  : T extends Array<infer U> ? Array<Json<U>>
  : T extends object ? { [K in keyof T]: Json<T[K]> }
  : T;
"""

_OWN = """
/** The SDK writes the keys of interval variables into every variable; the published types have them in none. */
type Interval = { auto?: boolean; auto_min?: string; auto_count?: number };
type Board = Omit<Dashboard, "templating"> & { templating?: { list?: (VariableModel & Interval)[] } };
type Loki = LokiDataQuery & { direction?: LokiQueryDirection };
/** The types of Prometheus' queries are not published with the schema: these are the SDK's. */
type Prometheus = DataQuery & {
  expr: string; instant?: boolean; range?: boolean; exemplar?: boolean; legendFormat?: string;
  editorMode?: "code" | "builder"; format?: "time_series" | "table" | "heatmap"; interval?: string;
};
"""


class Major(NamedTuple):
    """Where one major version keeps its types."""

    number: int
    root: str
    composable: str


MAJORS = (
    Major(11, "dist/esm/index", "dist/esm/raw/composable/{low}/{kind}/x/{name}_types.gen"),
    Major(12, "dist/types/index", "dist/types/raw/composable/{low}/{kind}/x/types.gen"),
)


def check(documents: Mapping[str, Document], packages: Path) -> Iterator[Problem]:
    """Problems of all dashboards under both majors.

    Args:
        packages: folder that has `node_modules`.
    """
    for major in MAJORS:
        with tempfile.TemporaryDirectory(dir=packages) as folder:
            yield from _compile(documents, major, packages / "node_modules", Path(folder))


def _compile(documents: Mapping[str, Document], major: Major, modules: Path, folder: Path) -> Iterator[Problem]:
    schema = modules / f"grafana-schema-{major.number}"
    for name, document in documents.items():
        (folder / f"{name}.ts").write_text(source(document, major, schema), encoding="utf-8")
    options = {
        "strict": True,
        "noEmit": True,
        "skipLibCheck": True,
        "module": "esnext",
        "moduleResolution": "bundler",
        "target": "es2022",
        "types": [],
        "paths": {"@grafana/schema": [str(schema / major.root)]},
    }
    (folder / "tsconfig.json").write_text(json.dumps({"compilerOptions": options, "include": ["*.ts"]}))
    tsc = modules / "typescript" / "bin" / "tsc"
    command = ["node", str(tsc), "--project", str(folder), "--pretty", "false"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=COMPILE_TIMEOUT_S)
    found = [_problem(line, major, folder) for line in done.stdout.splitlines() if line and not line.startswith(" ")]
    yield from found
    if done.returncode and not found:
        yield Problem(f"Grafana {major.number}", f"tsc: {done.stderr.strip() or done.returncode}")


def _problem(line: str, major: Major, folder: Path) -> Problem:
    found = _ERROR.match(line)
    if found is None:
        return Problem(f"Grafana {major.number}", line)
    name, number, message = found.groups()
    written = (folder / f"{name}.ts").read_text(encoding="utf-8").splitlines()[: int(number)]
    comments = [text[3:] for text in written if text.startswith("// ")]
    at = written[-1].strip()[:100]
    return Problem(f"Grafana {major.number}: {name}: {comments[-1] if comments else 'imports'}", f"{message} at {at}")


def source(document: Document, major: Major, schema: Path) -> str:
    """One dashboard as a program without behaviour."""
    return "\n".join((*_imports(major, schema), _JSON, _OWN, *_statements(document)))


def _imports(major: Major, schema: Path) -> Iterator[str]:
    yield 'import type { Dashboard, DataQuery, FieldConfig, VariableModel } from "@grafana/schema";'
    for low, name in TYPED_PANELS.items():
        kinds = f"Options as {name}Options"
        if low in WITH_FIELD_CONFIG:
            kinds += f", FieldConfig as {name}FieldConfig"
        yield _import(kinds, major, schema, low, "panelcfg", f"{name}PanelCfg")
    yield _import("LokiDataQuery, LokiQueryDirection", major, schema, "loki", "dataquery", "LokiDataQuery")
    yield _import("TempoQuery", major, schema, "tempo", "dataquery", "TempoDataQuery")


def _import(names: str, major: Major, schema: Path, low: str, kind: str, name: str) -> str:
    return f'import type {{ {names} }} from "{schema / major.composable.format(low=low, kind=kind, name=name)}";'


def _statements(document: Document) -> Iterator[str]:
    yield "// dashboard"
    yield _literal("Board", document)
    for panel in document["panels"]:
        kind = panel["type"]
        yield f"// {panel['title']}"
        if kind not in TYPED_PANELS and kind not in UNTYPED_PANELS:
            raise ValueError(f"{panel['title']}: panel type {kind}: expected one of {sorted(TYPED_PANELS)}")
        if kind in TYPED_PANELS:
            yield _literal(f"Partial<{TYPED_PANELS[kind]}Options>", panel["options"])  # a plugin fills in its defaults
        for target in panel.get("targets", ()):
            yield _literal({"prometheus": "Prometheus", "loki": "Loki", "tempo": "TempoQuery"}[_source(target)], target)
        config = panel.get("fieldConfig", {})
        for properties in (config.get("defaults", {}), *map(_overridden, config.get("overrides", ()))):
            yield from _field_config(kind, properties)


def _source(target: Mapping[str, Any]) -> str:
    return str(target["datasource"]["type"])


def _overridden(override: Mapping[str, Any]) -> dict[str, Any]:
    """An override's properties as the field configuration they make."""
    made: dict[str, Any] = {"custom": {}}
    for property_ in override["properties"]:
        name, value = property_["id"], property_["value"]
        inner = name.removeprefix("custom.")
        (made if inner == name else made["custom"])[inner] = value
    return made


def _field_config(kind: str, properties: Mapping[str, Any]) -> Iterator[str]:
    yield _literal("Partial<FieldConfig>", {key: value for key, value in properties.items() if key != "custom"})
    if kind in WITH_FIELD_CONFIG:
        yield _literal(f"Partial<{TYPED_PANELS[kind]}FieldConfig>", properties.get("custom", {}))


def _literal(type_name: str, value: object) -> str:
    return f"(null as unknown as (_: Json<{type_name}>) => void)({json.dumps(value, indent=1)});"
