"""The signatures of SuperOffice Online: who an application is, and who SuperOffice is.

An application has an RSA key, which SuperOffice hands out as XML. What it signs is ``text.YYYYMMDDHHmm``, the time in
UTC; the signature (RSASSA-PKCS1-v1_5 with SHA-256, in base64) is added behind another dot. (SuperOffice, "System user
token"; "IntegrationServiceConnectorAuth".)

Before it uses a connector, SuperOffice Online asks it to ``Authenticate``: it sends a JWT for the audience
``spn:<application id>``, and wants the nonce in it back, signed by the application.
"""

from __future__ import annotations

import base64
import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from lxml import etree

from core.errors import Refused
from core.links.superoffice.documents import SOAP, BadXml, first_in, local, parsed, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

AUTHENTICATE: Final = "Authenticate"
"""The one operation of ``IIntegrationServiceConnectorAuth``."""
_LEEWAY_SECONDS = 300
_SMALLEST_KEY = 1024


def private_key(content: str) -> RSAPrivateKey:
    """Return the key of an application, as PEM or as the XML that SuperOffice hands out (``RSAKeyValue``).

    Raises:
        Refused: it is neither; nothing of it stands in the message.
    """
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key: Any = None
    try:
        given = content.strip().encode()
        key = _from_xml(given) if given.startswith(b"<") else load_pem_private_key(given, None)
    except (BadXml, ValueError, TypeError, KeyError):
        key = None
    if not isinstance(key, RSAPrivateKey) or key.key_size < _SMALLEST_KEY:
        raise Refused(
            "The key of the application for SuperOffice cannot be used: it is no RSA key in PEM or XML.",
            advice="Store the private key that SuperOffice handed out, as it is.",
        )
    return key


def _from_xml(content: bytes) -> RSAPrivateKey:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateNumbers, RSAPublicNumbers

    # XML Signature, section 4.5.2.2, and the private parts that .NET adds.
    parts = {
        local(each): int.from_bytes(base64.b64decode("".join(text(each).split()), validate=True), "big")
        for each in parsed(content)
    }
    public = RSAPublicNumbers(parts["Exponent"], parts["Modulus"])
    return RSAPrivateNumbers(
        parts["P"], parts["Q"], parts["D"], parts["DP"], parts["DQ"], parts["InverseQ"], public
    ).private_key()


def signed(content: str, key: RSAPrivateKey, at: dt.datetime) -> str:
    """Return a text with the time and the signature of both: what SuperOffice takes as proof of who sends it."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

    dated = f"{content}.{at.astimezone(dt.UTC):%Y%m%d%H%M}"
    signature = key.sign(dated.encode(), PKCS1v15(), hashes.SHA256())
    return f"{dated}.{base64.b64encode(signature).decode()}"


def public_key(certificate: bytes) -> RSAPublicKey:
    """Return the key in a certificate of SuperOffice (PEM or DER), or in a PEM file of a public key.

    Raises:
        Refused: it is neither.
    """
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key
    from cryptography.x509 import load_der_x509_certificate, load_pem_x509_certificate

    key: Any = None
    try:
        if b"BEGIN CERTIFICATE" in certificate:
            key = load_pem_x509_certificate(certificate).public_key()
        elif b"-----BEGIN" in certificate:
            key = load_pem_public_key(certificate)
        else:
            key = load_der_x509_certificate(certificate).public_key()
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, RSAPublicKey):
        raise Refused(
            "The certificate of SuperOffice cannot be used: it has no RSA key in PEM or DER.",
            advice="Fetch it anew from SuperOffice, and see that the file is whole.",
        )
    return key


def claims_of(token: str, key: RSAPublicKey, *, audience: str | None = None) -> dict[str, Any]:
    """Return what a JWT of SuperOffice says, once its signature and its times were found right.

    Raises:
        ValueError: they are not, or it is for another ``audience``.
    """
    import jwt

    try:
        return jwt.decode(
            token,
            key,
            # No other: a token that names its own way to be checked is not checked.
            algorithms=["RS256"],
            audience=audience,
            leeway=_LEEWAY_SECONDS,
            options={"require": ["exp"], "verify_aud": audience is not None},
        )
    except jwt.PyJWTError as error:
        raise ValueError(f"the token of SuperOffice is not accepted ({type(error).__name__})") from None


@dataclass(frozen=True, slots=True)
class Authenticator:
    """Answers SuperOffice Online who the application is."""

    application: str
    """Its id at SuperOffice."""
    key: RSAPrivateKey
    superoffice: RSAPublicKey
    now: Callable[[], dt.datetime]

    def answer(self, token: str) -> str:
        """Return the signed nonce of a token.

        Raises:
            ValueError: the token is not one of SuperOffice for this application.
        """
        claims = claims_of(token, self.superoffice, audience=f"spn:{self.application}")
        nonce = next((value for name, value in claims.items() if name.rpartition("/")[2] == "nonce"), None)
        if not isinstance(nonce, str) or not nonce:
            raise ValueError("the token of SuperOffice has no nonce")
        return signed(nonce, self.key, self.now())


def written_authentication(authenticator: Authenticator | None, body: etree._Element) -> bytes:
    """Return the envelope that answers a request to authenticate; in its namespaces, which are not public."""
    token = next((each for each in body.iter() if local(each) == "SignedToken"), None)
    answer = reason = ""
    try:
        if authenticator is None:
            raise ValueError("this connector is no application of SuperOffice Online")
        answer = authenticator.answer(text(token))
    except ValueError as error:
        reason = str(error)
    outer = first_in(body)
    namespace = _namespace(outer)
    inside = _namespace(token) if token is not None else namespace
    envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"s": SOAP})
    holder = etree.SubElement(envelope, f"{{{SOAP}}}Body")
    if outer is not None and local(outer) == AUTHENTICATE:
        wrap = etree.SubElement(holder, f"{namespace}AuthenticateResponse")
        holder = etree.SubElement(wrap, f"{namespace}AuthenticateResult")
    else:
        holder = etree.SubElement(holder, f"{namespace}AuthenticationResponse")
    told = {"Reason": reason, "SignedApplicationToken": answer, "Succeeded": "true" if answer else "false"}
    for name, value in told.items():
        if value:
            etree.SubElement(holder, f"{inside}{name}").text = value
    return etree.tostring(envelope, encoding="utf-8", xml_declaration=True)


def _namespace(element: etree._Element | None) -> str:
    tag = element.tag if element is not None else ""
    return str(tag)[: str(tag).rfind("}") + 1]
