"""The task that brings what suppliers share at 2BA into the catalogue, each supplier as an import of its own (DP2)."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from core.errors import BrakeError, DataError, Refused
from core.exchange.formats.xchange.fetched import FETCHED
from core.runs import Counts, RunState
from core.tasks.context import InnerContext, Outcome
from core.tasks.fetched import Fetched
from core.tasks.importing import import_from
from core.tasks.link_opening import declared_link
from core.tasks.two_ba_fetching import Supplier, SupplierFetch, begun_at
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from core.config.two_ba import TwoBaTask
    from core.links.connection import Connection
    from core.tasks.context import RunContext
    from core.tasks.pickup import SourceFile


def run_two_ba(context: RunContext, task: TwoBaTask) -> Outcome:
    """Fetch and import each supplier; one that is refused holds up none of the others.

    Raises:
        Refused: the link cannot be used; no supplier is marked, or the only one is refused.
        PendelError: the system or the stores fail; the suppliers before it are imported.
    """
    with declared_link(context, task.link) as link:
        return _Import(context, task, link.connection).carry_out()


class _Import:
    def __init__(self, context: RunContext, task: TwoBaTask, connection: Connection) -> None:
        self._context, self._task, self._connection = context, task, connection
        self._details: dict[str, Any] = {}
        self._refused: list[str] = []
        self._messages: list[str] = []
        self._warned = False

    def carry_out(self) -> Outcome:
        """Import the suppliers one after another."""
        context = self._context
        suppliers = self._suppliers()
        context.counts = Counts(*context.checkpoint.get("counts", Counts().values()))
        for number, supplier in enumerate(suppliers, start=1):
            context.stop.check()
            part: dict[str, Any] = context.checkpoint.setdefault("parts_of", {}).setdefault(supplier.gln, {})
            if not part.get("done"):
                self._import(supplier, number, part)
        if len(self._refused) == len(suppliers):
            context.details |= self._details
            raise Refused(" ".join(self._refused))
        state = RunState.WARNINGS if self._refused or self._warned else RunState.SUCCEEDED
        message = " ".join([*self._messages, *self._refused]) or "All suppliers were imported before."
        return Outcome(message, state, context.counts, self._details)

    def _suppliers(self) -> list[Supplier]:
        """Return whose records are fetched; what is marked is looked up once, for all attempts."""
        context, task = self._context, self._task
        if task.supplier is not None:
            return [Supplier(task.supplier, task.assortment)]
        if "suppliers" not in context.checkpoint:
            context.checkpoint["suppliers"] = [asdict(each) for each in self._marked()]
            context.save_checkpoint()
        found = [Supplier(**each) for each in context.checkpoint["suppliers"]]
        if not found:
            raise Refused(
                "No assortment is marked transfer and has an owner with a GLN.",
                advice="Set transfer and owner of the assortments in the catalogue, or name a supplier in the task.",
            )
        return found

    def _marked(self) -> list[Supplier]:
        from core.store.catalogue import select_records, snapshot

        context, entities = self._context, self._context.config.entities
        with context.catalogue.session() as session, snapshot(session) as watermark:
            views = [
                select_records(
                    session,
                    entities[name],
                    assortment=None,
                    since=None,
                    upto=watermark,
                    with_archived=False,
                    name=f"marked {name}",
                )
                for name in ("assortment", "organisation")
            ]
            rows = session.execute(
                f'SELECT a.code, any_value(o.gln), any_value(o.name) FROM "{views[0]}" a LEFT JOIN "{views[1]}" o '
                "ON o.number = a.owner WHERE a.transfer GROUP BY a.code ORDER BY a.code"
            ).fetchall()
        for code, gln, _ in rows:
            if not gln:
                self._warned = True
                context.log.warning("The assortment %s is marked transfer, and has no owner with a GLN.", clean(code))
        return [Supplier(gln, code, clean(name or "")) for code, gln, name in rows if gln]

    def _import(self, supplier: Supplier, number: int, part: dict[str, Any]) -> None:
        context, task = self._context, self._task
        inner = InnerContext.of(
            context,
            spool=context.spool / f"{number:04d}",
            checkpoint=part.setdefault("walk", {}),
            save=context.save_checkpoint,
        )
        if not context.dry_run:
            kept = context.checkpoint.get("rejected", 0)
            inner.rejects_before = context.journal.rejects.of_run(context.run, limit=kept) if kept else []
        begun = begun_at(inner)
        since = self._since(supplier, begun)
        inner.save_checkpoint()
        make = self._maker(inner, supplier, since)
        try:
            reading = task.as_import(supplier.assortment)
            outcome = import_from(inner, reading, Fetched(inner, task.link, FETCHED, make), f"2ba-{supplier.gln}.json")
        except (BrakeError, DataError, Refused) as error:
            self._refused.append(f"{supplier.title}: {error.message} {error.advice}".rstrip())
            context.log.warning("%s is left out: %s", supplier.title, error)
            if isinstance(error, BrakeError):
                self._details["error"] = BrakeError.__name__
        else:
            context.counts += inner.counts
            self._messages.append(f"{supplier.title}: {outcome.message}")
            self._warned |= outcome.state is RunState.WARNINGS
            if not context.dry_run:
                self._keep_cursor(supplier, begun, full=since is None)
                part["done"] = True
        self._tell(inner)
        part["walk"] = {} if part.get("done") else part["walk"]
        if not context.dry_run:
            context.checkpoint["rejected"] = context.journal.rejects.count(context.run)
        context.checkpoint["counts"] = list(context.counts.values())
        context.save_checkpoint()

    def _maker(
        self, inner: RunContext, supplier: Supplier, since: datetime | None
    ) -> Callable[[SourceFile, Path], None]:
        def make(_: SourceFile, target: Path) -> None:
            self._context.log.info(
                "%s: %s.",
                supplier.title,
                "everything" if since is None else f"what changed since {since:%Y-%m-%d %H:%M} UTC",
            )
            SupplierFetch(inner, self._connection, supplier, since=since, products=self._task.products).write(target)

        return make

    def _since(self, supplier: Supplier, now: datetime) -> datetime | None:
        """Return since when what changed is fetched; None for everything."""
        cursors, task = self._context.journal.cursors, self._task
        seen = [cursors.get(task.id), cursors.get(task.id, name=supplier.gln)]
        whole = cursors.get(task.id, name=f"{supplier.gln} whole")
        if whole is None or now - whole.moment >= timedelta(days=task.full_days):
            return None
        moments = [cursor.moment for cursor in seen if cursor is not None]
        # A cursor that was cleared by hand asks for everything.
        return min(moments) if len(moments) == len(seen) else None

    def _keep_cursor(self, supplier: Supplier, begun: datetime, *, full: bool) -> None:
        context = self._context
        names = ["", supplier.gln, *([f"{supplier.gln} whole"] if full else [])]
        with context.journal.transaction():
            for name in names:
                context.journal.cursors.set(
                    self._task.id, begun, set_by="run", at=context.now(), run=context.run, name=name
                )

    def _tell(self, inner: RunContext) -> None:
        """Put what the import of a supplier tells to what those before it told."""
        for name, told in inner.details.items():
            before = self._details.get(name)
            if isinstance(told, list):
                self._details[name] = [*(before or []), *told]
            elif isinstance(told, dict) and isinstance(before, dict) and name == "samples":
                self._details[name] = {kind: (before.get(kind, []) + more)[:3] for kind, more in told.items()}
            else:
                self._details[name] = told
