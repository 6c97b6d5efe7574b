"""Tests reach no network; one that says so reaches the servers of this machine, and no other."""

import socket

import pytest
from pytest_socket import SocketBlockedError, SocketConnectBlockedError

pytestmark = pytest.mark.filterwarnings("ignore:A test tried to use socket")


def test_a_test_may_not_look_for_any_other_machine() -> None:
    with pytest.raises(SocketBlockedError):
        socket.create_connection(("example.test", 80), timeout=1)


def test_a_test_may_not_even_open_a_socket() -> None:
    with pytest.raises(SocketBlockedError):
        socket.socket()


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_a_test_that_may_reach_this_machine_reaches_no_other() -> None:
    with socket.socket() as elsewhere, pytest.raises(SocketConnectBlockedError):
        elsewhere.connect(("192.0.2.1", 80))
