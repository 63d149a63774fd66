"""Records that are published in the data pool, delivered to Artikelbeheer.nl (DP3).

A delivery is an export of an industry format into the folder ``AutoImport`` of the receiver, or into ``AutoCheck``,
where it is only checked; the report of that can be waited for.
"""

from __future__ import annotations

import json
import time
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from core.errors import FileMissing, Refused
from core.runs import Counts, RunState
from core.tasks.connection import Connection
from core.tasks.context import InnerContext, Outcome
from core.tasks.exporting import run_export
from core.text import clean, counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.config.artikelbeheer import ArtikelbeheerTask
    from core.tasks.context import RunContext
    from core.transfer.location import Location, RemoteFile

_FIRST_LOOK, _LONGEST_PAUSE = 1.0, 15.0
_LARGEST_REPORT = 1_000_000
_LOGGED = 30


def run_artikelbeheer(context: RunContext, task: ArtikelbeheerTask) -> Outcome:
    """Deliver an assortment, or each that has records for the data pool, as a file of its own.

    Raises:
        Refused: the assortment that the run chose has no records.
        PendelError: a file could not be rendered or delivered; those before it are delivered and stay.
    """
    walk = _Delivery(context, task)
    outcomes = [walk.send(number, assortment) for number, assortment in enumerate(walk.assortments(), start=1)]
    if not outcomes:
        return Outcome(f"No assortment has records of {task.entity} for the data pool; no file was written.")
    if task.reports and not context.dry_run:
        outcomes += walk.reports()
    state = RunState.WARNINGS if any(each.state is RunState.WARNINGS for each in outcomes) else RunState.SUCCEEDED
    return Outcome(" ".join(each.message for each in outcomes), state, context.counts, walk.details)


class _Delivery:
    def __init__(self, context: RunContext, task: ArtikelbeheerTask) -> None:
        self._context = context
        self._task = task
        self._parts: dict[str, dict[str, Any]] = context.checkpoint.setdefault("assortments", {})
        """The checkpoint of each export; which assortments there are is looked up once, for all attempts."""
        self.details: dict[str, Any] = {}

    def assortments(self) -> Sequence[str]:
        """Return what is delivered."""
        if not self._parts:
            self._parts |= {name: {} for name in self._chosen()}
            self._context.save_checkpoint()
        return tuple(self._parts)

    def _chosen(self) -> Sequence[str]:
        wanted: str | None = self._context.options.get("assortment")
        if wanted is None and self._task.assortment is not None:
            return (self._task.assortment,)
        from core.store.catalogue import assortments, select_records, snapshot

        entity = self._context.config.entities[self._task.entity]
        with self._context.catalogue.session() as session, snapshot(session) as watermark:
            known = [each.assortment for each in assortments(session, entity) if each.active]
            if wanted is not None:
                if wanted not in known:
                    raise Refused(f"No record of {entity.name} stands in the assortment {clean(wanted, limit=70)!r}.")
                return (wanted,)
            view = select_records(
                session,
                entity,
                assortment=None,
                since=None,
                upto=watermark,
                with_archived=False,
                publication="datapool",
                name="shared",
            )
            shared = {name for (name,) in session.execute(f'SELECT DISTINCT assortment FROM "{view}"').fetchall()}
        return [name for name in known if name in shared]

    def send(self, number: int, assortment: str) -> Outcome:
        """Deliver the file of one assortment."""
        context = self._context
        context.stop.check()
        inner = InnerContext.of(
            context,
            spool=context.spool / f"{number:04d}",
            checkpoint=self._parts[assortment],
            save=context.save_checkpoint,
        )
        inner.counts = Counts()
        chosen = "assortment" in context.options
        outcome = run_export(inner, self._task.as_export(assortment, chosen=chosen))
        context.counts += inner.counts
        for name, told in inner.details.items():
            self.details[name] = [*self.details.get(name, []), *told] if isinstance(told, list) else told
        return outcome

    def reports(self) -> list[Outcome]:
        """Wait for the reports of all files that were sent, and say what they say."""
        sent = [part["parcel"]["path"] for part in self._parts.values() if part.get("parcel")]
        ends = time.monotonic() + 60 * self._task.wait
        with Connection.to(self._context, self._task.location) as connection:
            return [self._report(connection, PurePosixPath(path).name, ends) for path in sent]

    def _report(self, connection: Connection, name: str, ends: float) -> Outcome:
        context, pause = self._context, _FIRST_LOOK
        paths = [f"{self._task.folder}/{each.replace('{file}', name)}" for each in self._task.reports]
        context.step(f"waiting for the report of {clean(name)}")
        while (found := connection.attempt("Looking", lambda location: _first(location, paths))) is None:
            if time.monotonic() >= ends:
                message = f"The report of {clean(name)} did not come within {counted(self._task.wait, 'minute')}."
                context.log.warning("%s", message)
                return Outcome(message, RunState.WARNINGS)
            context.stop.wait(min(pause, max(0.0, ends - time.monotonic())))
            pause = min(2 * pause, _LONGEST_PAUSE)
        return self._told(connection, found, name)

    def _told(self, connection: Connection, found: RemoteFile, name: str) -> Outcome:
        context = self._context
        if found.size > _LARGEST_REPORT:
            return Outcome(f"The report of {clean(name)} is too large to be a report.", RunState.WARNINGS)
        target = context.spool / f"report-{len(list(context.spool.glob('report-*')))}"
        fetched = connection.attempt(
            "Fetching the report", lambda location: location.fetch(found, target, stop=context.stop)
        )
        context.note_file("source", found.name, connection.name, size=fetched.size, sha256=fetched.sha256, kept=target)
        text = target.read_text(encoding="utf-8", errors="replace")
        if found.name.endswith(".json"):
            return _verdict(context, name, text)
        for line in [line for line in text.splitlines() if line.strip()][:_LOGGED]:
            context.log.info("%s: %s", clean(found.name), clean(line, limit=300))
        return Outcome(f"The report of {clean(name)} was fetched; the log has it.")


def _first(location: Location, paths: Sequence[str]) -> RemoteFile | None:
    for path in paths:
        try:
            found = location.list(path)
        except FileMissing:
            # The folder of the reports comes with the first of them.
            continue
        if found:
            return found[-1]
    return None


def _verdict(context: RunContext, name: str, text: str) -> Outcome:
    """Return what a report says that is made for programs, as Pendel writes them (docs/automatic-import.md)."""
    try:
        told = json.loads(text)
        outcome, message = str(told["outcome"]), clean(str(told["message"]), limit=500)
    except (ValueError, KeyError, TypeError):
        return Outcome(f"The report of {clean(name)} cannot be read.", RunState.WARNINGS)
    context.log.info("The receiver on %s: %s", clean(name), message)
    state = RunState.WARNINGS if outcome == "quarantined" else RunState.SUCCEEDED
    return Outcome(f"The receiver says: {message}", state)
