"""The connector by which a SuperOffice takes the catalogue for an ERP: its server, and the runs that it starts."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from core.config.model import placed
from core.config.superoffice import SUPEROFFICE_ID
from core.engine.logs import LOGGER
from core.errors import EngineError, PendelError
from core.links.superoffice.answering import Answering
from core.links.superoffice.erp import ErpError
from core.links.superoffice.server import ConnectorServer
from core.links.superoffice.signing import Authenticator, private_key, public_key
from core.runs import Actor as Asker
from core.runs import Trigger
from core.tasks.superoffice import change
from core.tasks.superoffice.kinds import kind_named, kinds_of
from core.tasks.superoffice.reading import CatalogueReading
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from core.config.superoffice import SuperOfficeOnline, SuperOfficeSettings
    from core.engine.engine import Engine
    from core.links.superoffice.contract import Actor
    from core.store.journal.runs import RunRow
    from core.tasks.superoffice.kinds import ActorKind

PATIENCE = 45.0
"""Who asks waits no longer than a minute (WCF, sendTimeout)."""
_STOPPING = 10.0
_MOST_AT_ONCE = 1000


class CatalogueErp(CatalogueReading):
    """The catalogue as an ERP. What is written is a run each, one after the other."""

    def __init__(
        self,
        engine: Engine,
        kinds: Mapping[str, ActorKind],
        settings: SuperOfficeSettings,
        *,
        patience: float = PATIENCE,
    ) -> None:
        """``patience`` is the seconds in which a change must be done."""
        workspace, secret = engine.workspace, settings.secret
        super().__init__(
            lambda: workspace.catalogue,
            workspace.config.entities,
            kinds,
            None if secret is None else partial(workspace.secrets.line, secret),
        )
        self._engine, self._patience = engine, patience
        self._turn = threading.Lock()

    def create(self, actor: Actor, *, asked_by: str) -> Actor:
        """Make a record, and return it as an actor (:class:`core.links.superoffice.erp.Erp`)."""
        kind = self._writable(actor.type)
        record = _written(kind, replace(actor, key=""))
        row = self._carried_out(change.Change(kind.type, new=True, records=[record]), asked_by)
        made = self.actors(kind.type, row.details.get("keys", []), list(actor.values))
        if not made:
            raise ErpError("The record was made, and is gone again.")
        return made[0]

    def save(self, actors: Sequence[Actor], *, asked_by: str) -> tuple[Sequence[Actor], Sequence[str]]:
        """Change records (:class:`core.links.superoffice.erp.Erp`)."""
        if len(actors) > _MOST_AT_ONCE:
            raise ErpError(f"At most {_MOST_AT_ONCE:,} actors can be saved at once, and these are {len(actors):,}.")
        saved: list[Actor] = []
        reasons: list[str] = []
        for actor_type in dict.fromkeys(each.type for each in actors):
            of_type = {each.key: each for each in actors if each.type == actor_type}
            try:
                more, why = self._save(self._writable(actor_type), of_type, asked_by)
            except PendelError as error:
                more, why = [], [str(error)]
            saved += more
            reasons += why
        return saved, reasons

    def _save(
        self, kind: ActorKind, actors: Mapping[str, Actor], asked_by: str
    ) -> tuple[Sequence[Actor], Sequence[str]]:
        there = {each.key for each in self.actors(kind.type, list(actors), [])}
        records, reasons, fields = [], [], dict[str, None]()
        for key, actor in actors.items():
            try:
                if key not in there:
                    raise ErpError(f"There is no {kind.type.lower()} {clean(key, limit=60)!r}.")
                records.append(_written(kind, actor))
                fields |= dict.fromkeys(actor.values)
            except ErpError as error:
                reasons.append(str(error))
        if not records:
            return [], reasons
        row = self._carried_out(change.Change(kind.type, new=False, records=records), asked_by)
        reasons += row.details.get("refused", [])
        return self.actors(kind.type, row.details.get("keys", []), list(fields)), reasons

    def _writable(self, actor_type: str) -> ActorKind:
        kind = kind_named(self.kinds, actor_type)
        if not kind.writable:
            raise ErpError(f"Actors of type {kind.type} are not written by SuperOffice.")
        return kind

    def _carried_out(self, given: change.Change, asked_by: str) -> RunRow:
        """Let a run take a change in, and return it when it has ended well."""
        engine, spool = self._engine, self._engine.workspace.config.spool_dir
        engine.refuse_when_ending()
        end = time.monotonic() + self._patience
        if not self._turn.acquire(timeout=self._patience):
            raise ErpError("Pendel has much to do.", advice="Save it again later.")
        try:
            name = change.put(given, spool)
            run = 0
            try:
                run = self._started(name, asked_by)
                return self._ended(run, end - time.monotonic())
            finally:
                if engine.dispatcher.find(run) is None:
                    change.drop(name, spool)
        finally:
            self._turn.release()

    def _started(self, name: str, asked_by: str) -> int:
        starter = self._engine.starter
        with starter.deciding:
            starter.refuse_running(SUPEROFFICE_ID)
            (run,) = starter.start(
                [self._engine.task(SUPEROFFICE_ID)],
                trigger=Trigger.MANUAL,
                actor=Asker("SuperOffice", asked_by),
                options={"change": name},
            )
        return run

    def _ended(self, run: int, seconds: float) -> RunRow:
        """Return a run that has ended well; one that does not within these seconds is stopped."""
        dispatcher = self._engine.dispatcher
        if not dispatcher.wait([run], timeout=max(seconds, 0.0)):
            dispatcher.request_stop(run, "SuperOffice waits no longer for its answer.")
            if not dispatcher.wait([run], timeout=_STOPPING):
                raise ErpError(f"Pendel still works on it: run {run}.", advice="Look at it before saving it again.")
            row = self._engine.workspace.journal.runs.get(run)
            if row is None or not row.state.good:
                raise ErpError("Pendel has other things to do first.", advice="Save it again later.")
            return row
        row = self._engine.workspace.journal.runs.get(run)
        if row is None or not row.state.good:
            raise ErpError(row.message if row and row.message else f"Run {run} did not come to an end.")
        return row


class SuperOfficeConnector:
    """Listens as the configuration says, from :meth:`open` to :meth:`close`."""

    def __init__(self, engine: Engine, *, patience: float = PATIENCE) -> None:
        self._engine, self._patience = engine, patience
        self._lock = threading.Lock()
        self._server: ConnectorServer | None = None
        self._opened_for: object = None
        self._said = ""
        self._closed = False

    @property
    def port(self) -> int:
        """Where it listens; 0 where it does not."""
        return self._server.port if self._server else 0

    def open(self) -> None:
        """Listen, or listen anew where the settings have changed. What is in the way is logged, and tried again."""
        config = self._engine.workspace.config
        settings = config.superoffice
        with self._lock:
            wanted = (settings, config.entities, config.engine.zone) if settings else None
            if self._closed or (wanted == self._opened_for and (self._server is not None or settings is None)):
                return
            self._stop()
            self._opened_for = wanted
            if settings is None:
                return
            try:
                self._server = self._started(settings)
            except PendelError as error:
                if str(error) != self._said:
                    LOGGER.error("SuperOffice cannot ask this Pendel: %s", error)
                self._said = str(error)
                return
            self._said = ""
            LOGGER.info("SuperOffice may ask at %s.", settings.listen)

    def close(self) -> None:
        """Listen no more."""
        with self._lock:
            self._closed = True
            self._stop()

    def _stop(self) -> None:
        if self._server is not None:
            self._server.stop()
            self._server = None

    def _started(self, settings: SuperOfficeSettings) -> ConnectorServer:
        engine, config = self._engine, self._engine.workspace.config
        erp = CatalogueErp(engine, kinds_of(config, settings), settings, patience=self._patience)
        authenticator = self._authenticator(settings.online) if settings.online is not None else None
        certificate = None
        if settings.certificate is not None and settings.certificate_key is not None:
            certificate = (
                placed(config.base_dir, settings.certificate),
                placed(config.base_dir, settings.certificate_key),
            )
        answering = Answering(erp, name=settings.name, authenticator=authenticator)
        server = ConnectorServer(answering, settings.address, certificate=certificate)
        server.start()
        if settings.secret is not None:
            try:
                engine.workspace.secrets.line(settings.secret)
            except PendelError as error:
                # It is looked up whenever somebody connects: to store it is enough.
                LOGGER.error("SuperOffice cannot connect to this Pendel yet: %s", error)
        return server

    def _authenticator(self, online: SuperOfficeOnline) -> Authenticator:
        workspace = self._engine.workspace
        path = placed(workspace.config.base_dir, online.certificate)
        try:
            content = path.read_bytes()
        except OSError as error:
            raise EngineError(
                f"The certificate of SuperOffice cannot be read: {error.strerror} ({clean(str(path))}).",
                advice="Check certificate in [superoffice.online].",
            ) from error
        key = private_key(workspace.secrets.text(online.key))
        return Authenticator(online.application, key, public_key(content), workspace.now)


def _written(kind: ActorKind, actor: Actor) -> change.Written:
    """Return a record as SuperOffice wants it.

    Raises:
        ErpError: the actor has a field that there is not, or a value that cannot be kept.
    """
    key, values = actor.key, dict[str, str | None]()
    for name, text in actor.values.items():
        field = kind.field(name)
        value = kind.value_of(text, field)
        if field is not kind.key:
            values[field.name] = _text(value)
        elif value is not None and not key:
            key = str(value)
        elif value is not None and str(value) != actor.key:
            raise ErpError(f"{kind.type} {clean(actor.key, limit=60)!r} cannot get another number.")
    if actor.parent_key:
        if kind.parent is None or actor.parent_type.casefold() not in ("", kind.parent[0].casefold()):
            raise ErpError(f"Actors of type {kind.type} do not belong to one of type {clean(actor.parent_type)!r}.")
        values[kind.parent[1].name] = actor.parent_key
    return change.Written(key, values)


def _text(value: Any) -> str | None:
    """Return a value as text that the catalogue reads."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
