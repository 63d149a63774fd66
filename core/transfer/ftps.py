"""FTPS as a location: FTP over TLS, explicit or implicit, with both channels protected."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from core.errors import ConnectionFailed
from core.text import clean
from core.transfer.faults import disk_fault
from core.transfer.ftp import FtpLocation
from core.transfer.ftp_client import FtpsClient
from core.transfer.remote import Step

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class FtpsLocation(FtpLocation):
    """Reads and writes on a server by FTPS."""

    def __init__(
        self,
        name: str,
        *,
        host: str,
        port: int,
        timeout: float,
        directory: str,
        username: str,
        password: str,
        passive: bool,
        implicit: bool,
        context: ssl.SSLContext,
    ) -> None:
        super().__init__(
            name,
            host=host,
            port=port,
            timeout=timeout,
            directory=directory,
            username=username,
            password=password,
            passive=passive,
        )
        self._implicit = implicit
        self._context = context

    def connect_steps(self) -> Sequence[Step]:
        """Return the steps of connecting: name, port, TLS, login, directory."""
        first, _, *others = super().connect_steps()
        return (first, Step("port", self._dial), Step("TLS", self._secure), *others)

    def _new_client(self) -> FtpsClient:
        return FtpsClient(timeout=self.timeout, lifeline=self._lifeline, context=self._context)

    def _dial(self) -> str:
        if not self._implicit:
            return super()._dial()
        with self.reporting():
            self._client = self._new_client()
            self._client.set_pasv(self._passive)
            self._client.dial(self.host, self.port)
        return f"Port {self.port} of {self.host} answers."

    def _secure(self) -> str:
        import ftplib

        client = self._tls()
        with self.reporting():
            try:
                version = client.secure(ask=not self._implicit)
            except ftplib.error_perm as error:
                raise ConnectionFailed(
                    f"{self.server} offers no TLS: {self._said(error)}.",
                    advice="Its administrator must switch FTPS on; ftps-implicit usually is on port 990.",
                    retriable=False,
                ) from error
            if self._implicit:
                client.greet()
        checked = "its certificate is valid" if self._context.verify_mode else "its certificate is NOT verified"
        return f"{version}; {checked}."

    def _protect(self) -> None:
        self._tls().prot_p()

    def _tls(self) -> FtpsClient:
        client = self._ftp()
        assert isinstance(client, FtpsClient)  # noqa: S101 - made by _new_client()
        return client


def tls_context(ca_file: Path | None, *, verify: bool) -> ssl.SSLContext:
    """Return the TLS settings of a location.

    Raises:
        TransferError: ``ca_file`` cannot be read or holds no certificate.
    """
    try:
        context = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    except ssl.SSLError as error:
        raise ConnectionFailed(
            f"{clean(str(ca_file))} holds no certificate in PEM format.",
            advice="Check ca_file in the location's settings.",
            retriable=False,
        ) from error
    except OSError as error:
        raise disk_fault(error, ca_file or "") from error
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
