"""Names of numbers that the standard library knows, on the system this runs on.

Each table is made on first use, so that the catalogue costs no import of `socket`, `signal` or `termios`.
"""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from types import ModuleType

_once = lru_cache(maxsize=1)

# <linux/sockios.h> and friends: the requests of recipes that ask for addresses, and of what an intruder changes.
_LINUX_REQUESTS = {
    0x8910: "SIOCGIFNAME",
    0x8912: "SIOCGIFCONF",
    0x8913: "SIOCGIFFLAGS",
    0x8914: "SIOCSIFFLAGS",
    0x8915: "SIOCGIFADDR",
    0x8916: "SIOCSIFADDR",
    0x8919: "SIOCGIFBRDADDR",
    0x891B: "SIOCGIFNETMASK",
    0x891C: "SIOCSIFNETMASK",
    0x8921: "SIOCGIFMTU",
    0x8922: "SIOCSIFMTU",
    0x8924: "SIOCSIFHWADDR",
    0x8927: "SIOCGIFHWADDR",
    0x8933: "SIOCGIFINDEX",
    0x8946: "SIOCETHTOOL",
    0x40049409: "FICLONE",
    0x400454CA: "TUNSETIFF",
    0x80081272: "BLKGETSIZE64",
}
_SMALLEST_REQUEST = 0x1000
"""termios keeps arguments (TCIFLUSH, TIOCM_DTR) beside requests; they are small."""

# <linux/socket.h>: a Python that was built without the headers of a family raises its number all the same.
_LINUX_FAMILIES = {
    16: "AF_NETLINK",
    17: "AF_PACKET",
    21: "AF_RDS",
    29: "AF_CAN",
    30: "AF_TIPC",
    31: "AF_BLUETOOTH",
    38: "AF_ALG",
    40: "AF_VSOCK",
    42: "AF_QIPCRTR",
}

_PROTOCOLS = {
    "AF_INET": "IPPROTO_",
    "AF_INET6": "IPPROTO_",
    "AF_NETLINK": "NETLINK_",
    "AF_BLUETOOTH": "BTPROTO_",
    "AF_CAN": "CAN_",
    "AF_PACKET": "ETH_P_",
}
"""What a socket's third number means depends on its family."""
_NO_PROTOCOL = ("CAN_BCM_", "CAN_RAW_", "CAN_EFF_", "CAN_ERR_", "CAN_RTR_", "CAN_SFF_", "CAN_ISOTP_", "NETLINK_ADD_")


@_once
def signals() -> Mapping[int, str]:
    """SIGTERM; real-time signals by their distance from the first, as `kill -l` prints them."""
    import signal

    names = {int(number): number.name for number in signal.Signals}
    first, last = names_of(names, "SIGRTMIN"), names_of(names, "SIGRTMAX")
    if first and last:
        names.update({first + more: f"SIGRTMIN+{more}" for more in range(1, last - first)})
    return names


def names_of(names: Mapping[int, str], name: str) -> int:
    """The number of a name; 0 where there is none."""
    return next((number for number, found in names.items() if found == name), 0)


@_once
def limits() -> Mapping[int, str]:
    """RLIMIT_NOFILE. Backwards, so that of two names for one number the first stays: NOFILE, not BSD's OFILE."""
    try:
        import resource
    except ImportError:  # Windows
        return {}
    return _prefixed(resource, "RLIMIT_", reversed(dir(resource)))


@_once
def unlimited() -> int:
    """RLIM_INFINITY."""
    try:
        from resource import RLIM_INFINITY
    except ImportError:  # Windows
        return -1
    return RLIM_INFINITY


@_once
def families() -> Mapping[int, str]:
    """AF_INET."""
    import socket

    elsewhere = _LINUX_FAMILIES if sys.platform == "linux" else {}
    return {**elsewhere, **{int(family): family.name for family in socket.AddressFamily}}


@_once
def socket_types() -> Mapping[int, str]:
    """SOCK_STREAM."""
    import socket

    return {int(kind): kind.name for kind in socket.SocketKind}


@_once
def socket_flags() -> int:
    """What Linux keeps in the same integer as the type."""
    import socket

    return getattr(socket, "SOCK_NONBLOCK", 0) | getattr(socket, "SOCK_CLOEXEC", 0)


@lru_cache(maxsize=32)
def protocols(family: str) -> Mapping[int, str]:
    """IPPROTO_TCP, NETLINK_ROUTE, BTPROTO_RFCOMM, ...: by the name of the family."""
    import socket

    prefix = _PROTOCOLS.get(family)
    if prefix is None:
        return {}
    names = (name for name in reversed(dir(socket)) if not name.startswith(_NO_PROTOCOL))
    found = _prefixed(socket, prefix, names)
    if family == "AF_PACKET":  # the only one that sockets take in network byte order
        return {socket.htons(number): name for number, name in found.items() if number <= 0xFFFF}
    return found


@_once
def fcntl_commands() -> Mapping[int, str]:
    """F_GETFL. Lock types, owners and seals share the prefix; the 64-bit twins share numbers."""
    try:
        import fcntl
    except ImportError:  # Windows
        return {}
    names = (
        name
        for name in reversed(dir(fcntl))
        if not name.endswith(("LCK", "64")) and not name.startswith(("F_SEAL_", "F_OWNER_"))
    )
    return _prefixed(fcntl, "F_", names)


@_once
def ioctl_requests() -> Mapping[int, str]:
    """TIOCGWINSZ and other requests of terminals; on Linux those of network devices too."""
    try:
        import termios
    except ImportError:  # Windows
        return {}
    found = dict(_LINUX_REQUESTS) if sys.platform == "linux" else {}
    for prefix in ("TC", "TIOC", "FIO"):  # FIONREAD, not Linux's TIOCINQ
        named = _prefixed(termios, prefix, reversed(dir(termios)))
        found.update({number & 0xFFFFFFFF: name for number, name in named.items() if number >= _SMALLEST_REQUEST})
    return found


def errors() -> Mapping[int, str]:
    """ENOENT."""
    return errno.errorcode


def words(module: ModuleType, named: Iterable[tuple[str, str]]) -> Sequence[tuple[int, str]]:
    """Masks of the constants that exist here, with their words."""
    return tuple((getattr(module, name, 0), word) for name, word in named)


def _prefixed(module: ModuleType, prefix: str, names: Iterable[str]) -> dict[int, str]:
    return {
        value: name
        for name in names
        if name.startswith(prefix) and isinstance(value := getattr(module, name), int) and value >= 0
    }
