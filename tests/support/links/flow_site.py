"""A workspace whose flows run against contract servers, in the time of a clock that a test sets."""

from __future__ import annotations

import json
import logging
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import duckdb
from support.config_texts import HEAD
from support.links import superoffice, tokens
from support.links.joining import JOININGS
from support.links.link_site import mark_tested
from support.links.opening import ADDRESSES, REDIRECT, toml_of
from support.links.superoffice import SuperOffice

from core.config.crm_tasks import flow_of
from core.config.load import load
from core.config.resolving import SecretResolver
from core.config.vault import Vault
from core.links.contract import Surroundings
from core.links.tokens import Tokens, VaultTokens
from core.redaction import Redactor
from core.stop import StopToken
from core.store.activity import ActivityLog
from core.store.catalogue import Catalogue
from core.store.journal import Journal
from core.tasks.context import RunContext
from core.tasks.flowing import run_flow
from core.tasks.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.links.rest_server import FakeClock, RestServer

    from core.config.model import Config
    from core.links.clock import Clock
    from core.store.activity import Activity
    from core.store.journal.flows import FlowRow
    from core.tasks.context import Outcome


class FlowSite:
    """A configuration, its stores, and the runs of its flows."""

    def __init__(self, directory: Path, clock: FakeClock, *, run: int = 0) -> None:
        """``run`` is the number of the last run that there was."""
        self.directory, self.clock = directory, clock
        self.data = directory / "data"
        self.vault = Vault(self.data)
        self.redactor = Redactor()
        self.log: list[str] = []
        self.last: RunContext | None = None
        self._runs = run
        self._config: Config | None = None
        self._open: Catalogue | None = None
        self._written = ""
        self._tables: list[str] = []
        self._links: list[str] = []
        self._tasks: list[str] = []

    # The configuration.

    def add(self, site: RestServer, *, name: str = "", more: str = "", renews: bool = True) -> None:
        """Add a link that was signed in to and tested; ``more`` is added to its table.

        ``renews``: its runs last longer than its tokens, which only a definition of its own has renewed here.
        """
        joining = next(each for kind, each in JOININGS.items() if isinstance(site, kind))
        name = name or joining.name
        own = joining.lifetime > 0 and joining.connector in ADDRESSES and (renews or isinstance(site, SuperOffice))
        if own:
            (self.directory / f"{name}.toml").write_text(toml_of(joining.connector, site.url), encoding="utf-8")
        for key, value in joining.secrets.items():
            self.vault.set(joining.secret(name, key), value)
        if (granted := site.grant()) is not None:
            (access, refresh), now = granted, self.clock.now()
            kept = VaultTokens(self.vault, name, lock_dir=self.data)
            kept.write(Tokens(access, refresh, obtained_at=now, expires_at=now + joining.lifetime))
        self.add_link(name, joining.tables(site.url, name, more, own=own))

    def add_system_user(self, site: SuperOffice, *, key: str, certificate: Path, name: str = "crm") -> None:
        """Add a link to SuperOffice CRM that signs in by itself with the key of an application, and was tested."""
        for secret, value in (("secret", tokens.CLIENT_SECRET), ("token", superoffice.SYSTEM_TOKEN), ("key", key)):
            self.vault.set(f"{name}-{secret}", value)
        fields = f"""
sign_in = "system_user"
customer = "{superoffice.CUSTOMER}"
client_id = "{tokens.CLIENT_ID}"
client_secret = {{ secret = "{name}-secret" }}
system_token = {{ secret = "{name}-token" }}
private_key = {{ secret = "{name}-key" }}
certificate = {json.dumps(str(certificate))}
redirect_uri = "{REDIRECT}"
"""
        self.add_defined(name, toml_of("superoffice", site.url), fields)

    def add_link(self, name: str, text: str) -> None:
        """Add the tables of a link."""
        self._links.append(name)
        self._tables.append(text)

    def add_defined(self, name: str, definition: str, fields: str, *, more: str = "") -> None:
        """Add a link with a connector of its own; ``fields`` are those of the link, ``more`` is added to its table."""
        (self.directory / f"{name}.toml").write_text(definition, encoding="utf-8")
        self.add_link(
            name,
            f'[connectors.{name}]\nfile = "{name}.toml"\n[links.{name}]\nconnector = "{name}"\nactive = true\n'
            f"{more}\n[links.{name}.fields]\n{fields}\n",
        )

    def add_tables(self, text: str) -> None:
        """Add tables that are those of no link."""
        self._tables.append(text)

    def add_flow(self, name: str, kind: str, source: str, target: str, more: str = "") -> None:
        """Add a flow."""
        self._tasks.append(
            f'[[tasks]]\nid = "{name}"\ntype = "flow"\ndescription = "{name}"\nsequence = 10\nkind = "{kind}"\n'
            f'source = "{source}"\ntarget = "{target}"\n{more}\n'
        )

    def change_flow(self, name: str, more: str) -> None:
        """Add settings to a flow that was added."""
        self._tasks = [f"{text}{more}\n" if f'id = "{name}"' in text else text for text in self._tasks]

    def add_task(self, name: str, kind: str, **settings: str) -> None:
        """Add a task that is a flow of one kind."""
        given = "".join(f"{key} = {json.dumps(value)}\n" for key, value in settings.items())
        self._tasks.append(f'[[tasks]]\nid = "{name}"\ntype = "{kind}"\ndescription = "{name}"\nsequence = 10\n{given}')

    def config(self) -> Config:
        """Write and load the configuration; its links count as tested."""
        path = self.directory / "config.toml"
        text = "\n".join([f'{HEAD}data_dir = "data"\nlanguages = ["en"]\n', *self._tables, *self._tasks])
        if self._config is not None and text == self._written:
            return self._config
        path.write_text(text, encoding="utf-8")
        config = load(path)
        secrets = SecretResolver(config, self.vault, learn=self.redactor.add)
        around = Surroundings(
            config=config, secrets=secrets, clock=self.clock, redactor=self.redactor, stop=StopToken()
        )
        for name in self._links:
            mark_tested(name, around)
        self._config, self._written = config, text
        return config

    # Running.

    def run(
        self,
        task_id: str,
        *,
        dry_run: bool = False,
        clock: Clock | None = None,
        config: Config | None = None,
        stop: StopToken | None = None,
    ) -> Outcome:
        """Carry out a run of a flow, from opening the stores to closing them."""
        config = config or self.config()
        self._runs += 1
        task = flow_of(config.task(task_id))
        assert task is not None
        with ExitStack() as stack:
            journal = stack.enter_context(closing(Journal(config.journal_file)))
            catalogue: Any = None
            if task.reads_catalogue or task.writes_catalogue:
                catalogue = self._open or stack.enter_context(closing(self.catalogue(config)))
            context = RunContext(
                run=self._runs,
                fence=1,
                task=task_id,
                config=config,
                journal=journal,
                catalogue=catalogue,
                stop=stop or StopToken(),
                log=self._logger(),
                spool=config.spool_dir / f"run-{self._runs}",
                secrets=SecretResolver(config, self.vault, learn=self.redactor.add),
                report=lambda _progress: None,
                now=lambda: datetime.fromtimestamp(self.clock.now(), UTC),
                turns=Turns(1),
                send=lambda _target, _letter: None,
                redactor=self.redactor,
                dry_run=dry_run,
            )
            self.last = context
            return run_flow(context, task, clock=clock or self.clock)

    @contextmanager
    def catalogue_open(self) -> Iterator[None]:
        """Leave the catalogue open between the runs inside the ``with`` block, as an engine does."""
        with closing(self.catalogue(self.config())) as catalogue:
            self._open = catalogue
            yield
        self._open = None

    def catalogue(self, config: Config) -> Catalogue:
        """Open the catalogue."""
        config.spool_dir.mkdir(parents=True, exist_ok=True)
        return Catalogue.open(
            config.catalogue_file, config.entities, spool=config.spool_dir, memory_limit_mb=512, threads=1
        )

    def _logger(self) -> logging.LoggerAdapter[logging.Logger]:
        logger = logging.getLogger("test flow")
        lines = self.log
        logger.handlers.clear()

        class Keeping(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                lines.append(record.getMessage())

        logger.addHandler(Keeping())
        return logging.LoggerAdapter(logger, {})

    def open_stores(self) -> None:
        """Let there be a journal and an activity log in which nothing stands."""
        for store in (Journal(self.data / "journal.sqlite"), ActivityLog(self.data / "activity.sqlite")):
            store.close()

    # Looking.

    def failures(self, task_id: str) -> list[FlowRow]:
        """Return the list of failures."""
        with closing(Journal(self.data / "journal.sqlite")) as journal:
            return journal.flow_records.failures(task_id)

    def resend(self, task_id: str, keys: list[str] | None = None) -> int:
        """Let failures be sent again; all of them without ``keys``."""
        with closing(Journal(self.data / "journal.sqlite")) as journal:
            return journal.flow_records.resend(task_id, keys, at=self._now())

    def discard(self, task_id: str, keys: list[str]) -> int:
        """Take failures out of the list."""
        with closing(Journal(self.data / "journal.sqlite")) as journal:
            return journal.flow_records.discard(task_id, keys, at=self._now())

    def mend(self, task_id: str, key: str, changes: dict[str, str | None]) -> None:
        """Give fields of a failure other values."""
        with closing(ActivityLog(self.data / "activity.sqlite")) as log:
            log.mend(task_id, key, changes, at=self._now())

    def mended(self, task_id: str) -> dict[str, dict[str, str | None]]:
        """Return what is mended."""
        with closing(ActivityLog(self.data / "activity.sqlite")) as log:
            return log.mended(task_id)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.clock.now(), UTC)

    def choose(self, task_id: str, key: str, target_key: str) -> None:
        """Say which of several records a failure is meant to be, as a console does."""
        with closing(Journal(self.data / "journal.sqlite")) as journal:
            assert target_key in journal.flow_choices.get(task_id, key).fits
            journal.flow_choices.choose(task_id, key, target_key)

    def activity(self, task_id: str) -> list[Activity]:
        """Return what happened, the latest first."""
        with closing(ActivityLog(self.data / "activity.sqlite")) as log:
            return log.latest(task_id, limit=100_000)

    def kept(self, entity: str, columns: str) -> list[tuple[Any, ...]]:
        """Return what the catalogue has of an entity."""
        with duckdb.connect(str(self.data / "catalogue.duckdb"), read_only=True) as catalogue:
            return catalogue.execute(
                f"SELECT {columns} FROM entity.{entity} WHERE archived_at IS NULL ORDER BY ALL"
            ).fetchall()

    def everything(self) -> list[str]:
        """Return all records of the catalogue."""
        with duckdb.connect(str(self.data / "catalogue.duckdb"), read_only=True) as catalogue:
            found = []
            for name, entity in self.config().entities.items():
                columns = ", ".join(f'"{each}"' for each in ("assortment", *entity.fields))
                rows = catalogue.execute(f"SELECT {columns} FROM entity.{name} WHERE archived_at IS NULL ORDER BY ALL")
                found += [f"{name}: {row}" for row in rows.fetchall()]
        return found

    def fill(self, entity: str, rows: list[dict[str, Any]], *, assortment: str = "") -> None:
        """Put records into the catalogue, as an import does."""
        self._apply(entity, rows, assortment=assortment)

    def archive(self, entity: str, key: str) -> None:
        """Archive a record of the catalogue, as an import does of one that its file says is gone."""
        (name,) = self.config().entities[entity].key
        self._apply(entity, [], deleted=(name, key))

    def _apply(
        self, entity: str, rows: list[dict[str, Any]], *, assortment: str = "", deleted: tuple[str, str] | None = None
    ) -> None:
        from core.store.catalogue import apply_together, plan_changes

        config = self.config()
        self._runs += 1
        with ExitStack() as stack:
            catalogue = self._open or stack.enter_context(closing(self.catalogue(config)))
            session = stack.enter_context(catalogue.session())
            catalogue.take_fence(self._runs, 1)
            names = [*dict.fromkeys(name for row in rows for name in row)] if deleted is None else [deleted[0]]
            if deleted is not None:
                session.execute(
                    f'CREATE OR REPLACE TEMP TABLE gone AS SELECT 1 AS _record, ? AS "{deleted[0]}"', deleted[1:]
                )
            cells = ", ".join(f'unnest(?::VARCHAR[]) AS "{name}"' for name in names)
            session.execute(
                f"CREATE OR REPLACE TEMP TABLE filling AS SELECT unnest(?::BIGINT[]) AS _record, {cells}",
                [list(range(1, len(rows) + 1)), *([row.get(name) for row in rows] for name in names)],
            )
            plan = plan_changes(
                session,
                "filling",
                config.entities[entity],
                assortment=assortment,
                full=False,
                run=self._runs,
                block_rows=100_000,
                stop=StopToken(),
                deleted="gone" if deleted is not None else "",
            )
            apply_together(session, [plan], run=self._runs, fence=1, stop=StopToken(), advance=lambda _done: None)
