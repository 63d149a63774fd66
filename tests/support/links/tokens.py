"""The token address of a system whose refresh tokens rotate: each is used once."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from support.links.rest_server import Answer, Asked

if TYPE_CHECKING:
    from support.links.rest_server import FakeClock

CLIENT_ID, CLIENT_SECRET = "client-1", "client-secret-1"


class TokenDesk:
    """Gives tokens for refresh tokens; credentials of the client go into the form."""

    def __init__(self, clock: FakeClock, *, lifetime: float = 3600, rotating: bool = True) -> None:
        self._clock, self._lifetime, self._rotating = clock, lifetime, rotating
        self.access_token = self.refresh_token = ""
        self._ends = float("-inf")

    def grant(self) -> tuple[str, str]:
        """Give an access and a refresh token, as if somebody had signed in now."""
        self.access_token = f"access-{uuid.uuid4()}"
        if self._rotating or not self.refresh_token:
            self.refresh_token = f"refresh-{uuid.uuid4()}"
        self._ends = self._clock.now() + self._lifetime
        return self.access_token, self.refresh_token

    def knows(self, asked: Asked) -> bool:
        good = bool(self.access_token) and self._clock.now() < self._ends
        return good and asked.headers.get("authorization") == f"Bearer {self.access_token}"

    def answer(self, asked: Asked) -> Answer:
        form = asked.form
        if "authorization" in asked.headers or form.get("client_secret") != CLIENT_SECRET:
            return Answer(400, {"error": "invalid_client"})
        if form.get("grant_type") != "refresh_token" or form.get("refresh_token") != self.refresh_token:
            return Answer(400, {"error": "invalid_grant"})
        access, refresh = self.grant()
        told = {"access_token": access, "token_type": "bearer", "expires_in": self._lifetime}
        return Answer(200, {**told, "refresh_token": refresh} if self._rotating else told)
