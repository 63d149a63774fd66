"""The import task: fetch, read, check, diff, brake, apply, finish (IM)."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from core.errors import BrakeError, PendelError, Refused, TooManyRejects
from core.runs import Counts, RunState
from core.stop import StopToken
from core.tasks import pickup
from core.tasks.context import Outcome
from core.tasks.pickup import SourceFile
from core.tasks.rejects import in_words, keep_rejects_file, log_rejects, read_rejects
from core.text import clean, counted, shorten

if TYPE_CHECKING:
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from core.config.entities import Entity
    from core.config.layouts import ImportLayout
    from core.config.tasks import ImportTask
    from core.exchange.picking import DigestedFile
    from core.exchange.reading import Digest
    from core.store.catalogue import ChangePlan
    from core.store.journal.records import RejectRow
    from core.tasks.connection import Connection
    from core.tasks.context import RunContext

STAGED, REJECTS, VALUES = "staged", "rejects", "picked"
SAMPLES = 20
"""Records of each kind that a dry run shows: new, changed, coming back, archived and rejected ones."""
_LONGEST_VALUE = 200


def run_import(context: RunContext, task: ImportTask) -> Outcome:
    """Import every file that the task finds, oldest first, each as a whole before the next.

    Raises:
        PendelError: a file could not be imported; what was committed before it stays.
    """
    with pickup.connect(context, task) as connection:
        files = [SourceFile(**known) for known in context.checkpoint.get("files", [])]
        if not files:
            found = pickup.find_files(context, task, connection)
            files = found.files
            if not files:
                message, state = pickup.nothing_to_take(context, task, found, connection)
                return Outcome(message, state)
        return _Import(context, task, connection, files).carry_out()


@dataclass(frozen=True, slots=True)
class _Staged:
    """A file as it was read: how many records it has, and the rejected ones among them."""

    records: int
    accepted: int
    rejects: list[RejectRow]
    fields: tuple[str, ...]
    """That the layout fills."""
    digested: DigestedFile | None
    """The file to read values from once it is known which records change; None where all are staged."""

    @property
    def rejected(self) -> int:
        return self.records - self.accepted


class _Import:
    """The walk over the files of one run."""

    def __init__(self, context: RunContext, task: ImportTask, connection: Connection, files: list[SourceFile]) -> None:
        self.context = context
        self.task = task
        self.connection = connection
        self.files = files
        self.warnings: list[str] = []
        self.rejects: list[RejectRow] = list(context.rejects_before)
        layout = context.config.layouts[task.layout]
        assert layout.direction == "import"  # noqa: S101 - checked when the configuration was loaded
        self.layout: ImportLayout = layout
        self.entity: Entity = context.config.entities[task.entity]

    def carry_out(self) -> Outcome:
        context = self.context
        context.counts = Counts(*context.checkpoint.get("counts", ()))
        if not context.dry_run:
            context.catalogue.take_fence(context.run, context.fence)
        for number, file in enumerate(self.files, start=1):
            context.stop.check()
            if not file.applied:
                pickup.fetch_file(context, self.connection, file, number)
                self._save()
                self._import_file(file, context.spool / file.spooled)
            if not file.done and not context.dry_run:
                self._finish(file)
        return self._outcome()

    def _save(self) -> None:
        self.context.checkpoint["files"] = [file.as_dict() for file in self.files]
        self.context.save_checkpoint()

    def _import_file(self, file: SourceFile, source: Path) -> None:
        context = self.context
        with context.catalogue.session() as session, context.work_dir("read") as work:
            staged = self._read(session, file, source, work)
            self._count(read=staged.accepted, rejected=staged.rejected)
            self._refuse_bad_file(file, staged)
            plan = self._plan(session, staged)
            self._brake(file, plan)
            self._read_values(session, staged, plan, work)
            if context.dry_run:
                self._tell(session, plan)
                return
            file.cleared = True
            self._save()
            done = self._apply(session, file, plan)
            self._count(unchanged=staged.accepted - done.new - done.changed - done.restored)
        file.applied = True
        # The counts of this file are final now: a resumed run goes on from them.
        context.checkpoint["counts"] = list(context.counts.values())
        self._save()

    @property
    def _unchanged(self) -> str:
        """What is left as it was when the present file is refused."""
        if any(file.applied for file in self.files):
            return "Nothing of this file was imported; those before it stay imported."
        return "Nothing was changed."

    def _count(self, **more: int) -> None:
        self.context.counts += Counts(**more)

    def _read(self, session: DuckDBPyConnection, file: SourceFile, source: Path, work: Path) -> _Staged:
        from core.exchange.picking import DigestedFile
        from core.exchange.reading import read_file
        from core.exchange.rejecting import locate_rejects
        from core.store.catalogue import check_staged

        context, name = self.context, clean(file.name)
        context.step(f"reading {name}")
        if file.size == 0:
            raise Refused(
                f"{name} is empty: it has no bytes at all.",
                advice=f"{self._unchanged} Ask the sender for the complete file.",
            )
        digest = self._digest(session)
        result = read_file(
            source,
            self.layout,
            self.entity,
            connection=session,
            work_dir=work,
            stop=context.stop,
            staged=STAGED,
            rejects=REJECTS,
            source_name=name,
            digest=digest,
        )
        context.step(f"checking {name}", total=result.accepted, unit="rows")
        refused = check_staged(session, STAGED, REJECTS, self.entity, stop=context.stop)
        rejects: list[RejectRow] = []
        if result.rejected + refused:
            locate_rejects(session, REJECTS, source, self.layout, work_dir=work, stop=context.stop)
            rejects = read_rejects(session, REJECTS, name)
            kept = keep_rejects_file(context, session, REJECTS, source, self.layout, name)
            log_rejects(context, rejects, result.rejected + refused)
            if kept:
                context.log.warning("The rejected records are in %s.", kept)
            self.rejects += rejects
            if not context.dry_run:
                context.journal.rejects.replace(context.run, self.rejects)
            else:
                context.details["rejects"] = [asdict(row) for row in self.rejects[:SAMPLES]]
        digested = None
        if digest and result.places:
            digested = DigestedFile(source, self.layout, self.entity, digest, result.places, STAGED)
        return _Staged(result.records, result.accepted - refused, rejects, result.fields, digested)

    def _digest(self, session: DuckDBPyConnection) -> Digest | None:
        """What to stage of the records: all their fields where everything is new, else what finds the few that are."""
        from core.exchange.reading import Digest
        from core.store.catalogue import content_of, has_records

        if not has_records(session, self.entity, self.task.assortment):
            return None
        mapped = {column.field for column in self.layout.columns}
        checked = {*self.entity.key, *(field.name for field in self.entity.references)}
        fields = tuple(name for name in self.entity.fields if name in mapped & checked)
        return Digest(fields, content_of(self.entity, mapped))

    def _refuse_bad_file(self, file: SourceFile, staged: _Staged) -> None:
        name = clean(file.name)
        if staged.records == 0 and not self.task.allow_empty:
            raise Refused(
                f"{name} has no records, only {'a header line' if self.layout.file.header else 'blank lines'}.",
                advice=f"{self._unchanged} Ask the sender for the complete file, or set allow_empty for this task.",
            )
        if staged.rejected > staged.records * self.task.max_rejected:
            first = staged.rejects[0] if staged.rejects else None
            example = f" The first: {in_words(first)}." if first else ""
            raise TooManyRejects(
                f"{counted(staged.rejected, 'record')} of {staged.records:,} in {name} were rejected, "
                f"more than the {self.task.max_rejected:.0%} allowed.{example}",
                advice=f"{self._unchanged} Look at the rejects: the file changed, or the layout does not fit it.",
            )

    def _plan(self, session: DuckDBPyConnection, staged: _Staged) -> ChangePlan:
        from core.store.catalogue import Digested, plan_changes

        self.context.step("comparing with the catalogue")
        return plan_changes(
            session,
            STAGED,
            self.entity,
            assortment=self.task.assortment,
            full=not self.task.delta,
            run=self.context.run,
            block_rows=self.context.config.engine.block_rows,
            stop=self.context.stop,
            digested=Digested(staged.fields, VALUES) if staged.digested else None,
        )

    def _read_values(self, session: DuckDBPyConnection, staged: _Staged, plan: ChangePlan, work: Path) -> None:
        """Read the values of the records that the plan touches, where they were not staged."""
        from core.exchange.picking import read_picked

        if staged.digested is not None:
            wanted = f"SELECT _record FROM {plan.table} WHERE _record IS NOT NULL"
            read_picked(staged.digested, wanted, VALUES, connection=session, work_dir=work, stop=self.context.stop)

    def _brake(self, file: SourceFile, plan: ChangePlan) -> None:
        if file.cleared or not plan.missing or plan.missing <= plan.active_before * self.task.max_archived:
            return
        subject = f"assortment {plan.assortment!r}" if plan.assortment else f"entity {plan.entity}"
        message = (
            f"{clean(file.name)} lacks {plan.missing:,} of the {plan.active_before:,} records of the {subject}: "
            f"{plan.missing / plan.active_before:.0%} would be archived, "
            f"more than the {self.task.max_archived:.0%} allowed."
        )
        self.context.details["brake"] = {"archive": plan.missing, "active": plan.active_before}
        if self.context.options.get("confirm_archive"):
            self._warn(f"{message} It was confirmed with the start.")
        elif self.context.dry_run:
            self._warn(f"{message} The brake would stop this run.")
        else:
            raise BrakeError(
                message, advice=f"{self._unchanged} If the file is right, start the task with archiving confirmed."
            )

    def _warn(self, message: str) -> None:
        self.warnings.append(message)
        self.context.log.warning("%s", message)

    def _apply(self, session: DuckDBPyConnection, file: SourceFile, plan: ChangePlan) -> Counts:
        """Apply the blocks that are left; return what all blocks of this file did, also those before a crash."""
        from core.store.catalogue import apply_block

        context = self.context
        before = context.counts
        rows = plan.new + plan.changed + plan.restored + plan.missing
        block_rows = context.config.engine.block_rows
        advance = context.step(f"applying {clean(file.name)}", total=rows, unit="rows", block=block_rows)
        applied = 0
        # A block that was begun is finished, so that whoever asks for a stop can be told beforehand where it ends.
        unstopped = StopToken()
        for block in range(plan.blocks):
            context.stop.check()
            done = apply_block(session, plan, block, fence=context.fence, stop=unstopped)
            applied += done.new + done.changed + done.archived + done.restored
            self._count(new=done.new, changed=done.changed, archived=done.archived, restored=done.restored)
            advance(applied, rows)
        if context.resuming:
            # What a block did before the crash is unchanged now; the catalogue knows the sums over all attempts.
            total = context.catalogue.applied(context.run)
            context.counts = replace(
                context.counts,
                new=total.new,
                changed=total.changed,
                archived=total.archived,
                restored=total.restored,
            )
        return Counts(
            new=context.counts.new - before.new,
            changed=context.counts.changed - before.changed,
            restored=context.counts.restored - before.restored,
        )

    def _finish(self, file: SourceFile) -> None:
        try:
            warning = pickup.clear_source(self.context, self.task, self.connection, file)
        except PendelError as error:
            # The data is in; a source that cannot be cleared is not a reason to call the import failed.
            warning = f"{clean(file.name)} was imported, but stays at {self.connection.name}: {error}"
        if warning:
            self._warn(warning)
        file.done = True
        self._save()

    def _tell(self, session: DuckDBPyConnection, plan: ChangePlan) -> None:
        """Note what a dry run would have done."""
        from core.store.catalogue import samples

        self._count(
            new=plan.new,
            changed=plan.changed,
            unchanged=plan.unchanged,
            restored=plan.restored,
            archived=plan.missing,
        )
        told: dict[str, Any] = self.context.details.setdefault("samples", {})
        for kind in ("new", "changed", "restored", "archived"):
            found = [_shortened(sample.as_dict()) for sample in samples(session, plan, kind, SAMPLES)]
            told[kind] = (told.get(kind, []) + found)[:SAMPLES]

    def _outcome(self) -> Outcome:
        context, counts = self.context, self.context.counts
        names = ", ".join(clean(file.name) for file in self.files[:3])
        if len(self.files) > 3:
            names += f" and {len(self.files) - 3} more"
        would = "Would import" if context.dry_run else "Imported"
        message = f"{would} {names}: {counts.in_words() or 'nothing to do'}."
        warned = bool(self.warnings or counts.rejected)
        if self.warnings:
            message += " " + " ".join(self.warnings)
        state = RunState.WARNINGS if warned else RunState.SUCCEEDED
        return Outcome(message, state, counts, dict(context.details))


def _shortened(sample: dict[str, Any]) -> dict[str, Any]:
    """Return a sample whose values are short enough to be kept with the run."""

    def short(value: object) -> object:
        return shorten(value, _LONGEST_VALUE) if isinstance(value, str) else value

    changes = {field: [short(old), short(new)] for field, (old, new) in sample["changes"].items()}
    return {"key": sample["key"], "changes": changes}
