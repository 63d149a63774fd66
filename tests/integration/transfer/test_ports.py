"""The ports of servers: nobody is given one that is held, and a server that cannot start keeps none."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest
from support.fault_proxy import FaultProxy, held_ports
from support.transfer_sites import ACCOUNT

from core.demo.servers import FtpServer, SftpServer

if TYPE_CHECKING:
    from pathlib import Path

HOSTS = ("127.0.0.1", "127.0.0.2")


@pytest.mark.parametrize("host", HOSTS)
def test_a_held_port_is_nobody_elses_until_a_server_listens_there(host: str) -> None:
    with held_ports(1) as (port,):
        with socket.socket() as other, pytest.raises(OSError, match="in use"):
            other.bind((host, port))
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((host, port))
        for _ in range(2):
            with socket.create_server((host, port)), socket.create_connection((host, port)):
                pass


def test_a_server_that_cannot_listen_says_so_and_leaves_nothing_open(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = SftpServer(tmp_path, tmp_path / "keys", account=ACCOUNT, port=taken.getsockname()[1])
        with pytest.raises(OSError, match="in use"):
            server.start()


def test_a_server_that_cannot_start_gives_its_port_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("no loop")

    monkeypatch.setattr("pyftpdlib.servers.FTPServer.__init__", fail)
    server = FtpServer(tmp_path, tmp_path / "keys", security="none", account=ACCOUNT)
    with pytest.raises(RuntimeError, match="no loop"):
        server.start()
    with socket.create_server(("127.0.0.1", server.port)):
        pass


def test_a_proxy_that_cannot_listen_on_all_its_ports_listens_on_none() -> None:
    with held_ports(2) as (free, taken), socket.create_server(("127.0.0.2", taken)):
        with pytest.raises(OSError, match="in use"), FaultProxy([free, taken]):
            pass
        with socket.create_server(("127.0.0.2", free)):
            pass
