"""Tokens of OAuth 2: got, refreshed by one at a time, and on the disk before they are used.

The messages are made and read by oauthlib; when to ask, and what is kept, is decided here.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote_plus, urlsplit

from core.errors import Refused
from core.links.address import host_of
from core.links.faults import CallFailed
from core.links.model.auth import ClientOAuth2, CodeOAuth2, PasswordOAuth2
from core.links.model.templates import filled
from core.links.throttle import PATIENCE
from core.links.tokens import Tokens
from core.text import clean, time_span

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from core.links.clock import Clock
    from core.links.fields import LinkValue
    from core.links.model.auth import OAuth2
    from core.links.tokens import TokenStore

_DAY = 86_400
_TOO_EARLY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class FormReply:
    """What the token address answered."""

    status: int
    headers: Mapping[str, str]
    text: str


@dataclass(frozen=True, slots=True)
class SignIn:
    """A person is signing in with a browser."""

    url: str
    """To be opened there."""
    state: str
    verifier: str


class TokenKeeper:
    """Has an access token whenever one is needed. Any number of threads may ask; one of them refreshes."""

    def __init__(
        self,
        auth: OAuth2,
        values: Mapping[str, LinkValue],
        *,
        store: TokenStore,
        clock: Clock,
        post: Callable[[str, str, Mapping[str, str]], FormReply],
        learn: Callable[[str], None],
        name: str,
    ) -> None:
        """``post`` sends a form to an address; ``learn`` is called with every token before it is used."""
        self._auth, self._values = auth, values
        self._store, self._clock, self._post, self._learn = store, clock, post, learn
        self._name = name
        self._of = self._fingerprint()
        self._lock = threading.Lock()
        self._tokens = Tokens()

    def access(self, *, instead_of: str = "") -> str:
        """Return an access token that is good now; not ``instead_of``, which the system has refused.

        Raises:
            CallFailed: nobody has signed in, the system gives none, or its limits forbid to ask now.
            StopRequested: a stop was asked for.
        """
        with self._lock:
            if not self._good(self._tokens, instead_of):
                with self._store.locked():
                    # Another process may have refreshed meanwhile; its refresh token is the only one that counts.
                    self._tokens = self._store.read()
                    if not self._good(self._tokens, instead_of):
                        self._tokens = self._renewed(self._tokens)
            self._learn(self._tokens.access)
            self._learn(self._tokens.refresh)
            return self._tokens.access

    def begin_sign_in(self) -> SignIn:
        """Return the address at which a person signs in.

        Raises:
            Refused: this system has no such address.
        """
        from oauthlib.common import generate_token

        auth = self._code_auth()
        client = self._client()
        state = generate_token(32)
        verifier = client.create_code_verifier(64) if auth.pkce else ""
        further: dict[str, str] = dict(auth.parameters)
        if verifier:
            further |= {
                "code_challenge": client.create_code_challenge(verifier, "S256"),
                "code_challenge_method": "S256",
            }
        url = client.prepare_request_uri(
            filled(auth.authorize_url, self._values),
            redirect_uri=filled(auth.redirect_uri, self._values),
            scope=self._scopes() or None,
            state=state,
            **further,
        )
        return SignIn(url, state, verifier)

    def finish_sign_in(self, sign_in: SignIn, address: str) -> None:
        """Take the address that the browser was sent to, and get tokens for the code in it.

        Raises:
            Refused: the address is not that of this sign-in, or says that it was refused.
            CallFailed: the system gives no tokens for it.
        """
        auth = self._code_auth()
        told = parse_qs(urlsplit(address.strip()).query)
        if "error" in told:
            reason = clean((told.get("error_description") or told["error"])[0], limit=200)
            raise Refused(f"{self._name} refused the sign-in: {reason}.", advice="Sign in again.")
        if "code" not in told:
            raise Refused("There is no code in this address.", advice="Copy the whole address from the browser.")
        if not hmac.compare_digest(told.get("state", [""])[0].encode(), sign_in.state.encode()):
            raise Refused("This address belongs to another sign-in.", advice="Begin anew, and use its own address.")
        in_body = auth.client_auth == "body"
        further = {"code_verifier": sign_in.verifier} if sign_in.verifier else {}
        if in_body and (secret := self._secret()):
            further["client_secret"] = secret
        with self._lock, self._store.locked():
            form = self._client().prepare_request_body(
                code=told["code"][0],
                redirect_uri=filled(auth.redirect_uri, self._values),
                include_client_id=in_body,
                **further,
            )
            self._tokens = self._asked(self._store.read(), form)

    def _code_auth(self) -> CodeOAuth2:
        if not isinstance(self._auth, CodeOAuth2):
            raise Refused(f"{self._name} is not signed in to with a browser.")
        return self._auth

    def _good(self, tokens: Tokens, refused: str) -> bool:
        now = self._clock.now()
        if tokens.of and tokens.of != self._of:
            # Got with other values: what they say of those that count now is nothing.
            return False
        usable = tokens.obtained_at <= now < tokens.expires_at - self._auth.margin_seconds
        return bool(tokens.access) and tokens.access != refused and usable

    def _renewed(self, tokens: Tokens) -> Tokens:
        auth = self._auth
        if isinstance(auth, ClientOAuth2):
            return self._asked(tokens, self._form_for_client())
        if tokens.refresh and auth.refresh != "none":
            try:
                return self._refreshed(tokens, auth)
            except CallFailed as error:
                if error.kind != "sign_in" or not isinstance(auth, PasswordOAuth2):
                    raise
        if isinstance(auth, PasswordOAuth2):
            return self._asked(tokens, self._form_for_password(auth))
        raise CallFailed(
            f"Nobody has signed in to {self._name} for this link yet.",
            kind="sign_in",
            advice="Sign in with a browser once.",
        )

    def _refreshed(self, tokens: Tokens, auth: CodeOAuth2 | PasswordOAuth2) -> Tokens:
        now = self._clock.now()
        pause = tokens.obtained_at + auth.refresh_not_before_seconds - now
        # A moment that is yet to come says that the clock was set back since.
        if pause > 0 and tokens.obtained_at <= now:
            self._wait(pause, "gives a new token")
        form = self._client().prepare_refresh_body(
            refresh_token=tokens.refresh,
            **({"scope": scopes} if (scopes := self._scopes()) else {}),
            **self._credentials(),
        )
        try:
            return self._asked(tokens, form)
        except CallFailed as error:
            if error.kind == "sign_in" and tokens.asking:
                error.say(
                    f"{error.message} Pendel was interrupted in the middle of a refresh before, "
                    "and the answer to it was lost."
                )
            raise

    def _asked(self, tokens: Tokens, form: str) -> Tokens:
        """Ask for tokens, keep them, and return them."""
        now = self._clock.now()
        begun = tokens.begun(now)
        if self._auth.calls_a_day is not None and len(begun.calls) > self._auth.calls_a_day:
            self._wait(begun.calls[0] + _DAY - now, "gives a new token")
        # Written before the answer, too: so a crash between the two is known of, and the call counted.
        self._store.write(begun)
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        if self._auth.client_auth == "basic":
            headers["Authorization"] = self._basic()
        reply = self._post(filled(self._auth.token_url, self._values), form, headers)
        try:
            found = self._taken(reply, begun)
        except CallFailed:
            if reply.status < 500:
                # It has answered: nothing got lost.
                self._store.write(replace(begun, asking=False))
            raise
        self._store.write(found)
        return found

    def _taken(self, reply: FormReply, before: Tokens) -> Tokens:
        from oauthlib.oauth2 import OAuth2Error
        from oauthlib.oauth2.rfc6749.parameters import parse_token_response

        try:
            told: dict[str, Any] = parse_token_response(reply.text)
        except OAuth2Error as error:
            raise self._refusal(reply, str(error.error or ""), str(error.description or "")) from None
        except (ValueError, TypeError, AttributeError):
            raise self._refusal(reply, "", "") from None
        if reply.status >= 400:
            raise self._refusal(reply, "", "")
        now = self._clock.now()
        access, refresh = str(told["access_token"]), str(told.get("refresh_token") or before.refresh)
        self._learn(access)
        self._learn(refresh)
        return Tokens(
            access=access,
            refresh=refresh,
            obtained_at=now,
            expires_at=now + float(told.get("expires_in") or self._auth.lifetime_seconds),
            calls=before.calls,
            of=self._of,
        )

    def _refusal(self, reply: FormReply, error: str, description: str) -> CallFailed:
        host = host_of(filled(self._auth.token_url, self._values))
        said = clean(description or error, limit=200).rstrip(".")
        words = f"{host} gives no token (status {reply.status}){': ' + said if said else ''}."
        reason = reply.headers.get("reason", "")
        if "TooEarly" in reason:
            return CallFailed(
                words, kind="wait", after=_TOO_EARLY_SECONDS, status=reply.status, advice="It gives one later."
            )
        if reply.status == 429 or reply.status >= 500:
            return CallFailed(words, kind="retry", status=reply.status, advice="Retrying may help.")
        if error in ("invalid_client", "unauthorized_client", "invalid_scope"):
            return CallFailed(
                words,
                kind="settings",
                status=reply.status,
                advice="Check client id, client secret and scopes of the link.",
            )
        if not error:
            return CallFailed(words, kind="settings", status=reply.status, advice="Check the address for tokens.")
        return CallFailed(
            words, kind="sign_in", status=reply.status, code=clean(error, limit=60), advice="Sign in again."
        )

    def _wait(self, seconds: float, what: str) -> None:
        if seconds > PATIENCE:
            raise CallFailed(
                f"{self._name} {what} in {time_span(seconds)} at the earliest.",
                kind="wait",
                after=seconds,
                advice="The next run goes on from here.",
            )
        self._clock.wait(seconds)

    def _scopes(self) -> list[str]:
        return [each for scope in self._auth.scopes for each in filled(scope, self._values).split()]

    def _fingerprint(self) -> str:
        """Return what tells the values by which tokens are got from others; it is kept in the vault only."""
        auth = self._auth
        templates = [auth.token_url, auth.client_id, auth.client_secret or "", *auth.scopes]
        if isinstance(auth, PasswordOAuth2):
            templates += [auth.username, auth.password]
        told = json.dumps([filled(each, self._values) for each in templates])
        return hashlib.sha256(told.encode()).hexdigest()

    def _client(self) -> Any:
        from oauthlib.oauth2 import WebApplicationClient

        return WebApplicationClient(filled(self._auth.client_id, self._values))

    def _secret(self) -> str:
        return filled(self._auth.client_secret, self._values) if self._auth.client_secret else ""

    def _credentials(self) -> dict[str, str]:
        if self._auth.client_auth == "basic":
            return {}
        secret = self._secret()
        return {
            "client_id": filled(self._auth.client_id, self._values),
            **({"client_secret": secret} if secret else {}),
        }

    def _basic(self) -> str:
        # RFC 6749, section 2.3.1: both are form-encoded before they become a Basic header.
        pair = f"{quote_plus(filled(self._auth.client_id, self._values))}:{quote_plus(self._secret())}"
        return f"Basic {base64.b64encode(pair.encode()).decode()}"

    def _form_for_client(self) -> str:
        from oauthlib.oauth2.rfc6749.parameters import prepare_token_request

        form: str = prepare_token_request("client_credentials", scope=self._scopes() or None, **self._credentials())
        return form

    def _form_for_password(self, auth: PasswordOAuth2) -> str:
        from oauthlib.oauth2.rfc6749.parameters import prepare_token_request

        form: str = prepare_token_request(
            "password",
            scope=self._scopes() or None,
            username=filled(auth.username, self._values),
            password=filled(auth.password, self._values),
            **self._credentials(),
        )
        return form
