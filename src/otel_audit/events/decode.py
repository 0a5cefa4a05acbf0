"""Decoders that more than one family needs: from a captured value to attributes.

A decoder answers `{}` for what it does not know and never raises.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Mapping
from functools import lru_cache

from otel_audit import semconv
from otel_audit.model import AttributeValue, Items, Opaque, Size, Value

Attributes = Mapping[str, AttributeValue]
Decoder = Callable[[Value], Attributes]

INT64_MIN, INT64_MAX = -(1 << 63), (1 << 63) - 1
"""What an OpenTelemetry integer attribute can hold."""

_HEX_LIMIT = 40
_LAST_PORT = 65535
_INTERNET_LENGTHS = (2, 3, 4)  # (host, port), for IPv6 with flow and scope
_SOCKET_FLAGS = getattr(socket, "SOCK_NONBLOCK", 0) | getattr(socket, "SOCK_CLOEXEC", 0)
_FAMILIES = {int(family): family.name for family in socket.AddressFamily}
_TYPES = {int(kind): kind.name for kind in socket.SocketKind}
_NETWORK_TYPES = {"AF_INET": "ipv4", "AF_INET6": "ipv6"}


def arg_key(name: str) -> str:
    """Key of an argument that the conventions have no name for."""
    return semconv.AUDIT_ARG_PREFIX + name


def number_text(value: int) -> str:
    """Decimal digits; hexadecimal past 64 bits, where CPython may refuse (`sys.set_int_max_str_digits`)."""
    return str(int(value)) if INT64_MIN <= value <= INT64_MAX else hex(value)[:_HEX_LIMIT]


def named(key: str, names: Mapping[int, str]) -> Decoder:
    """Make a decoder of an enumeration: the name, or the number as text where it has none."""

    def decode(value: Value) -> Attributes:
        if not isinstance(value, int):
            return {}
        return {key: names.get(value) or number_text(value)}

    return decode


def octal_mode(value: Value) -> Attributes:
    """Permission bits as the conventions spell them: `0755`."""
    return {semconv.FILE_MODE: f"{value & 0o7777:04o}"} if isinstance(value, int) else {}


def descriptor(name: str) -> Decoder:
    """Make a decoder of an optional directory descriptor: CPython passes -1 where none was given."""
    key = arg_key(name)

    def decode(value: Value) -> Attributes:
        known = isinstance(value, int) and value != -1 and INT64_MIN <= value <= INT64_MAX
        return {key: int(value)} if known and isinstance(value, int) else {}

    return decode


def port(value: Value) -> Attributes:
    """A port, given as a number, as digits, or as a service name."""
    if isinstance(value, int):
        return {semconv.SERVER_PORT: int(value)} if 0 <= value <= _LAST_PORT else {}
    if not isinstance(value, str):
        return {}
    if value.isascii() and value.isdigit() and len(value) <= len(str(_LAST_PORT)):
        return port(int(value))
    return {arg_key("service"): value}


def socket_family(value: Value) -> Attributes:
    """`AF_INET`, and the network type it implies."""
    if not isinstance(value, int):
        return {}
    name = _FAMILIES.get(value) or number_text(value)
    attributes: dict[str, AttributeValue] = {arg_key("family"): name}
    if name in _NETWORK_TYPES:
        attributes[semconv.NETWORK_TYPE] = _NETWORK_TYPES[name]
    if name == "AF_UNIX":
        attributes[semconv.NETWORK_TRANSPORT] = "unix"
    return attributes


def socket_type(value: Value) -> Attributes:
    """`SOCK_STREAM`, without the flags Linux keeps in the same integer; 0 is any and says nothing."""
    if not isinstance(value, int) or value == 0:
        return {}
    return {arg_key("type"): _TYPES.get(value & ~_SOCKET_FLAGS) or number_text(value)}


def peer_address(value: Value) -> Attributes:
    """The other end. A host that is no IP literal is the server's name as well."""
    attributes = _address(value, semconv.NETWORK_PEER_ADDRESS, semconv.NETWORK_PEER_PORT)
    host = attributes.get(semconv.NETWORK_PEER_ADDRESS)
    if semconv.NETWORK_PEER_PORT in attributes and isinstance(host, str) and not _ip_type(host) and ":" not in host:
        attributes[semconv.SERVER_ADDRESS] = host
        attributes[semconv.SERVER_PORT] = attributes[semconv.NETWORK_PEER_PORT]
    return attributes


def local_address(value: Value) -> Attributes:
    """This end."""
    attributes = _address(value, semconv.NETWORK_LOCAL_ADDRESS, semconv.NETWORK_LOCAL_PORT)
    if semconv.NETWORK_LOCAL_PORT in attributes:
        attributes.setdefault(semconv.NETWORK_LOCAL_ADDRESS, "*")  # an empty host is every interface
    return attributes


def _address(value: Value, host_key: str, port_key: str) -> dict[str, AttributeValue]:
    if isinstance(value, str):
        return _unix_address(value, host_key)
    if not isinstance(value, Items) or not value.values:
        return {}
    host, number = value.values[0], value.values[1] if len(value.values) > 1 else None
    internet = len(value.values) in _INTERNET_LENGTHS and isinstance(host, str)
    if not internet or not isinstance(number, int) or not 0 <= number <= _LAST_PORT:
        # Netlink (pid, groups), vsock (cid, port), packet, CAN, ...: the family is not passed, so no more is known.
        return {host_key: ":".join(_part(part) for part in value.values)}
    attributes: dict[str, AttributeValue] = {port_key: int(number)}
    if host:
        attributes[host_key] = _scoped(host, value.values)
    kind = _ip_type(host)
    if kind:
        attributes[semconv.NETWORK_TYPE] = kind
    return attributes


def _unix_address(path: str, host_key: str) -> dict[str, AttributeValue]:
    attributes: dict[str, AttributeValue] = {semconv.NETWORK_TRANSPORT: "unix"}
    if path:  # an empty one asks the kernel to choose
        # Linux's abstract namespace begins with NUL; @ is how ss and netstat print it.
        attributes[host_key] = "@" + path[1:] if path[0] == "\0" else path
    return attributes


def _scoped(host: str, values: tuple[object, ...]) -> str:
    """A link-local address means nothing without its interface."""
    scope = values[3] if len(values) > 3 else 0
    if isinstance(scope, int) and scope and "%" not in host:
        return f"{host}%{number_text(scope)}"
    return host


def _part(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return number_text(value)
    return value.type_name if isinstance(value, (Opaque, Size)) else type(value).__name__


@lru_cache(maxsize=1024)
def _ip_type(host: str) -> str:
    """`ipv4`, `ipv6`, or "" for a name."""
    try:
        return f"ipv{ipaddress.ip_address(host.partition('%')[0]).version}"
    except ValueError:
        return ""
