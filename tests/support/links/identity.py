"""A server that gives tokens for client credentials, or for a user's password, and content for tokens."""

from __future__ import annotations

import base64
import uuid
from typing import TYPE_CHECKING, Any

from support.links.rest_server import Answer, Asked, RestServer

if TYPE_CHECKING:
    from support.links.rest_server import FakeClock

CLIENT_ID, CLIENT_SECRET = "client-1", "secret-of-1"
USER, PASSWORD = "ann", "secret-of-ann"


class Identity(RestServer):
    """Tokens live an hour."""

    scopes: tuple[str, ...] = ()
    """Those that the client may ask for."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.tokens: dict[str, float] = {}
        self.refresh_token = ""
        """The one that is good: each is used once."""

    def answer(self, asked: Asked) -> Answer:
        if asked.path == "/connect/token":
            return self._token(asked)
        if asked.path == "/OAuth/Token":
            return self._user_token(asked)
        token = asked.headers.get("authorization", "").removeprefix("Bearer ")
        if self.tokens.get(token, 0) <= self.clock.now():
            return Answer(401, {"title": "Unauthorized"})
        return self.content(asked)

    def _token(self, asked: Asked) -> Answer:
        form = asked.form
        basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        in_body = (form.get("client_id"), form.get("client_secret")) == (CLIENT_ID, CLIENT_SECRET)
        if not in_body and asked.headers.get("authorization") != f"Basic {basic}":
            return Answer(400, {"error": "invalid_client"})
        scopes = form.get("scope", "").split()
        if form.get("grant_type") != "client_credentials" or not scopes or not {*scopes} <= {*self.scopes}:
            return Answer(400, {"error": "invalid_scope"})
        return Answer(200, {**self._granted(), "scope": "others"})

    def _user_token(self, asked: Asked) -> Answer:
        form = asked.form
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return Answer(400, {"error": "invalid_client"})
        by_password = form.get("grant_type") == "password" and (form["username"], form["password"]) == (USER, PASSWORD)
        refreshed = form.get("grant_type") == "refresh_token" and form["refresh_token"] == self.refresh_token != ""
        if not by_password and not refreshed:
            return Answer(400, {"error": "invalid_grant"})
        self.refresh_token = f"refresh-{uuid.uuid4()}"
        return Answer(200, {**self._granted(), "refresh_token": self.refresh_token})

    def _granted(self) -> dict[str, Any]:
        token = f"token-{uuid.uuid4()}"
        self.tokens[token] = self.clock.now() + 3600
        return {"access_token": token, "expires_in": 3600, "token_type": "Bearer"}

    def content(self, asked: Asked) -> Answer:
        raise NotImplementedError
