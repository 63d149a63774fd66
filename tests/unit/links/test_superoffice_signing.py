"""The signatures of SuperOffice Online: the system user's token, its ticket, and who a connector is."""

from __future__ import annotations

import base64
import datetime as dt
from typing import TYPE_CHECKING, Any

import jwt
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from core.errors import Refused
from core.links.faults import CallFailed
from core.links.superoffice.documents import body_of, local, parsed, text
from core.links.superoffice.signing import Authenticator, private_key, public_key, signed, written_authentication
from core.links.superoffice.system_user import authentication_request, ticket_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

AT = dt.datetime(2026, 11, 29, 5, 7, tzinfo=dt.UTC)
TOKEN = "Pendel-abc123"
APPLICATION = "0a1b2c"


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture(scope="module")
def superoffice() -> RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def as_xml(key: RSAPrivateKey) -> str:
    numbers = key.private_numbers()
    parts = {
        "Modulus": numbers.public_numbers.n,
        "Exponent": numbers.public_numbers.e,
        "P": numbers.p,
        "Q": numbers.q,
        "DP": numbers.dmp1,
        "DQ": numbers.dmq1,
        "InverseQ": numbers.iqmp,
        "D": numbers.d,
    }
    text = {name: base64.b64encode(each.to_bytes((each.bit_length() + 7) // 8, "big")) for name, each in parts.items()}
    return f"<RSAKeyValue>{''.join(f'<{name}>{each.decode()}</{name}>' for name, each in text.items())}</RSAKeyValue>"


def as_pem(key: RSAPrivateKey) -> str:
    way = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, way, serialization.NoEncryption()).decode()


def token_of(key: RSAPrivateKey, **claims: Any) -> str:
    exp = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=5)
    return jwt.encode({"exp": exp, **claims}, key, algorithm="RS256")


def test_a_key_is_read_as_pem_and_as_the_xml_of_superoffice(key: RSAPrivateKey) -> None:
    for content in (as_pem(key), as_xml(key)):
        assert private_key(content).private_numbers() == key.private_numbers()


@pytest.mark.parametrize("content", ["", "secret words", "<RSAKeyValue/>", "<a", "<RSAKeyValue><P>%</P></RSAKeyValue>"])
def test_what_is_no_key_is_refused_and_not_repeated(content: str) -> None:
    with pytest.raises(Refused, match="no RSA key") as caught:
        private_key(content)
    assert not content or content not in str(caught.value)


def test_a_token_is_signed_with_its_minute(key: RSAPrivateKey) -> None:
    body = authentication_request(system_token=TOKEN, application_token="s3cret", context="Cust12345", key=key, at=AT)
    token, minute, signature = body["SignedSystemToken"].split(".")
    assert (token, minute) == (TOKEN, "202611290507")
    key.public_key().verify(
        base64.b64decode(signature), f"{token}.{minute}".encode(), padding.PKCS1v15(), hashes.SHA256()
    )
    assert body["ApplicationToken"] == "s3cret"
    assert body["ContextIdentifier"] == "Cust12345"


def test_a_minute_is_that_of_utc(key: RSAPrivateKey) -> None:
    east = AT.astimezone(dt.timezone(dt.timedelta(hours=9)))
    assert signed(TOKEN, key, east) == signed(TOKEN, key, AT)


def test_a_ticket_is_taken_out_of_a_token_that_superoffice_signed(superoffice: RSAPrivateKey) -> None:
    names = "http://schemes.superoffice.net/identity/"
    claims = {f"{names}ticket": "7T:abc", f"{names}ctx": "Cust1", "aud": "any"}
    ticket = ticket_of({"IsSuccessful": True, "Token": token_of(superoffice, **claims)}, superoffice.public_key())
    assert (ticket.ticket, ticket.context) == ("7T:abc", "Cust1")
    assert ticket.headers("s3cret") == {"Authorization": "SOTicket 7T:abc", "SO-AppToken": "s3cret"}


def test_tickets_that_cannot_be_trusted_are_not_used(key: RSAPrivateKey, superoffice: RSAPrivateKey) -> None:
    past = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
    names = "http://schemes.superoffice.net/identity/"
    unsigned = jwt.encode({f"{names}ticket": "7T:abc"}, "", algorithm="none")
    for reply, words in (
        ({"IsSuccessful": False, "ErrorMessage": "No such tenant"}, "No such tenant"),
        ("<html>", "gives the system user no ticket"),
        ({"IsSuccessful": True, "Token": token_of(key, **{f"{names}ticket": "7T:abc"})}, "InvalidSignatureError"),
        ({"IsSuccessful": True, "Token": token_of(superoffice, exp=past)}, "ExpiredSignatureError"),
        ({"IsSuccessful": True, "Token": unsigned}, "InvalidAlgorithmError"),
        ({"IsSuccessful": True, "Token": token_of(superoffice)}, "without a ticket"),
        ({"IsSuccessful": True}, "DecodeError"),
    ):
        with pytest.raises(CallFailed, match=words) as caught:
            ticket_of(reply, superoffice.public_key())
        assert caught.value.kind == "sign_in"
        assert "7T:abc" not in str(caught.value)


def asked(connector: Authenticator | None, token: str, *, bare: bool = False) -> dict[str, str]:
    """What a connector answers a request to authenticate."""
    inside = f"<b:SignedToken>{token}</b:SignedToken>"
    outer = f"<AuthenticationRequest>{inside}</AuthenticationRequest>"
    body = outer if bare else f"<Authenticate><request>{inside}</request></Authenticate>"
    root = parsed(
        f'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:a" xmlns:b="urn:b"><e:Body>{body}'
        "</e:Body></e:Envelope>".encode()
    )
    reply = parsed(written_authentication(connector, body_of(root)))
    told = {local(each): text(each) for each in reply.iter() if not len(each)}
    names = [local(each) for each in body_of(reply).iter()]
    assert names[1] == ("AuthenticationResponse" if bare else "AuthenticateResponse")
    return told


@pytest.fixture
def connector(key: RSAPrivateKey, superoffice: RSAPrivateKey) -> Authenticator:
    return Authenticator(APPLICATION, key, superoffice.public_key(), now=lambda: AT)


@pytest.mark.parametrize("bare", [False, True])
@pytest.mark.parametrize("name", ["nonce", "http://schemes.superoffice.net/identity/nonce"])
def test_a_connector_says_who_it_is(
    connector: Authenticator, key: RSAPrivateKey, superoffice: RSAPrivateKey, name: str, bare: bool
) -> None:
    told = asked(connector, token_of(superoffice, aud=f"spn:{APPLICATION}", **{name: "N0NCE"}), bare=bare)
    assert told == {"SignedApplicationToken": signed("N0NCE", key, AT), "Succeeded": "true"}


def test_a_connector_answers_nobody_else(
    connector: Authenticator, key: RSAPrivateKey, superoffice: RSAPrivateKey
) -> None:
    audience = f"spn:{APPLICATION}"
    for token in (
        token_of(key, aud=audience, nonce="N"),
        token_of(superoffice, aud="spn:other", nonce="N"),
        token_of(superoffice, nonce="N"),
        token_of(superoffice, aud=audience),
        "",
        "a.b.c",
    ):
        told = asked(connector, token)
        assert told["Succeeded"] == "false"
        assert told["Reason"]
        assert "SignedApplicationToken" not in told
    assert "no application of SuperOffice Online" in asked(None, "x")["Reason"]


def test_the_certificate_of_superoffice_is_read_in_any_form(superoffice: RSAPrivateKey) -> None:
    pem = superoffice.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    assert public_key(pem).public_numbers() == superoffice.public_key().public_numbers()
    for content in (b"", b"x", b"-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----"):
        with pytest.raises(Refused, match="certificate"):
            public_key(content)
