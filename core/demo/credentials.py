"""Keys and certificates for servers on loopback, made anew where they are not there yet."""

from __future__ import annotations

import datetime as dt
import ipaddress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cryptography.x509 import GeneralName

LOOPBACK = ("localhost", "127.0.0.1")


def write_certificate(directory: Path, *, hosts: Sequence[str] = LOOPBACK, days: int = 30) -> tuple[Path, Path]:
    """Write a self-signed certificate for ``hosts`` and its key; return their paths, the certificate's first.

    ``days`` may be negative, for a certificate that has expired.
    """
    # Importing cryptography costs about 50 ms.
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives import serialization as formats
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    certificate_path, key_path = directory / "server.pem", directory / "server.key"
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0])])
    now = dt.datetime.now(dt.UTC)
    begins = now - dt.timedelta(days=abs(days) + 1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([_general_name(host) for host in hosts]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    directory.mkdir(parents=True, exist_ok=True)
    certificate_path.write_bytes(certificate.public_bytes(formats.Encoding.PEM))
    _write_secret(
        key_path,
        key.private_bytes(formats.Encoding.PEM, formats.PrivateFormat.PKCS8, formats.NoEncryption()),
    )
    return certificate_path, key_path


def write_host_key(directory: Path) -> Path:
    """Write an Ed25519 key for an SSH server and return its path; one that is there is kept, as clients know it."""
    from cryptography.hazmat.primitives import serialization as formats
    from cryptography.hazmat.primitives.asymmetric import ed25519

    path = directory / "ssh_host_ed25519_key"
    if not path.exists():
        directory.mkdir(parents=True, exist_ok=True)
        key = ed25519.Ed25519PrivateKey.generate()
        _write_secret(
            path, key.private_bytes(formats.Encoding.PEM, formats.PrivateFormat.OpenSSH, formats.NoEncryption())
        )
    return path


def _write_secret(path: Path, content: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(content)


def _general_name(host: str) -> GeneralName:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
