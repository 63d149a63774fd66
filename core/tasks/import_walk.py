"""The walk of an import over its files, wherever they come from.

A file is read into parts, each with the records of one entity (:mod:`core.tasks.parts`). All of them are read, checked,
counted and compared before the first record is changed; then they are applied in their order.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, Protocol

from core.config.attachments import ATTACHMENT
from core.errors import BrakeError, DataError, PendelError, Refused, TooManyRejects
from core.runs import Counts, RunState
from core.tasks import brake, parts
from core.tasks.context import Outcome
from core.tasks.parts import Reading
from core.tasks.rejects import gather_rejects, in_words, keep_rejects_file, log_rejects, read_rejects
from core.tasks.samples import SAMPLES, shortened
from core.tasks.tallies import Tallies, Tally
from core.text import clean, counted, listed

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from core.config.tasks import ImportTask
    from core.store.catalogue import BlockCounts, ChangePlan
    from core.store.journal.records import RejectRow
    from core.tasks.context import RunContext
    from core.tasks.parts import FileParts, Part
    from core.tasks.pickup import SourceFile

REJECTS = "file rejects"


class Source(Protocol):
    """Where the files of an import come from, and how they are read."""

    name: str
    """As it stands behind "at"."""

    def fetch(self, file: SourceFile, number: int) -> None:
        """Bring a file into the spool, unless it is there; its name there and its size are noted with it."""

    def read(self, reading: Reading) -> FileParts:
        """Read a file into its parts."""

    def clear(self, file: SourceFile) -> str:
        """Do with a file at its source what is to be done once it is imported; return a warning where that failed."""


class ImportWalk:
    """The walk over the files of one run."""

    def __init__(
        self,
        context: RunContext,
        task: ImportTask,
        source: Source,
        files: list[SourceFile],
        *,
        entities: Collection[str] = (),
        what: str = "",
        each_alone: bool = False,
    ) -> None:
        self.context = context
        self.task = task
        self.source = source
        self.files = files
        self.entities = entities
        """That a file may bring; empty: whatever its layout reads."""
        self.what = what
        self.each_alone = each_alone
        """A file that is refused is left out, and the others are imported."""
        self.left_out: list[SourceFile] = []
        self.warnings: list[str] = []
        self.rejects: list[RejectRow] = list(context.rejects_before)
        self.tallies = Tallies(context.checkpoint.get("parts", ()))
        self.several = False
        """Files have several parts, or records were made beside those of the files."""

    def carry_out(self) -> Outcome:
        """Import the files, oldest first, each as a whole before the next."""
        context = self.context
        context.counts = self.tallies.total
        if not context.dry_run:
            context.catalogue.take_fence(context.run, context.fence)
        for number, file in enumerate(self.files, start=1):
            context.stop.check()
            if not file.applied:
                self.source.fetch(file, number)
                self._save()
                if not self._taken(file, context.spool / file.spooled):
                    continue
            if not file.done and not context.dry_run:
                self._finish(file)
        return self._outcome()

    def _save(self) -> None:
        self.context.checkpoint["files"] = [file.as_dict() for file in self.files]
        self.context.save_checkpoint()

    def _taken(self, file: SourceFile, source: Path) -> bool:
        """Import a file; return whether it was, and not left out."""
        tallies, counts = self.tallies.as_list(), self.context.counts
        try:
            self._import_file(file, source)
        except (BrakeError, DataError, Refused) as error:
            # Of a file that was cleared, blocks may be in the catalogue already.
            if not self.each_alone or file.cleared:
                raise
            self.tallies, self.context.counts = Tallies(tallies), counts
            self.left_out.append(file)
            self._warn(f"Left out {clean(file.name)}: {error.message} {error.advice}".rstrip())
            return False
        return True

    def _import_file(self, file: SourceFile, source: Path) -> None:
        context = self.context
        with context.catalogue.session() as session, context.work_dir("read") as work:
            reading = Reading(context, self.task, session, source, clean(file.name), work)
            found = self._read(reading, file)
            self._refuse_bad_file(reading, found)
            with context.turn():
                parts.plan(reading, found.parts)
            self.several |= len(found.parts) > 1 or any(part.stubs for part in found.parts)
            self._announce(reading, found)
            for part in found.parts:
                self._brake(reading, file, part, several=len(found.parts) > 1)
            with context.turn():
                for part in found.parts:
                    parts.read_values(reading, part)
            if context.dry_run:
                for part in found.parts:
                    self._tell(reading, part)
                return
            file.cleared = True
            self._save()
            for number, part in enumerate(found.parts, start=1):
                self._apply(reading, part, applied=number <= file.parts)
                file.parts = max(file.parts, number)
                self._save()
            self._recount_stubs()
        file.applied = True
        # The counts of this file are final now: a resumed run goes on from them.
        context.checkpoint["parts"] = self.tallies.as_list()
        self._save()

    @property
    def _unchanged(self) -> str:
        """What is left as it was when the present file is refused."""
        if any(file.applied for file in self.files):
            return "Nothing of this file was imported; those before it stay imported."
        return "Nothing was changed."

    def _count(self, part: Part, **more: int) -> None:
        self.tallies.of(part.entity.name, part.assortment).counts += Counts(**more)
        self.context.counts = self.tallies.total
        if self.several:
            self.context.details["parts"] = self.tallies.as_list()

    def _read(self, reading: Reading, file: SourceFile) -> FileParts:
        context, name = self.context, reading.name
        context.step(f"reading {name}")
        if file.size == 0:
            raise Refused(
                f"{name} is empty: it has no bytes at all.",
                advice=f"{self._unchanged} Ask the sender for the complete file.",
            )
        found = self.source.read(reading)
        self._refuse_others(reading, found)
        self._tell_facts(reading, found)
        for part in found.parts:
            for warning in part.warnings:
                self._warn(warning)
        with context.turn():
            parts.check(reading, found.parts)
        for part in found.parts:
            if part.entity.name == ATTACHMENT and found.fetches:
                from core.tasks.attaching import attach_contents

                attach_contents(reading, found.parts, part, file.path)
        if refused := sum(part.refused for part in found.parts):
            self._keep_rejects(reading, found, refused)
        for part in found.parts:
            self._count(part, read=part.accepted, rejected=part.refused)
            tally = self.tallies.of(part.entity.name, part.assortment)
            tally.skipped += part.skipped
            tally.repeated += part.folded.records
        return found

    def _refuse_others(self, reading: Reading, found: FileParts) -> None:
        if not self.entities:
            return
        others = sorted({part.entity.name for part in found.parts} - set(self.entities))
        if others:
            raise Refused(
                f"{reading.name} has no {self.what} but records of {listed(others, last='and')}.",
                advice="Nothing of it was imported. A task of type import takes such files.",
            )

    def _tell_facts(self, reading: Reading, found: FileParts) -> None:
        """Note what a file says of itself, and whether it is taken for the whole of what it is about."""
        if not found.facts:
            return
        context, full = self.context, any(part.full and not part.of_owners for part in found.parts)
        words = "; ".join(f"{name} {value}" for name, value in found.facts.items())
        context.log.info("%s: %s.", reading.name, words)
        told = context.details.setdefault("read", [])
        told[:] = [each for each in told if each["file"] != reading.name]
        told.append({"file": reading.name, "facts": dict(found.facts), "full": full})

    def _keep_rejects(self, reading: Reading, found: FileParts, refused: int) -> None:
        context = self.context
        gather_rejects(reading.session, found.parts, REJECTS)
        found.locate(REJECTS)
        rejects = read_rejects(reading.session, REJECTS, reading.name)
        name = found.rejects_name or reading.name
        kept = keep_rejects_file(context, name, lambda target: found.write_rejects(REJECTS, target))
        log_rejects(context, rejects, refused)
        if kept:
            context.log.warning("The rejected records are in %s.", kept)
        self.rejects += rejects
        if not context.dry_run:
            context.journal.rejects.replace(context.run, self.rejects)
        else:
            context.details["rejects"] = [asdict(row) for row in self.rejects[:SAMPLES]]

    def _refuse_bad_file(self, reading: Reading, found: FileParts) -> None:
        name, rejected = reading.name, sum(part.refused for part in found.parts)
        records = rejected + sum(part.accepted for part in found.parts)
        if records == 0 and not self.task.allow_empty:
            raise Refused(
                f"{name} has no records, {found.emptiness}.",
                advice=f"{self._unchanged} Ask the sender for the complete file, or set allow_empty for this task.",
            )
        if rejected > records * self.task.max_rejected:
            first = next((row for row in self.rejects if row.file == name), None)
            example = f" The first: {in_words(first)}." if first else ""
            verb = "was" if rejected == 1 else "were"
            raise TooManyRejects(
                f"{counted(rejected, 'record')} of {records:,} in {name} {verb} rejected, "
                f"more than the {self.task.max_rejected:.0%} allowed.{example}",
                advice=f"{self._unchanged} Look at the rejects: the file changed, or the layout does not fit it.",
            )

    def _brake(self, reading: Reading, file: SourceFile, part: Part, *, several: bool) -> None:
        plan = part.plan
        if plan is None or file.cleared or plan.lost <= plan.lost_of * self.task.max_archived:
            return
        subject = f"assortment {plan.assortment!r}" if plan.assortment else f"entity {plan.entity.name}"
        if several and plan.assortment:
            subject = f"entity {plan.entity.name} in {subject}"
        does = "lacks or deletes" if part.deleted else "lacks"
        what = f"{does} {plan.lost:,} of the {plan.lost_of:,} records of the {subject}"
        if plan.lost != plan.missing:
            owner = (part.entity.fields[part.owners[0]].refers_to or "").replace("_", " ")
            what = (
                f"takes all records of {plan.entity.name} from {plan.lost:,} of the {plan.lost_of:,} {owner}s with any"
            )
        message = (
            f"{reading.name} {what}: {plan.lost / plan.lost_of:.0%} would be archived, "
            f"more than the {self.task.max_archived:.0%} allowed."
        )
        advice = f"{self._unchanged} If the file is right, start the task with archiving confirmed."
        self.warnings.append(brake.hold(self.context, plan, message, advice=advice))

    def _warn(self, message: str) -> None:
        self.warnings.append(message)
        self.context.log.warning("%s", message)

    def _announce(self, reading: Reading, found: FileParts) -> None:
        """Say which stubs are needed, and which are left alone though the file does not have them."""
        from core.store.catalogue import samples

        for part in found.parts:
            for plan in part.stubs:
                keys = [str(sample.key[0]) for sample in samples(reading.session, plan, "new", 3)]
                self.context.log.info(
                    "%s of %s %s made, because records of %s refer to what nobody has delivered yet: %s%s.",
                    counted(plan.new, "stub"),
                    plan.entity.name,
                    "would be" if self.context.dry_run else "will be",
                    part.entity.name,
                    ", ".join(keys),
                    " …" if plan.new > len(keys) else "",
                )
            if part.plan and part.plan.spared:
                spared = f"{counted(part.plan.spared, 'stub')} of {part.entity.name}"
                self.context.log.info(
                    "The file does not have %s, which nobody has delivered yet: not archived.", spared
                )

    def _apply(self, reading: Reading, part: Part, *, applied: bool) -> None:
        """Apply what is left of a part, and count what all its blocks did, also those before a crash."""
        context, tally = self.context, self.tallies.of(part.entity.name, part.assortment)
        before = tally.counts

        def done(plan: ChangePlan, block: BlockCounts) -> None:
            if plan.stubs:
                self.tallies.of(plan.entity.name, plan.assortment).stubs += block.new
            else:
                self._count(
                    part, new=block.new, changed=block.changed, archived=block.archived, restored=block.restored
                )

        if not applied:
            parts.apply(reading, part, done)
        if context.resuming:
            # What a block did before the crash is unchanged now; the catalogue knows the sums over all attempts.
            total = context.catalogue.applied(context.run, of=(part.entity.name, part.assortment))
            tally.counts = replace(
                tally.counts,
                new=total.new,
                changed=total.changed,
                archived=total.archived,
                restored=total.restored,
            )
        touched = Counts(
            new=tally.counts.new - before.new,
            changed=tally.counts.changed - before.changed,
            archived=tally.counts.archived - before.archived,
            restored=tally.counts.restored - before.restored,
        )
        unchanged = part.accepted - part.gone - touched.new - touched.changed - touched.restored
        self._count(part, unchanged=unchanged)
        if part.title:
            own = touched + Counts(read=part.accepted, unchanged=unchanged, rejected=part.refused)
            told = Tally(part.entity.name, part.assortment, own, part.skipped, part.folded.records)
            when = " (before it was interrupted)" if applied else ""
            context.log.info("%s%s: %s.", part.title, when, told.in_words())

    def _recount_stubs(self) -> None:
        """Count the stubs of earlier attempts too."""
        if self.context.resuming:
            for (entity, assortment), number in self.context.catalogue.stubs(self.context.run).items():
                self.several = True
                self.tallies.of(entity, assortment).stubs = number
        if self.several:
            self.context.details["parts"] = self.tallies.as_list()

    def _finish(self, file: SourceFile) -> None:
        try:
            warning = self.source.clear(file)
        except PendelError as error:
            # The data is in; a source that cannot be cleared is not a reason to call the import failed.
            warning = f"{clean(file.name)} was imported, but stays at {self.source.name}: {error}"
        if warning:
            self._warn(warning)
        file.done = True
        self._save()

    def _tell(self, reading: Reading, part: Part) -> None:
        """Note what a dry run would have done."""
        from core.store.catalogue import samples

        for plan in part.plans:
            if plan.stubs:
                self.tallies.of(plan.entity.name, plan.assortment).stubs += plan.new
                continue
            self._count(
                part,
                new=plan.new,
                changed=plan.changed,
                unchanged=plan.unchanged,
                restored=plan.restored,
                archived=plan.missing,
            )
            told: dict[str, Any] = self.context.details.setdefault("samples", {})
            named = {"entity": part.entity.name} if part.title else {}
            for kind in ("new", "changed", "restored", "archived"):
                shown = told.setdefault(kind, [])
                left = SAMPLES - sum(sample.get("entity", "") == named.get("entity", "") for sample in shown)
                found = samples(reading.session, plan, kind, SAMPLES)[:left]
                shown += [shortened(sample.as_dict()) | named for sample in found]
        self._recount_stubs()

    def _outcome(self) -> Outcome:
        context, counts = self.context, self.context.counts
        taken = [file for file in self.files if file not in self.left_out]
        names = ", ".join(clean(file.name) for file in taken[:3]) or "none"
        if len(taken) > 3:
            names += f" and {len(taken) - 3} more"
        would = "Would import" if context.dry_run else "Imported"
        message = f"{would} {names}: {counts.in_words() or 'nothing to do'}."
        if "attachments" in context.details:
            from core.tasks.attaching import attached_words

            message += attached_words(context)
        for tally in self.tallies.stubs:
            made = "would be made" if context.dry_run else "made"
            message += f" {counted(tally.stubs, 'stub')} of {tally.entity} {made}."
        warned = bool(self.warnings or counts.rejected)
        if self.warnings:
            message += " " + " ".join(self.warnings)
        state = RunState.WARNINGS if warned else RunState.SUCCEEDED
        return Outcome(message, state, counts, dict(context.details))
