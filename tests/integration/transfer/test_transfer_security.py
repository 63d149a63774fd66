"""Host keys, certificates, logins, and what a test of a location says of each."""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from support.fault_proxy import held_ports
from support.transfer_sites import Site, ftp_site, openssh_site, password, sftp_site, site_of, trust_written_key

from core.config.secrets import SecretRef
from core.demo.credentials import write_certificate, write_host_key
from core.errors import AccessDenied, ConnectionFailed, Refused
from core.transfer import checks, ftp_client, offered_host_key, trust_host_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from core.stop import StopToken
    from core.transfer import StepResult


def outcome_of(site: Site, stop: StopToken, *, write: bool = True, **changes: Any) -> list[StepResult]:
    return list(
        checks.test_location(
            "site",
            site.with_settings(**changes),
            base_dir=site.root.parent,
            secrets=site,
            known_hosts=site.known_hosts,
            write=write,
            stop=stop,
        )
    )


STEPS = {
    "local": ["directory", "reading", "writing"],
    "ftp": ["name", "port", "login", "directory", "reading", "writing"],
    "ftps": ["name", "port", "TLS", "login", "directory", "reading", "writing"],
    "ftps-implicit": ["name", "port", "TLS", "login", "directory", "reading", "writing"],
    "sftp": ["name", "port", "host key", "login", "directory", "reading", "writing"],
    "openssh": ["name", "port", "host key", "login", "directory", "reading", "writing"],
}


def test_a_good_location_passes_every_step_and_is_left_clean(site: Site, stop: StopToken) -> None:
    results = outcome_of(site, stop)
    assert [result.step for result in results] == STEPS[site.protocol]
    assert all(result.ok for result in results), results
    assert list(site.root.iterdir()) == []
    assert [result.step for result in outcome_of(site, stop, write=False)] == STEPS[site.protocol][:-1]


def test_the_first_failed_step_is_the_last_and_says_what_to_mend(remote_site: Site, stop: StopToken) -> None:
    unresolved = outcome_of(remote_site, stop, host="no-such-host.invalid")[-1]
    assert (unresolved.step, unresolved.ok) == ("name", False)
    with held_ports(1) as (closed,):
        refused = outcome_of(remote_site, stop, port=closed)[-1]
    assert (refused.step, refused.ok) == ("port", False)
    assert "refuses the connection" in refused.message
    missing = outcome_of(remote_site, stop, directory="/no/such/place")[-1]
    assert (missing.step, missing.ok) == ("directory", False)
    assert "/no/such/place" in missing.message
    for failed in (unresolved, refused, missing):
        assert failed.advice


def test_a_directory_without_rights_fails_the_writing_step(stop: StopToken, tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("the rights of files do not bind root")
    with site_of("local", tmp_path) as site:
        site.root.chmod(0o500)
        results = outcome_of(site, stop)
        site.root.chmod(0o700)
    assert (results[-1].step, results[-1].ok) == ("writing", False)


@pytest.mark.parametrize("protocol", ["ftp", "ftps", "ftps-implicit", "sftp"])
def test_a_wrong_password_is_refused_and_not_tried_again(protocol: str, tmp_path: Path, stop: StopToken) -> None:
    with site_of(protocol, tmp_path) as site:
        wrong = SecretRef(secret="wrong")
        with site.open(password=wrong) as location, pytest.raises(AccessDenied) as caught:
            location.list("*")
        assert not caught.value.retriable
        assert "wrong" not in str(caught.value)
        assert outcome_of(site, stop, password=wrong)[-1].step == "login"


@pytest.mark.parametrize("protocol", ["ftps", "ftps-implicit"])
def test_the_server_refuses_a_data_channel_with_a_tls_session_of_its_own(
    protocol: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrapped = ftp_client.FtpsClient._wrapped
    monkeypatch.setattr(ftp_client.FtpsClient, "_wrapped", lambda self, sock, _session: wrapped(self, sock, None))
    refusal = pytest.raises((ConnectionFailed, AccessDenied), match="reuse the TLS session")
    with ftp_site(tmp_path, protocol) as site, site.open() as location, refusal:
        location.list("*")


def certificate_site(tmp_path: Path, stop: StopToken, **changes: Any) -> StepResult:
    with ftp_site(tmp_path, "ftps") as site:
        return outcome_of(site, stop, **changes)[-1]


def test_a_certificate_that_is_not_trusted_is_named(tmp_path: Path, stop: StopToken) -> None:
    result = certificate_site(tmp_path, stop, ca_file=None)
    assert (result.step, result.ok) == ("TLS", False)
    assert "self-signed and not trusted" in result.message
    assert "ca_file" in result.advice


def test_a_certificate_for_another_name_is_named(
    tmp_path: Path, stop: StopToken, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "core.demo.servers.write_certificate",
        lambda directory, **_: write_certificate(directory, hosts=("ftp.example.com",)),
    )
    with ftp_site(tmp_path, "ftps") as site:
        by_address = outcome_of(site, stop)[-1]
        by_name = outcome_of(site, stop, host="localhost")[-1]
    assert (by_address.step, by_address.ok) == ("TLS", False)
    assert "another address" in by_address.message
    assert "another name" in by_name.message


def test_an_expired_certificate_is_named(tmp_path: Path, stop: StopToken, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "core.demo.servers.write_certificate",
        lambda directory, hosts: write_certificate(directory, hosts=hosts, days=-1),
    )
    result = certificate_site(tmp_path, stop)
    assert (result.step, result.ok) == ("TLS", False)
    assert "expired" in result.message


def test_verification_can_be_switched_off(tmp_path: Path, stop: StopToken) -> None:
    with ftp_site(tmp_path, "ftps") as site:
        results = outcome_of(site, stop, ca_file=None, verify=False)
    assert results[-1].ok
    assert "NOT verified" in results[2].message


def test_plain_ftp_against_a_server_that_wants_tls(tmp_path: Path, stop: StopToken) -> None:
    with ftp_site(tmp_path, "ftps") as site:
        from core.config.locations import FtpLocation

        plain = FtpLocation(host="127.0.0.1", port=site.ports[0], username="pendel", password=password(), timeout=5)
        result = outcome_of(replace(site, settings=plain), stop)[-1]
    assert (result.step, result.ok) == ("login", False)
    assert "ftps" in result.advice


def test_an_unknown_host_key_is_refused_until_it_is_approved(tmp_path: Path, stop: StopToken) -> None:
    with sftp_site(tmp_path) as site:
        site.known_hosts.unlink()
        result = outcome_of(site, stop)[-1]
        assert (result.step, result.ok) == ("host key", False)
        assert "--trust" in result.advice
        key, files = offered_host_key("site", site.settings, base_dir=tmp_path, known_hosts=site.known_hosts)  # type: ignore[arg-type]
        assert key.fingerprint in result.message
        shown = subprocess.check_output(["ssh-keygen", "-lf", tmp_path / "keys/ssh_host_ed25519_key"], text=True)
        assert key.fingerprint in shown
        trust_host_key(key, files[0], also_known=files[1:])
        assert outcome_of(site, stop)[-1].ok


def test_a_changed_host_key_is_refused_and_cannot_be_approved(tmp_path: Path, stop: StopToken) -> None:
    with sftp_site(tmp_path) as site:
        site.known_hosts.unlink()
        write_host_key(tmp_path / "before")
        trust_written_key(site, tmp_path / "before")
        known = site.known_hosts.read_text()
        result = outcome_of(site, stop)[-1]
        assert (result.step, result.ok) == ("host key", False)
        assert "HAS CHANGED" in result.message
        key, files = offered_host_key("site", site.settings, base_dir=tmp_path, known_hosts=site.known_hosts)  # type: ignore[arg-type]
        with pytest.raises(Refused, match="known already"):
            trust_host_key(key, files[0])
    assert site.known_hosts.read_text() == known


@contextmanager
def agent(monkeypatch: pytest.MonkeyPatch, socket_path: Path, key: Path) -> Iterator[None]:
    process = subprocess.Popen(["ssh-agent", "-D", "-a", socket_path], stdout=subprocess.DEVNULL)
    try:
        monkeypatch.setenv("SSH_AUTH_SOCK", str(socket_path))
        for _ in range(100):
            if subprocess.run(["ssh-add", "-q", key], check=False, stderr=subprocess.DEVNULL).returncode == 0:
                break
            try:
                process.wait(0.05)
            except subprocess.TimeoutExpired:
                continue
        yield
    finally:
        process.terminate()
        process.wait()


def test_openssh_takes_a_key_from_the_agent(
    tmp_path: Path, stop: StopToken, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    agent_socket = tmp_path_factory.mktemp("a") / "s"
    with openssh_site(tmp_path) as site, agent(monkeypatch, agent_socket, tmp_path / "keys/login"):
        results = outcome_of(site, stop, private_key=None, agent=True)
    assert results[-1].ok, results
    assert "(agent)" in results[3].message


@pytest.mark.parametrize("kind", [["ed25519"], ["rsa", "-b", "2048"], ["ecdsa"], ["rsa", "-b", "2048", "-m", "PEM"]])
def test_openssh_takes_keys_of_every_kind_with_a_passphrase(tmp_path: Path, stop: StopToken, kind: list[str]) -> None:
    with openssh_site(tmp_path) as site:
        key = tmp_path / "keys/other"
        subprocess.run(["ssh-keygen", "-q", "-N", site.line(password()), "-f", key, "-t", *kind], check=True)
        with (tmp_path / "keys/authorized").open("a") as authorized:
            authorized.write((tmp_path / "keys/other.pub").read_text())
        reference = SecretRef(file=str(key))
        results = outcome_of(site, stop, private_key=reference, passphrase=password())
        assert results[-1].ok, results
        without = outcome_of(site, stop, private_key=reference)[-1]
        assert (without.step, without.ok) == ("login", False)
        assert "passphrase" in without.message
        wrong = outcome_of(site, stop, private_key=reference, passphrase=SecretRef(secret="wrong"))[-1]
        assert "cannot be read" in wrong.message
        assert "PRIVATE" not in without.message + wrong.message


def test_a_server_that_does_not_speak_ssh_is_told_apart(tmp_path: Path, stop: StopToken) -> None:
    with ftp_site(tmp_path, "ftp") as ftp, sftp_site(tmp_path) as site:
        result = outcome_of(site, stop, port=ftp.ports[0], timeout=4)[-1]
    assert (result.step, result.ok) == ("host key", False)
    assert "SSH" in result.message
