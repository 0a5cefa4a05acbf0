"""What a socket is made for: family, type and protocol, three numbers that only mean something together."""

from __future__ import annotations

from functools import lru_cache

from otel_audit import semconv
from otel_audit.events import constants
from otel_audit.events.decode import Attributes, arg_key, hex_text, number_text
from otel_audit.model import AttributeValue, Value

UNSAID = (0, -1)
"""Any; and what socket.socket passes when it takes over a descriptor."""

_TYPES = {"AF_INET": "ipv4", "AF_INET6": "ipv6"}
_TRANSPORTS = {"SOCK_STREAM": ("tcp", "IPPROTO_TCP"), "SOCK_DGRAM": ("udp", "IPPROTO_UDP")}


def silent(value: Value) -> Attributes | None:
    """For an argument that `socket_kind` describes: only a type nobody expects is left to name."""
    return {} if isinstance(value, int) else None


def socket_kind(values: tuple[Value, ...]) -> Attributes:
    """Attributes of (family, type, protocol), the last three values of a record."""
    numbers = [int(value) if isinstance(value, int) else 0 for value in values[-3:]]
    return dict(_kind(*numbers)) if len(numbers) == 3 else {}


@lru_cache(maxsize=256)
def _kind(family: int, kind: int, protocol: int) -> Attributes:
    attributes: dict[str, AttributeValue] = {}
    family_name = type_name = protocol_name = ""
    if family not in UNSAID:
        family_name = constants.families().get(family) or number_text(family)
        attributes[arg_key("family")] = family_name
    if kind not in UNSAID:
        bare = kind & ~constants.socket_flags()
        type_name = constants.socket_types().get(bare) or hex_text(kind)
        attributes[arg_key("type")] = type_name
    if protocol not in UNSAID:
        protocol_name = constants.protocols(family_name or "AF_INET").get(protocol) or number_text(protocol)
        attributes[arg_key("protocol")] = protocol_name
    if family_name in _TYPES:
        attributes[semconv.NETWORK_TYPE] = _TYPES[family_name]
    transport = _transport(family_name, type_name, protocol_name)
    if transport:
        attributes[semconv.NETWORK_TRANSPORT] = transport
    return attributes


def _transport(family: str, kind: str, protocol: str) -> str:
    if family == "AF_UNIX":
        return "unix"
    transport, plain = _TRANSPORTS.get(kind, ("", ""))
    internet = family in _TYPES or not family
    return transport if internet and protocol in ("", plain) else ""
