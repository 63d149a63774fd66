"""SFTP beside its peers: OpenSSH's sftp on a long line, paramiko's own put and get, and one connection a file.

    python benchmarks/transfer.py [--size MB] [--files N] [--rounds N] [--json]

A real sshd is started on a free port of loopback. The long line (30 ms round trip, 1 Gbit/s) is a network namespace
with `tc netem` where that is permitted, else a proxy that delays. Everything is measured side by side in one run, the
competitors taking turns, and the median of the ratios of all rounds is told. Pendel runs Location.deliver and fetch as
tasks do: temporary name, SHA-256, size check and rename included.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import paramiko

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.slow_line import RATE_MBIT, ROUND_TRIP_MS, SlowLine, slow_line
from core.config.locations import SftpLocation
from core.config.secrets import SecretRef
from core.stop import StopToken
from core.transfer import HostKey, open_location, trust_host_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from core.transfer import Location

SSHD = "/usr/sbin/sshd"


@dataclass(frozen=True, slots=True)
class Server:
    """A running sshd and what is needed to log in."""

    host: str
    port: int
    username: str
    keys: Path
    root: Path

    def line(self, reference: SecretRef) -> str:
        """Return a password; the login of the benchmark has none."""
        raise NotImplementedError(reference.place)

    def text(self, reference: SecretRef) -> str:
        """Return a key."""
        return Path(reference.file or "").read_text(encoding="utf-8")

    def location(self) -> Location:
        """Return a location that leads there."""
        settings = SftpLocation(
            host=self.host,
            port=self.port,
            username=self.username,
            private_key=SecretRef(file=str(self.keys / "login")),
            directory=str(self.root),
            timeout=20,
        )
        return open_location(
            "benchmark", settings, base_dir=self.keys, secrets=self, known_hosts=self.keys / "known_hosts"
        )

    def paramiko(self) -> paramiko.SFTPClient:
        """Return a client of paramiko, at its defaults."""
        transport = paramiko.Transport((self.host, self.port))
        transport.connect(
            username=self.username, pkey=paramiko.Ed25519Key.from_private_key_file(str(self.keys / "login"))
        )
        client = paramiko.SFTPClient.from_transport(transport)
        assert client is not None
        return client

    def openssh(self, command: str, prefix: list[str]) -> None:
        """Run one command of OpenSSH's sftp."""
        subprocess.run(
            [
                *prefix,
                "sftp",
                "-q",
                "-b",
                "-",
                "-i",
                self.keys / "login",
                "-P",
                str(self.port),
                "-o",
                "BatchMode=yes",
                "-o",
                f"UserKnownHostsFile={self.keys / 'known_hosts'}",
                f"{self.username}@{self.host}",
            ],
            input=command.encode(),
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


@contextmanager
def running_sshd(work: Path, host: str, port: int, prefix: list[str]) -> Iterator[Server]:
    keys, root = work / "keys", work / "root"
    keys.mkdir(exist_ok=True)
    root.mkdir(exist_ok=True)
    for name in ("host", "login"):
        if not (keys / name).exists():
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", keys / name], check=True)
    config = keys / f"sshd_config_{port}"
    config.write_text(
        f"Port {port}\nListenAddress {host}\nHostKey {keys / 'host'}\nAuthorizedKeysFile {keys / 'login.pub'}\n"
        "StrictModes no\nUsePAM no\nPermitRootLogin yes\nPidFile none\nSubsystem sftp internal-sftp\n"
        "MaxStartups 200:30:400\n"
    )
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    public = paramiko.Ed25519Key.from_private_key_file(str(keys / "host"))
    trust_host_key(HostKey(f"[{host}]:{port}", public.get_name(), public.asbytes()), keys / "known_hosts")
    process = subprocess.Popen([*prefix, SSHD, "-D", "-f", str(config)], stderr=subprocess.DEVNULL)
    try:
        username = subprocess.check_output(["id", "-un"], text=True).strip()
        server = Server(host, port, username, keys, root)
        yield server
    finally:
        process.terminate()
        process.wait()


def wait_until_reachable(server: Server) -> None:
    for _ in range(100):
        try:
            with server.location() as location:
                location.list("*")
        except Exception:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("sshd does not answer")


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def stat_of(location: Location, name: str) -> Any:
    found = location.stat(name)
    assert found is not None
    return found


def on_the_line(server: Server, source: Path, into: Path, rounds: int, line: SlowLine) -> dict[str, Any]:
    """Pendel and OpenSSH's sftp in turns, both with their connection set up inside the time."""
    times: dict[str, list[float]] = {"pendel_up": [], "pendel_down": [], "openssh_up": [], "openssh_down": []}

    def pendel_up() -> None:
        with server.location() as location:
            location.deliver(source, "up.bin", overwrite=True, token="b", stop=StopToken())

    def pendel_down() -> None:
        with server.location() as location:
            location.fetch(stat_of(location, "up.bin"), into, stop=StopToken())

    for _ in range(rounds):
        times["openssh_up"].append(timed(lambda: server.openssh(f"put {source} {server.root}/up2.bin", line.client)))
        times["pendel_up"].append(timed(pendel_up))
        times["openssh_down"].append(timed(lambda: server.openssh(f"get {server.root}/up2.bin {into}", line.client)))
        times["pendel_down"].append(timed(pendel_down))
    return {
        "line": line.how,
        "up": ratio(times["openssh_up"], times["pendel_up"], source),
        "down": ratio(times["openssh_down"], times["pendel_down"], source),
    }


def on_loopback(server: Server, source: Path, into: Path, rounds: int) -> dict[str, Any]:
    """Pendel, paramiko at its defaults and OpenSSH in turns; the two first on connections that are open already."""
    times: dict[str, list[float]] = {
        f"{who}_{way}": [] for who in ("pendel", "paramiko", "openssh") for way in ("up", "down")
    }
    with server.location() as location, closing(server.paramiko()) as client:
        location.list("*")
        for _ in range(rounds):
            times["paramiko_up"].append(timed(lambda: client.put(str(source), f"{server.root}/theirs.bin")))
            times["pendel_up"].append(
                timed(lambda: location.deliver(source, "up.bin", overwrite=True, token="b", stop=StopToken()))
            )
            times["openssh_up"].append(timed(lambda: server.openssh(f"put {source} {server.root}/up2.bin", [])))
            times["paramiko_down"].append(timed(lambda: client.get(f"{server.root}/theirs.bin", str(into))))
            found = stat_of(location, "up.bin")
            times["pendel_down"].append(timed(partial(location.fetch, found, into, stop=StopToken())))
            times["openssh_down"].append(timed(lambda: server.openssh(f"get {server.root}/up2.bin {into}", [])))
        client.get_channel().get_transport().close()  # type: ignore[union-attr]
    return {
        f"{way}_vs_{who}": ratio(times[f"{who}_{way}"], times[f"pendel_{way}"], source)
        for who in ("paramiko", "openssh")
        for way in ("up", "down")
    }


def many_files(server: Server, work: Path, count: int, sample: int) -> dict[str, Any]:
    """Many small files over one connection, and a sample of them with a connection each."""
    small = work / "small.csv"
    small.write_bytes(b"number;description;price\n" * 80)

    def one_connection() -> None:
        with server.location() as location:
            for number in range(count):
                location.deliver(small, f"small-{number}.csv", overwrite=True, token="b", stop=StopToken())

    def connection_each() -> None:
        for number in range(sample):
            with server.location() as location:
                location.deliver(small, f"small-{number}.csv", overwrite=True, token="b", stop=StopToken())

    together = timed(one_connection) / count
    apart = timed(connection_each) / sample
    return {
        "files": count,
        "ms_a_file": round(together * 1000, 2),
        "ms_a_file_with_a_connection_each": round(apart * 1000, 2),
        "ratio": round(apart / together, 2),
    }


def ratio(theirs: list[float], ours: list[float], source: Path) -> dict[str, float]:
    size = source.stat().st_size / 1e6
    return {
        "ratio": round(statistics.median(other / own for other, own in zip(theirs, ours, strict=True)), 3),
        "pendel_mb_s": round(size / statistics.median(ours), 1),
        "other_mb_s": round(size / statistics.median(theirs), 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=500, help="of the file, in MB")
    parser.add_argument("--files", type=int, default=1000, help="number of small files")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    if not Path(SSHD).exists() or shutil.which("sftp") is None:
        raise SystemExit("OpenSSH's sshd and sftp are needed: apt-get install openssh-server openssh-client")
    base = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with ExitStack() as stack:
        # Memory, so that not the disk is measured.
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pendel-bench-", dir=base)))
        source, into = work / "source.bin", work / "into.bin"
        with source.open("wb") as writer:
            for _ in range(options.size):
                writer.write(os.urandom(1_000_000))
        results: dict[str, Any] = {"size_mb": options.size, "rounds": options.rounds}
        with running_sshd(work, "127.0.0.1", free_port(), []) as server:
            wait_until_reachable(server)
            results["loopback"] = on_loopback(server, source, into, options.rounds)
            results["small_files"] = many_files(server, work, options.files, min(options.files, 100))
        line = stack.enter_context(slow_line(free_port()))
        with running_sshd(work, line.server_host, line.server_port, line.server) as server:
            far = Server(line.host, line.port, server.username, server.keys, server.root)
            known = paramiko.Ed25519Key.from_private_key_file(str(server.keys / "host"))
            trust_host_key(
                HostKey(f"[{far.host}]:{far.port}", known.get_name(), known.asbytes()), server.keys / "known_hosts"
            )
            wait_until_reachable(far)
            results["long_line"] = on_the_line(far, source, into, options.rounds, line)
            results["long_line"]["round_trip_ms"] = ROUND_TRIP_MS
            results["long_line"]["mbit_s"] = RATE_MBIT
    print(json.dumps(results, indent=None if options.json else 2))


def free_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


if __name__ == "__main__":
    main()
