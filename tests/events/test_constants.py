"""Names of numbers, as the standard library of this system has them."""

from __future__ import annotations

import errno
import signal
import socket
import sys

import pytest

from otel_audit.events import constants

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="numbers of Linux")


def test_signals_have_names_and_real_time_ones_a_distance() -> None:
    assert constants.signals()[signal.SIGTERM] == "SIGTERM"
    assert 0 not in constants.signals() or sys.platform == "win32"
    if hasattr(signal, "SIGRTMIN"):
        assert constants.signals()[signal.SIGRTMIN + 3] == "SIGRTMIN+3"
        assert constants.signals()[signal.SIGRTMAX] == "SIGRTMAX"


@LINUX
def test_families_have_names_where_this_python_was_built_without_them() -> None:
    assert constants.families()[31] == "AF_BLUETOOTH"
    assert constants.families()[socket.AF_INET] == "AF_INET"


def test_a_limit_with_two_names_has_the_usual_one() -> None:
    resource = pytest.importorskip("resource")
    assert constants.limits()[resource.RLIMIT_NOFILE] == "RLIMIT_NOFILE"
    assert constants.unlimited() == resource.RLIM_INFINITY


@pytest.mark.parametrize(
    ("name", "known"),
    [("F_DUPFD", True), ("F_GETFL", True), ("F_SETLKW", True), ("F_SETFD", True), ("F_ADD_SEALS", True)],
)
def test_commands_of_fcntl_have_names(name: str, known: bool) -> None:
    fcntl = pytest.importorskip("fcntl")
    if hasattr(fcntl, name):
        assert (constants.fcntl_commands().get(getattr(fcntl, name)) == name) is known


def test_arguments_of_fcntl_are_no_commands() -> None:
    pytest.importorskip("fcntl")
    found = set(constants.fcntl_commands().values())
    assert not {"F_RDLCK", "F_UNLCK", "F_SEAL_SEAL", "F_GETLK64"} & found


def test_requests_of_terminals_have_names() -> None:
    termios = pytest.importorskip("termios")
    assert constants.ioctl_requests()[termios.TIOCGWINSZ & 0xFFFFFFFF] == "TIOCGWINSZ"
    assert constants.ioctl_requests()[termios.FIONREAD & 0xFFFFFFFF] == "FIONREAD"
    assert min(constants.ioctl_requests()) >= 0x1000


@LINUX
def test_requests_of_network_devices_have_names() -> None:
    assert constants.ioctl_requests()[0x8915] == "SIOCGIFADDR"


@LINUX
def test_protocols_of_packet_sockets_are_in_network_order() -> None:
    found = constants.protocols("AF_PACKET")
    everything = getattr(socket, "ETH_P_ALL", None)  # from Python 3.12
    assert everything is None or found[socket.htons(everything)] == "ETH_P_ALL"


def test_families_without_protocols_have_none() -> None:
    assert constants.protocols("AF_UNIX") == {}


def test_errors_have_names() -> None:
    assert constants.errors()[errno.ENOENT] == "ENOENT"
