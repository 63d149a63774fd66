"""2BA's older web service on loopback: a password, rotating refresh tokens, and one product at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from support.links.rest_server import PAGE, Answer, Asked, RestServer
from support.links.tokens import CLIENT_SECRET, TokenDesk

if TYPE_CHECKING:
    from support.links.rest_server import FakeClock

USER, PASSWORD = "ann", "secret-of-ann"


class TwoBa(RestServer):
    """One subscriber."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.desk = TokenDesk(clock)
        self.products: list[dict[str, Any]] = []

    def refuse(self, status: int) -> Answer:
        return _error(status, "InternalServerError" if status == 500 else "Unauthorized", f"Status {status}")

    def answer(self, asked: Asked) -> Answer:
        if asked.path == "/OAuth/Token":
            return self._token(asked)
        if asked.path == "/1/json/Participant/List":
            return Answer(200, [{"GLN": "8712345678906", "Name": "ACME"}])
        if not self.desk.knows(asked):
            return _error(401, "Unauthorized", "The token is not valid.")
        name = asked.path.removeprefix("/1/json/")
        if name == "Product/Search":
            return Answer(200, [each for each in self.products if asked.query["query"] in each["Description"]])
        keys = {
            "Product/DetailsByGtinA": {"GTIN": "gtin"},
            "Product/DetailsByGLNAndProductcodeA": {"ManufacturerGLN": "gln", "Productcode": "productcode"},
        }.get(name)
        if keys is None:
            return Answer(404, page=PAGE)
        for each in self.products:
            if all(each[member] == asked.query[parameter] for member, parameter in keys.items()):
                return Answer(200, each)
        # Some clients cannot see the status: the body says it, too.
        return _error(200, "BadRequest", "There is no such product.")

    def _token(self, asked: Asked) -> Answer:
        form = asked.form
        if form.get("grant_type") != "password":
            return self.desk.answer(asked)
        if (form["username"], form["password"], form["client_secret"]) != (USER, PASSWORD, CLIENT_SECRET):
            return Answer(400, {"error": "invalid_grant"})
        access, refresh = self.desk.grant()
        return Answer(
            200, {"access_token": access, "refresh_token": refresh, "expires_in": 3600, "token_type": "bearer"}
        )


def _error(status: int, word: str, message: str) -> Answer:
    return Answer(status, {"IsError": True, "ErrorMessage": message, "Status": word})
