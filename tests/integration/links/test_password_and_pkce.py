"""The other grants of OAuth 2: a password where nothing better is offered, and codes with a proof."""

from __future__ import annotations

import base64
import hashlib
import uuid
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from support.links.opening import kept_in, opened
from support.links.rest_server import Answer, Asked, FakeClock, RestServer, serving

from core.links.loading import checked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DEFINITION = """
version = 1
name = "Older"
base_url = "{address}"
test = { path = "thing" }
resources = { things = { path = "thing" } }

[[fields]]
name = "address"
title = "Address"

[[fields]]
name = "username"
title = "User name"

[[fields]]
name = "password"
title = "Password"
type = "password"

[auth]
"""
PASSWORD = """kind = "oauth2_password"
token_url = "{address}/token"
client_id = "client"
client_secret = "{password}"
refresh = "rotating"
"""
CODE = """kind = "oauth2_code"
token_url = "{address}/token"
authorize_url = "https://login.example.org/auth"
redirect_uri = "https://127.0.0.1:9/back"
client_id = "client"
client_secret = "{password}"
scopes = ["read", "write"]
pkce = true
refresh = "static"
"""


class Older(RestServer):
    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.access = self.refresh = ""
        self.challenge = ""
        self.grants: list[str] = []

    def answer(self, asked: Asked) -> Answer:
        if asked.path != "/token":
            good = asked.headers.get("authorization") == f"Bearer {self.access}"
            return Answer(200, {"ok": True}) if good else Answer(401, {})
        form = asked.form
        self.grants.append(form["grant_type"])
        if form["grant_type"] == "password":
            if (form["username"], form["password"]) != ("ann", "p&ss=wörd"):
                return Answer(400, {"error": "invalid_grant"})
        elif form["grant_type"] == "authorization_code":
            proof = hashlib.sha256(form["code_verifier"].encode()).digest()
            if base64.urlsafe_b64encode(proof).rstrip(b"=").decode() != self.challenge:
                return Answer(400, {"error": "invalid_grant"})
        elif form["refresh_token"] != self.refresh:
            return Answer(400, {"error": "invalid_grant", "error_description": "expired"})
        self.access = f"access-{uuid.uuid4()}"
        if form["grant_type"] == "authorization_code":
            self.refresh = "refresh-that-stays"
        elif form["grant_type"] == "password" or self.refresh != "refresh-that-stays":
            self.refresh = f"refresh-{uuid.uuid4()}"
        told = {"access_token": self.access, "expires_in": 3600, "token_type": "Bearer"}
        static = form["grant_type"] == "refresh_token" and self.refresh == "refresh-that-stays"
        return Answer(200, told if static else {**told, "refresh_token": self.refresh})


@pytest.fixture
def older() -> Iterator[Older]:
    with serving(Older(FakeClock())) as site:
        yield site


def test_a_refresh_token_that_ended_is_replaced_by_the_password(older: Older, tmp_path: Path) -> None:
    values = {"address": older.url, "username": "ann", "password": "p&ss=wörd"}
    with opened(checked(DEFINITION + PASSWORD, "older"), values, kept_in(tmp_path), older.clock) as link:
        link.test()
        older.clock.forward(3600)
        link.test()
        older.clock.forward(3600)
        older.refresh = "ended"
        link.test()
    assert older.grants == ["password", "refresh_token", "refresh_token", "password"]


def test_a_code_comes_with_its_proof_and_a_refresh_token_that_stays_is_kept(older: Older, tmp_path: Path) -> None:
    values = {"address": older.url, "username": "ann", "password": "secret-of-client"}
    with opened(checked(DEFINITION + CODE, "older"), values, kept_in(tmp_path), older.clock) as link:
        begun = link.keeper.begin_sign_in()
        told = {name: each[0] for name, each in parse_qs(urlsplit(begun.url).query).items()}
        assert (told["scope"], told["code_challenge_method"]) == ("read write", "S256")
        older.challenge = told["code_challenge"]
        link.keeper.finish_sign_in(begun, f"https://127.0.0.1:9/back?code=c1&state={told['state']}")
        for _ in range(3):
            link.test()
            older.clock.forward(3600)
    assert older.grants == ["authorization_code", "refresh_token", "refresh_token"]
    assert kept_in(tmp_path).read().refresh == "refresh-that-stays"
