"""One link, open: requests sent as its connector declares them, and their replies judged.

A connection is encrypted and its certificate verified, or leads to this machine itself. No redirect is followed, for
credentials would go along. Every wait has an end, and every reply a size.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from core.closing import Closing
from core.errors import Refused
from core.links.address import host_of, origin
from core.links.faults import CallFailed
from core.links.hosts import Home
from core.links.judging import Judge
from core.links.model.auth import (
    ApiKeyAuth,
    BasicAuth,
    ChosenAuth,
    ClientOAuth2,
    CodeOAuth2,
    NtlmAuth,
    PasswordOAuth2,
    SystemUserAuth,
)
from core.links.model.templates import filled, filled_tree
from core.links.oauth import FormReply, TokenKeeper
from core.links.repeating import repeating
from core.links.throttle import PATIENCE, Throttle
from core.links.traces import OwnTraces
from core.links.values import json_bytes
from core.links.wire import Wire
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from core.links.clock import Clock
    from core.links.counts import CountStore
    from core.links.fields import LinkValue
    from core.links.model.connector import Connector
    from core.links.model.requests import Request
    from core.links.superoffice.tickets import TicketKeeper
    from core.links.tokens import TokenStore
    from core.links.traces import TraceStore
    from core.redaction import Redactor
    from core.stop import StopToken


@dataclass(frozen=True, slots=True)
class Call:
    """A request, ready to be sent but for what goes along with every one."""

    method: str
    path: str
    """Behind the address of the system; or a whole address on the same server."""
    group: str
    """What limits and messages call it: the path of its resource."""
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    repeatable: bool = True
    """Whether sending it twice is as good as sending it once."""
    writes: bool = False
    """Whether it is to change something there; some systems are asked by ``POST``, too."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A success."""

    status: int
    headers: Mapping[str, str]
    document: Any


class Connection(Closing):
    """Calls one system. Any number of threads may use it; close it, or use it in a ``with`` block."""

    def __init__(
        self,
        connector: Connector,
        values: Mapping[str, LinkValue],
        *,
        tokens: TokenStore,
        clock: Clock,
        redactor: Redactor,
        stop: StopToken,
        counts: CountStore | None = None,
        traces: TraceStore | None = None,
    ) -> None:
        """``values`` are those of the link's fields (:func:`core.links.fields.link_values`).

        ``counts`` keeps what is counted for the limits, ``traces`` what stays to be known of what was written; None
        lets it end with the connection.

        Raises:
            Refused: the address of the system cannot be used.
        """
        self.connector = connector
        self.values = dict(values)
        self.clock = clock
        self._redactor = redactor
        for each in connector.fields:
            if each.type == "password" and (secret := values.get(each.name)):
                redactor.add(str(secret))
        auth = connector.auth
        self._auth = auth.way(values) if isinstance(auth, ChosenAuth) else auth
        self._home = Home(connector, values, self._told)
        self.host = self._home.name
        self._judge = Judge(connector)
        self.traces: TraceStore = traces or OwnTraces()
        # What is signed in to is a connection, and there is one.
        self._throttle = Throttle(
            connector.limits,
            clock=clock,
            stop=stop,
            name=connector.name,
            counts=counts,
            one_by_one=isinstance(self._auth, NtlmAuth),
        )
        self._wire = Wire(timeout=connector.timeout, accept="application/json", stop=stop, **self._one_connection())
        self.witness: Callable[[Call, Reply | CallFailed], None] | None = None
        """Is told of every request and what became of it."""
        self._keeper: TokenKeeper | None = None
        self._tickets = self._ticket_keeper()
        if isinstance(self._auth, ClientOAuth2 | CodeOAuth2 | PasswordOAuth2):
            self._keeper = TokenKeeper(
                self._auth,
                values,
                store=tokens,
                clock=clock,
                post=self._post_form,
                learn=redactor.add_passing,
                name=connector.name,
            )

    @property
    def by_browser(self) -> bool:
        """Whether a person signs in to it with a browser."""
        return isinstance(self._auth, CodeOAuth2)

    def _ticket_keeper(self) -> TicketKeeper | None:
        if not isinstance(self._auth, SystemUserAuth):
            return None
        from core.links.superoffice.tickets import TicketKeeper

        return TicketKeeper(
            self._auth, self.values, clock=self.clock, post=self._post_json, learn=self._redactor.add_passing
        )

    def _one_connection(self) -> dict[str, Any]:
        """Return what the client needs for a way of signing in that concerns a connection, not a request."""
        if not isinstance(self._auth, NtlmAuth):
            return {}
        import httpx

        from core.links.ntlm import NtlmSignIn

        name, password = filled(self._auth.username, self.values), filled(self._auth.password, self.values)
        return {"auth": NtlmSignIn(name, password), "limits": httpx.Limits(max_connections=1)}

    def close(self) -> None:
        """Close all connections."""
        self._wire.close()
        self._throttle.close()
        self.traces.close()

    @property
    def signs_in(self) -> bool:
        """Whether this system gives tokens."""
        return self._keeper is not None

    @property
    def keeper(self) -> TokenKeeper:
        """What keeps the tokens, for signing in.

        Raises:
            Refused: this system has none.
        """
        if self._keeper is None:
            raise Refused(f"{self.connector.name} knows no signing in: it has no tokens.")
        return self._keeper

    def test(self) -> Reply:
        """Send the request that shows whether the link works.

        Raises:
            CallFailed, ConnectionFailed, StopRequested: as :meth:`call`.
        """
        return self.call(self.prepared(self.connector.test, repeatable=True))

    def prepared(
        self, request: Request, *, more: Mapping[str, Any] | None = None, repeatable: bool, writes: bool = False
    ) -> Call:
        """Return a request of the definition with its placeholders filled in; ``more`` are values beside the link's.

        Raises:
            CallFailed: a value is missing or cannot be written so.
        """
        # A field of a record never stands in for one of the link, such as the company that is written to.
        values = {**(more or {}), **self.values}
        try:
            return Call(
                request.method,
                filled(request.path, values, in_path=True),
                group=request.path,
                # A parameter whose value is empty, such as a filter that was not set, is not sent.
                query={name: text for name, each in request.query.items() if (text := filled(each, values))},
                headers={name: filled(text, values) for name, text in request.headers.items()},
                body=None if request.body is None else filled_tree(request.body, values),
                repeatable=repeatable,
                writes=writes,
            )
        except ValueError as error:
            raise CallFailed(
                f"The request for {clean(request.path, limit=80)} cannot be made: {error}.",
                kind="record",
                advice="Mend the record or the definition.",
            ) from None

    def call(self, call: Call) -> Reply:
        """Send a request, again where that helps, and return its reply.

        Raises:
            CallFailed: the system refuses it; ``unclear`` where it may have been carried out without an answer.
            ConnectionFailed: the system cannot be reached.
            StopRequested: a stop was asked for.
        """
        try:
            reply: Reply = repeating(self.clock)(self._authorised, call)
        except CallFailed as error:
            # What a system says may repeat what it was sent.
            error.say(self._redactor.redact(error.message))
            if self.witness is not None:
                self.witness(call, error)
            raise
        if self.witness is not None:
            self.witness(call, reply)
        return reply

    def _authorised(self, call: Call) -> Reply:
        """Send once; once more with a new token, where the old one was refused."""
        auth, used, refused = self._auth, "", ""
        source = self._keeper or self._tickets

        def token() -> str:
            nonlocal used
            used = source.access(instead_of=refused) if source else ""
            return used

        try:
            return self._at_home(call, token)
        except CallFailed as error:
            keeps = isinstance(auth, ClientOAuth2 | CodeOAuth2 | PasswordOAuth2) and auth.on_401 == "fail"
            if error.status != 401 or source is None or keeps:
                raise
        refused = used
        return self._at_home(call, token)

    def _at_home(self, call: Call, token: Callable[[], str]) -> Reply:
        """Send once; once more to where the system is now, when it says that it has moved."""
        base = self._home.base()
        try:
            return self._sent(call, token, base)
        except CallFailed as error:
            if not self._home.moved(error.status):
                raise
        now = self._home.base(instead_of=base)
        # The address of a next page is on the server that has been left.
        if call.path.startswith(f"{base}/"):
            call = replace(call, path=now + call.path.removeprefix(base))
        return self._sent(call, token, now)

    def _told(self, url: str) -> Any:
        """Read a document that anybody may read."""
        origin(url)
        status, told, content = self._wire.exchange("GET", url, headers={}, repeatable=True)
        return self._judge.judge(
            host=host_of(url), group="[host]", status=status, headers=told, content=content, now=self.clock.now()
        )

    def _sent(self, call: Call, token: Callable[[], str], base: str) -> Reply:
        with self._throttle.passing(call.group):
            # Only now: a token may end while its turn is waited for.
            url, query, headers, body = self._dressed(call, token(), base)
            status, told, content = self._wire.exchange(
                call.method, url, query=query, headers=headers, content=body, repeatable=call.repeatable
            )
        self._throttle.note(call.group, status, told)
        try:
            document = self._judge.judge(
                host=self.host,
                group=call.group,
                status=status,
                headers=told,
                content=content,
                now=self.clock.now(),
            )
        except CallFailed as error:
            if error.kind == "wait" and error.after is not None:
                self._throttle.hold(min(error.after, PATIENCE))
            if error.kind == "retry" and not call.repeatable:
                error.kind, error.retriable = "unclear", False
            raise
        return Reply(status, told, document)

    def _dressed(self, call: Call, token: str, base: str) -> tuple[str, dict[str, str], dict[str, str], bytes | None]:
        """Return a request with all that goes along with every one."""
        every = self.connector.every
        whole = "://" in call.path
        url = call.path if whole else f"{base}/{call.path.lstrip('/')}"
        if whole and origin(url) != origin(base):
            raise CallFailed(
                f"{self.host} leads on to a page on {host_of(url)}, where credentials do not belong.",
                kind="settings",
                advice="That is not followed. Ask who runs the system.",
            )
        # What a system itself wrote as the next address is followed as it is.
        query = {} if whole else {name: filled(text, self.values) for name, text in every.query.items()}
        query |= call.query
        # A company that is yet to be chosen is not sent.
        headers = {name: said for name, text in every.headers.items() if (said := filled(text, self.values))}
        headers |= call.headers
        body = (
            None if call.method in ("GET", "DELETE") else {**filled_tree(every.body, self.values), **(call.body or {})}
        )
        self._sign(query, headers, body, token)
        for name, value in headers.items():
            if not (value.isascii() and value.isprintable()):
                raise CallFailed(
                    f"The header {clean(name, limit=60)} for {self.host} has characters that no header can have.",
                    kind="settings",
                    advice="Check the fields of the link, and what stands in the headers of the definition.",
                )
        if body is None:
            return url, query, headers, None
        return url, query, headers | {"Content-Type": "application/json"}, json_bytes(body)

    def _sign(self, query: dict[str, str], headers: dict[str, str], body: dict[str, Any] | None, token: str) -> None:
        """Add who asks."""
        auth = self._auth
        if isinstance(auth, ApiKeyAuth):
            value = filled(auth.value, self.values)
            if auth.place == "header":
                headers[auth.name] = value
            elif auth.place == "query":
                query[auth.name] = value
            elif body is not None:
                body[auth.name] = value
        elif isinstance(auth, BasicAuth):
            pair = f"{filled(auth.username, self.values)}:{filled(auth.password, self.values)}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        elif isinstance(auth, ClientOAuth2 | CodeOAuth2 | PasswordOAuth2):
            headers["Authorization"] = f"{auth.token_type} {token}"
        elif isinstance(auth, SystemUserAuth):
            headers |= {
                "Authorization": f"SOTicket {token}",
                "SO-AppToken": filled(auth.application_token, self.values),
            }

    def _post_json(self, url: str, body: Mapping[str, str]) -> Any:
        origin(url)
        headers = {"Content-Type": "application/json"}
        status, told, content = self._wire.exchange(
            "POST", url, content=json_bytes(body), headers=headers, repeatable=True
        )
        return self._judge.judge(
            host=host_of(url), group="[auth]", status=status, headers=told, content=content, now=self.clock.now()
        )

    def _post_form(self, url: str, form: str, headers: Mapping[str, str]) -> FormReply:
        origin(url)
        # Sent once: a refresh token may be used up although no answer came.
        status, told, content = self._wire.exchange(
            "POST", url, content=form.encode(), headers=dict(headers), repeatable=True
        )
        return FormReply(status, told, content.decode("utf-8", "replace"))
