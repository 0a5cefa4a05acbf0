"""Socket addresses of every family, as attributes.

The hook sees the address and not the socket, so its shape has to tell the family. Shapes that several families share:
`(host, port)` is the internet's unless the host is spelled as a Bluetooth address, a CAN bus or a network interface (a
packet socket's); two numbers are netlink's (port id, groups) or QIPCRTR's (node, port) unless the first is a number
that vsock reserves; a lone text is a Unix path, or macOS's control name. vsock's CID 0 (hypervisor) cannot be told from
netlink's 0 (the kernel) and stays a number. What no rule knows is its parts, joined by colons.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from otel_audit import semconv
from otel_audit.events.decode import INT64_MAX, INT64_MIN, LAST_PORT, Attributes, arg_key, number_text
from otel_audit.lazy import lazy
from otel_audit.model import AttributeValue, Items, Opaque, Size, Value

# Patterns stay text: the catalogue's import need not compile them, `re` remembers them.
_BLUETOOTH = r"[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}"
_CAN = r"(v|vx|sl)?can\d+"
# systemd's and the kernel's names of interfaces; a host may have such a name, a bare one with a digit seldom does.
_INTERFACE = lazy(r"(eth|wlan|tun|tap|bond|docker|wg|ppp|veth|br-|virbr|lxc|cni|vlan|dummy)[0-9a-f]+|en[ops]\w*\d")
_CIDS = {-1: "any", 0xFFFFFFFF: "any", 1: "local", 2: "host"}
"""VMADDR_CID_*; netlink's port ids are process ids or 0, and no process that speaks netlink is 1 or 2."""
_BROADCAST = "<broadcast>"
_LONGEST_LITERAL = 64
_INTERNET_LENGTHS = (2, 3, 4)  # (host, port), for IPv6 with flow and scope
_PACKET_LENGTH = 5  # (interface, protocol, packet type, hardware type, hardware address)


class Keys(NamedTuple):
    """Where an address goes."""

    address: str
    port: str


_PEER = Keys(semconv.NETWORK_PEER_ADDRESS, semconv.NETWORK_PEER_PORT)
_LOCAL = Keys(semconv.NETWORK_LOCAL_ADDRESS, semconv.NETWORK_LOCAL_PORT)


def peer_address(value: Value) -> Attributes | None:
    """The other end. A host that is no IP literal is the server's name as well."""
    attributes = _usual(value, _PEER)
    if attributes is not None:
        return attributes
    attributes = _address(value, _PEER)
    if attributes is None:
        return None
    host, number = attributes.get(_PEER.address), attributes.get(_PEER.port)
    named = semconv.NETWORK_TYPE not in attributes and semconv.NETWORK_TRANSPORT not in attributes
    if named and number is not None and isinstance(host, str) and ":" not in host and host not in _CIDS.values():
        attributes[semconv.SERVER_ADDRESS] = host
        attributes[semconv.SERVER_PORT] = number
    return attributes


def local_address(value: Value) -> Attributes | None:
    """This end; port 0 asks the kernel to choose."""
    attributes = _address(value, _LOCAL)
    if attributes and _LOCAL.port in attributes:
        attributes.setdefault(_LOCAL.address, "*")  # an empty host is every interface
    return attributes


@lru_cache(maxsize=1024)
def ip_type(host: str) -> str:
    """`ipv4`, `ipv6`, or "" for a name."""
    if len(host) > _LONGEST_LITERAL or not (":" in host or host[-1:].isdecimal()):
        return ""
    import socket

    family, kind = (socket.AF_INET6, "ipv6") if ":" in host else (socket.AF_INET, "ipv4")
    try:
        socket.inet_pton(family, host.partition("%")[0])
    except (OSError, ValueError):  # ValueError: NUL or not ASCII
        return ""
    return kind


def _usual(value: Value, keys: Keys) -> dict[str, AttributeValue] | None:
    """An IP literal and a port: what most sockets connect to."""
    if type(value) is not Items or len(value.values) != 2:
        return None
    host, port = value.values
    if type(host) is not str or type(port) is not int or not 0 <= port <= LAST_PORT:
        return None
    kind = ip_type(host)
    return {keys.address: host, keys.port: port, semconv.NETWORK_TYPE: kind} if kind else None


def _address(value: Value, keys: Keys) -> dict[str, AttributeValue] | None:
    if isinstance(value, str):
        return _text_address(value, keys)
    if not isinstance(value, Items):
        return None
    parts = value.values
    if not parts:
        return {}
    first, second = parts[0], parts[1] if len(parts) > 1 else None
    if isinstance(first, str):
        return _host_address(first, second, parts, keys)
    if isinstance(first, int) and isinstance(second, int) and len(parts) == 2 and first in _CIDS:
        return _ported({keys.address: _CIDS[first]}, keys, second)
    if isinstance(first, int) and len(parts) == 1:
        return {keys.address: f"hci{number_text(first)}"}  # a Bluetooth adapter: the only lone number
    return {keys.address: _joined(parts)}


def _text_address(path: str, keys: Keys) -> dict[str, AttributeValue]:
    if re.fullmatch(_BLUETOOTH, path):  # SCO
        return {keys.address: path}
    attributes: dict[str, AttributeValue] = {semconv.NETWORK_TRANSPORT: "unix"}
    if path:  # an empty one asks the kernel to choose
        # Linux's abstract namespace begins with NUL; @ is how ss and netstat print each.
        attributes[keys.address] = path.replace("\0", "@") if path[0] == "\0" else path
    return attributes


def _host_address(host: str, second: object, parts: tuple[object, ...], keys: Keys) -> dict[str, AttributeValue]:
    port = len(parts) in _INTERNET_LENGTHS and isinstance(second, int) and 0 <= second <= LAST_PORT
    kind = ip_type(host)
    if kind and port and isinstance(second, int):
        return _internet(host, kind, second, parts, keys)
    if isinstance(second, int) and re.fullmatch(_BLUETOOTH, host):  # L2CAP, RFCOMM
        return _ported({keys.address: host}, keys, second)
    if _is_interface(host, second, parts):
        return {keys.address: _joined(parts), semconv.NETWORK_INTERFACE_NAME: host}
    if port and isinstance(second, int):
        return _internet(host, kind, second, parts, keys)
    return {keys.address: _joined(parts)}  # kernel crypto (type, name), Hyper-V (machine, service)


def _is_interface(host: str, second: object, parts: tuple[object, ...]) -> bool:
    if re.fullmatch(_CAN, host) or len(parts) >= _PACKET_LENGTH:
        return isinstance(second, int) or second is None
    return isinstance(second, int) and _INTERFACE.fullmatch(host) is not None


def _internet(host: str, kind: str, port: int, parts: tuple[object, ...], keys: Keys) -> dict[str, AttributeValue]:
    attributes: dict[str, AttributeValue] = {}
    if host == _BROADCAST:
        host, kind = "255.255.255.255", "ipv4"
    if host:
        attributes[keys.address] = _scoped(host, parts) if kind == "ipv6" else host
    attributes[keys.port] = int(port)
    if kind:
        attributes[semconv.NETWORK_TYPE] = kind
    flow = parts[2] if len(parts) > 2 else 0
    if isinstance(flow, int) and flow and INT64_MIN <= flow <= INT64_MAX:
        attributes[arg_key("flowinfo")] = int(flow)
    return attributes


def _scoped(host: str, parts: tuple[object, ...]) -> str:
    """A link-local address means nothing without its interface."""
    scope = parts[3] if len(parts) > 3 else 0
    if isinstance(scope, int) and scope and "%" not in host:
        return f"{host}%{number_text(scope)}"
    return host


def _ported(attributes: dict[str, AttributeValue], keys: Keys, port: int) -> dict[str, AttributeValue]:
    if INT64_MIN <= port <= INT64_MAX:
        attributes[keys.port] = int(port)
    return attributes


def _joined(parts: tuple[object, ...]) -> str:
    return ":".join(map(_part, parts))


def _part(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return number_text(value)
    return value.type_name if isinstance(value, (Opaque, Size)) else type(value).__name__
