"""Real servers on loopback: one directory behind each protocol, and the settings that lead there."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.fault_proxy import held_ports

from core.config.locations import FtpLocation, FtpsLocation, LocalLocation, LocationSettings, SftpLocation
from core.config.secrets import SecretRef
from core.demo.credentials import write_host_key
from core.demo.servers import Account, FtpServer, SftpServer
from core.transfer import HostKey, open_location, trust_host_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.transfer import Location

PASSWORD = "a password, ü"
ACCOUNT = Account("pendel", PASSWORD)
PROXY_HOST = "127.0.0.2"
SSHD = "/usr/sbin/sshd"


@dataclass
class Site:
    """A server, the directory that it shows, and the settings that lead there."""

    protocol: str
    root: Path
    settings: LocationSettings
    known_hosts: Path
    ports: list[int] = field(default_factory=list)
    """Those that a proxy must pass on."""

    def line(self, reference: SecretRef) -> str:
        return {"password": PASSWORD, "wrong": "wrong"}[reference.secret or ""]

    def text(self, reference: SecretRef) -> str:
        return Path(reference.file or "").read_text()

    def open(self, **changes: object) -> Location:
        settings = self.settings.model_copy(update=changes)
        return open_location("site", settings, base_dir=self.root.parent, secrets=self, known_hosts=self.known_hosts)

    def with_settings(self, **changes: object) -> LocationSettings:
        return self.settings.model_copy(update=changes)


def password() -> SecretRef:
    return SecretRef(secret="password")


@contextmanager
def ftp_site(tmp_path: Path, protocol: str, server_class: type[FtpServer] = FtpServer) -> Iterator[Site]:
    root = tmp_path / "root"
    root.mkdir(exist_ok=True)
    security = {"ftp": "none", "ftps": "explicit", "ftps-implicit": "implicit"}[protocol]
    hosts = ("localhost", "127.0.0.1", PROXY_HOST)
    with (
        held_ports(9) as (port, *passive),
        server_class(
            root,
            tmp_path / "keys",
            security=security,  # type: ignore[arg-type]
            account=ACCOUNT,
            port=port,
            passive_ports=passive,
            certificate_hosts=hosts,
        ) as server,
    ):
        common = {"host": "127.0.0.1", "port": port, "username": "pendel", "password": password(), "timeout": 5}
        settings: LocationSettings
        if protocol == "ftp":
            settings = FtpLocation(**common)
        else:
            settings = FtpsLocation(protocol=protocol, ca_file=str(server.certificate), **common)
        yield Site(protocol, root, settings, tmp_path / "known_hosts", [port, *passive])


@contextmanager
def sftp_site(tmp_path: Path) -> Iterator[Site]:
    root = tmp_path / "root"
    root.mkdir(exist_ok=True)
    with held_ports(1) as (port,), SftpServer(root, tmp_path / "keys", account=ACCOUNT, port=port):
        settings = SftpLocation(host="127.0.0.1", port=port, username="pendel", password=password(), timeout=5)
        site = Site("sftp", root, settings, tmp_path / "known_hosts", [port])
        trust_written_key(site, tmp_path / "keys")
        yield site


@contextmanager
def openssh_site(tmp_path: Path) -> Iterator[Site]:
    """Start OpenSSH's server for the user of this process, with a key to log in."""
    if not Path(SSHD).exists():
        if os.environ.get("CI"):
            pytest.fail(f"{SSHD} is not installed, and must be in CI")
        pytest.skip(f"{SSHD} is not installed")
    root = tmp_path / "root"
    root.mkdir(exist_ok=True)
    keys = tmp_path / "keys"
    keys.mkdir(exist_ok=True)
    host_key = write_host_key(keys)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", keys / "login"], check=True)
    shutil.copy(keys / "login.pub", keys / "authorized")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    with held_ports(1) as (port,), running_sshd(keys, host_key, port):
        settings = SftpLocation(
            host="127.0.0.1",
            port=port,
            username=os.environ.get("USER") or subprocess.check_output(["id", "-un"], text=True).strip(),
            private_key=SecretRef(file=str(keys / "login")),
            directory=str(root),
            timeout=5,
        )
        site = Site("openssh", root, settings, tmp_path / "known_hosts", [port])
        trust_written_key(site, keys)
        yield site


@contextmanager
def running_sshd(keys: Path, host_key: Path, port: int) -> Iterator[None]:
    config = keys / "sshd_config"
    config.write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {host_key}\nAuthorizedKeysFile {keys / 'authorized'}\n"
        f"StrictModes no\nUsePAM no\nPermitRootLogin yes\nPasswordAuthentication no\nPidFile none\n"
        f"Subsystem sftp internal-sftp\nMaxStartups 100:30:200\n"
    )
    with (keys / "sshd.log").open("wb") as log:
        server = subprocess.Popen([SSHD, "-D", "-e", "-f", config], stderr=log)
    try:
        wait_for_port(port, server)
        yield
    finally:
        server.terminate()
        server.wait()


def wait_for_port(port: int, server: subprocess.Popen[bytes]) -> None:
    for _ in range(1200):
        if server.poll() is not None:
            pytest.fail("sshd ended at once")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionRefusedError:
            try:
                server.wait(0.05)
            except subprocess.TimeoutExpired:
                continue
        else:
            return
    pytest.fail("sshd does not answer")


def trust_written_key(site: Site, keys: Path) -> None:
    """Approve the key that the server was started with, for its own address and that of the proxy."""
    import base64

    public = subprocess.check_output(["ssh-keygen", "-y", "-f", keys / "ssh_host_ed25519_key"], text=True).split()
    for host in ("127.0.0.1", PROXY_HOST):
        key = HostKey(f"[{host}]:{site.ports[0]}", public[0], base64.b64decode(public[1]))
        trust_host_key(key, site.known_hosts)


@contextmanager
def site_of(protocol: str, tmp_path: Path) -> Iterator[Site]:
    if protocol == "local":
        root = tmp_path / "root"
        root.mkdir()
        yield Site("local", root, LocalLocation(directory=str(root)), tmp_path / "known_hosts")
    elif protocol == "sftp":
        with sftp_site(tmp_path) as site:
            yield site
    elif protocol == "openssh":
        with openssh_site(tmp_path) as site:
            yield site
    else:
        with ftp_site(tmp_path, protocol) as site:
            yield site
