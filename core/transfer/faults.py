"""Faults of sockets, TLS and this machine's disk as errors of Pendel: what happened, where, and what to do."""

from __future__ import annotations

import errno
import socket
import ssl
from typing import TYPE_CHECKING

from core.errors import AccessDenied, ConnectionFailed, FileMissing, PendelError, TargetExists, TransferError
from core.text import clean, time_span

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

_UNREACHABLE = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EHOSTDOWN, errno.ENETDOWN})
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})

_CERTIFICATE_FAULTS = {
    # X509_V_ERR_* of OpenSSL's x509_vfy.h
    9: ("is not valid yet", "Check the clock of both machines."),
    10: ("has expired", "The server's administrator must renew it."),
    18: (
        "is self-signed and not trusted here",
        "Save it as a PEM file and name that file in ca_file, if it is the right server.",
    ),
    19: (
        "was issued by an authority that is not trusted here",
        "Name the authority's PEM file in ca_file, if it is the right one.",
    ),
    20: (
        "was issued by an authority that is not known here",
        "Name the authority's PEM file in ca_file; the server may also fail to send its intermediate certificate.",
    ),
    21: (
        "cannot be checked: the server does not send the certificates in between",
        "The server's administrator must add them; until then, name them in ca_file.",
    ),
    23: ("has been revoked", "Ask the server's administrator; do not go on."),
    62: ("was issued for another name", "Use a host name that stands in the certificate."),
    64: ("was issued for another address", "Use the host name that stands in the certificate, not the address."),
}


def connection_fault(error: BaseException, server: str, timeout: float) -> PendelError:
    """Return the error for a connection to ``server`` (``host:port``) that was refused, lost, or gave no answer."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return certificate_fault(error, server)
    if isinstance(error, socket.gaierror):
        again = error.errno == socket.EAI_AGAIN
        return ConnectionFailed(
            f"The name of {server} cannot be found.",
            advice="The name server does not answer; try again later." if again else "Check the spelling of host.",
            retriable=again,
        )
    if isinstance(error, TimeoutError):
        return ConnectionFailed(
            f"{server} did not answer within {time_span(timeout)}.",
            advice="The server is down or overloaded, or a firewall drops the connection; retrying may help.",
        )
    if isinstance(error, ConnectionRefusedError):
        return ConnectionFailed(
            f"{server} refuses the connection.", advice="Check the port, and that the service runs there."
        )
    if isinstance(error, ssl.SSLError) and not isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
        reason = clean((error.reason or str(error)).replace("_", " ").lower(), limit=120)
        return ConnectionFailed(
            f"TLS with {server} failed: {reason}.",
            advice="Check the port and the protocol: ftps (explicit) usually is 21, ftps-implicit 990.",
            retriable=False,
        )
    if isinstance(error, OSError) and error.errno in _UNREACHABLE:
        return ConnectionFailed(f"There is no route to {server}.", advice="Check the network of this machine.")
    return ConnectionFailed(f"The connection to {server} was lost.", advice="Retrying may help.")


def http_fault(error: httpx.TransportError, server: str, timeout: float) -> PendelError:
    """Return the error for an exchange over HTTP that did not come to its end.

    There is no ``ca_file`` to speak of: certificates are checked by those that the system trusts.
    """
    import httpx

    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, OSError):
        cause = cause.__cause__ or cause.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return ConnectionFailed(
            certificate_fault(cause, server).message,
            advice="If it is the right server, add its authority to the certificates that this system trusts.",
            retriable=False,
        )
    if isinstance(error, httpx.TimeoutException):
        return connection_fault(TimeoutError(), server, timeout)
    if isinstance(error, httpx.RemoteProtocolError):
        return ConnectionFailed(f"{server} ended its answer before all of it had come.", advice="Retrying may help.")
    return connection_fault(cause or error, server, timeout)


def certificate_fault(error: ssl.SSLCertVerificationError, server: str) -> ConnectionFailed:
    """Return the error for a certificate that does not pass, in plain words; trying again does not help."""
    what, advice = _CERTIFICATE_FAULTS.get(
        error.verify_code, (f"is not accepted: {clean(error.verify_message, limit=120)}", "Ask its administrator.")
    )
    return ConnectionFailed(f"The certificate of {server} {what}.", advice=advice, retriable=False)


def disk_fault(error: OSError, path: Path | str) -> TransferError:
    """Return the error for a file or directory of this machine that cannot be used."""
    where = clean(str(path))
    if isinstance(error, FileNotFoundError):
        return FileMissing(f"{where} is not there.", advice="Check the path and the location's directory.")
    if isinstance(error, PermissionError) or error.errno == errno.EROFS:
        return AccessDenied(
            f"{where} may not be used: {clean(error.strerror or 'permission denied').lower()}.",
            advice="Check the rights of the user that Pendel runs as.",
        )
    if isinstance(error, FileExistsError):
        return TargetExists(f"{where} exists already.", advice="Set overwrite, or choose another name.")
    if isinstance(error, (NotADirectoryError, IsADirectoryError)):
        return FileMissing(f"{where}: {clean(error.strerror or '').lower()}.", advice="Check the path.")
    if error.errno in _FULL:
        return TransferError(f"The disk of {where} is full.", advice="Make room and try again.")
    return TransferError(f"{where} cannot be used: {clean(error.strerror or str(error))}.")
