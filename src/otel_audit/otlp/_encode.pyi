from collections.abc import Mapping
from typing import Any, Final

from otel_audit.model import Record

encoder_name: Final[str]

def template(head: Mapping[str, Any], /) -> object: ...
def record(template: object, record: Record, fields: dict[str, Any], observed_ns: int, /) -> bytes | None: ...
def span_event(name: str, time_ns: int, fields: dict[str, Any], last: tuple[str, ...], /) -> bytes | None: ...
