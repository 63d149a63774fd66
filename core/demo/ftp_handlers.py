"""What pyftpdlib does not do by itself: implicit TLS, and data channels that must carry the TLS session on."""

from __future__ import annotations

from OpenSSL import SSL
from pyftpdlib.handlers import TLS_DTPHandler, TLS_FTPHandler


class SameSessionData(TLS_DTPHandler):  # type: ignore[misc]
    """A data channel that refuses a client which does not carry on with the TLS session of the control channel."""

    def handle_ssl_established(self) -> None:
        """Look whether the session is a resumed one; pyOpenSSL has no word of its own for it."""
        super().handle_ssl_established()
        library = SSL._lib  # type: ignore[attr-defined]  # noqa: SLF001
        if not library.SSL_session_reused(self.socket._ssl):  # noqa: SLF001
            self._resp = ("522 The data connection must reuse the TLS session of the control connection.", None)
            self._error = True
            self.close()


class ExplicitTls(TLS_FTPHandler):  # type: ignore[misc]
    """Wants TLS on both channels before anything else."""

    tls_control_required = True
    tls_data_required = True
    dtp_handler = SameSessionData


class ImplicitTls(ExplicitTls):
    """Speaks TLS from the first byte."""

    def handle(self) -> None:
        """Begin TLS in place of the greeting."""
        self.secure_connection(self.ssl_context)

    def handle_ssl_established(self) -> None:
        """Greet, now that nobody can read along."""
        super().handle()


def tls_context(certificate: str, key: str) -> SSL.Context:
    """Return the server's side of TLS, whose sessions can be resumed."""
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.use_certificate_chain_file(certificate)
    context.use_privatekey_file(key)
    context.set_session_cache_mode(SSL.SESS_CACHE_SERVER)
    # Without an id of its context, OpenSSL resumes no session.
    context.set_session_id(b"pendel")
    return context
