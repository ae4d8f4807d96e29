from __future__ import annotations

import socket
from contextlib import closing

import httpx
import pytest


def test_no_test_reaches_a_host_elsewhere() -> None:
    with closing(socket.socket()) as connection, pytest.raises(pytest.fail.Exception, match="must not leave this machine"):
        connection.connect(("192.0.2.1", 80))
    with closing(socket.socket()) as connection, pytest.raises(pytest.fail.Exception, match="must not leave this machine"):
        connection.connect_ex(("192.0.2.1", 80))


def test_no_test_looks_up_a_name_elsewhere() -> None:
    with pytest.raises(pytest.fail.Exception, match=r"wanted to reach 'api\.otto\.market'"):
        httpx.get("https://api.otto.market/")


def test_the_loopback_is_open() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        address: tuple[str, int] = server.getsockname()
        with closing(socket.create_connection(address)) as connection:
            assert address == connection.getpeername()
