"""The automatic import: take what arrived, recognise it, import or check it, report beside it (IM11).

A run deals with all files that wait, oldest first; each is an import walk of its own, with counts, an outcome and
reports of its own, and one that is refused holds up none of the others.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from core.config.tasks import ImportTask, RemotePath
from core.errors import (
    BrakeError,
    ConnectionFailed,
    DataError,
    PendelError,
    Refused,
    SourceChanged,
    StopRequested,
    TransferError,
)
from core.runs import Counts, RunState
from core.stop import StopToken
from core.tasks import accepting, arrivals, importing, pickup
from core.tasks.arrival_reports import summary, tell, write_reports
from core.tasks.arrivals import PROCESSED, QUARANTINE, Arrival, Shelf, report_names
from core.tasks.context import InnerContext, Outcome
from core.tasks.tallies import Tallies
from core.text import clean, counted, listed

if TYPE_CHECKING:
    from pathlib import Path

    from core.config.auto_import import AcceptRule, AutoImportTask
    from core.config.layout_types import LayoutSettings
    from core.exchange.recognition import Recognition
    from core.tasks.connection import Connection
    from core.tasks.context import RunContext

MOST_FILES = 200
"""That one run takes: what it must remember of each, and can be reverted with it, has a bound."""
LEFT = "left"
"""The verdict on a file that is not taken, beside the names of the two directories."""
_MOST_ATTEMPTS = 2
"""A file whose run ended in a crash so often may be what ends the process; it is not taken again by itself."""


def run_auto_import(context: RunContext, task: AutoImportTask) -> Outcome:
    """Deal with every file that waits in the folders of a task.

    Raises:
        PendelError: the folders cannot be looked at or written to, or the stores fail. What was done stays; what was
            taken and not done is put back, now or by the next run.
    """
    with arrivals.folder_connection(context, task) as connection:
        return _AutoImport(context, task, connection).carry_out()


class _AutoImport:
    """The walk over the files of one run."""

    def __init__(self, context: RunContext, task: AutoImportTask, connection: Connection) -> None:
        self.context = context
        self.task = task
        self.connection = connection
        self.shelf = Shelf(context, connection)
        self.files = [Arrival(**known) for known in context.checkpoint.get("arrivals", [])]
        self.left: list[str] = []
        """What was not taken, and why."""
        self.faults: list[str] = []
        """What somebody must look at, in sentences."""

    def carry_out(self) -> Outcome:
        context = self.context
        context.counts = Tallies(context.checkpoint.get("parts", ())).total
        if not self.files:
            self._look()
        try:
            for number, file in enumerate(self.files, start=1):
                context.stop.check()
                if not file.done:
                    self._deal_with(file, number)
        except BaseException as error:
            self._note()
            # Where the location is gone, the next run finds what this one had taken.
            if not context.dry_run and not isinstance(error, ConnectionFailed):
                self._put_back()
            raise
        return self._outcome()

    def _put_back(self) -> None:
        """Move what was taken and is not done into the folders again, whatever asked the run to stop."""
        context = replace(self.context, stop=StopToken())
        undone = [file for file in self.files if file.taken and not file.done and not file.verdict]
        with arrivals.folder_connection(context, self.task) as connection:
            shelf = Shelf(context, connection)
            for file in undone:
                try:
                    shelf.put_back(file)
                except PendelError as error:
                    context.log.warning("%s stays for the next run: %s", clean(file.name), error.message)

    # -- which files ----------------------------------------------------------------------------------------------

    def _look(self) -> None:
        """Find the files to deal with; those that change within the settle time are left for the next run."""
        context, task = self.context, self.task
        context.step("looking into the folders")
        if not context.dry_run:
            self._bring_back()
        before, self.faults = self.connection.attempt("Listing", lambda at: arrivals.waiting(at, task))
        found = before
        if before and task.settle:
            context.stop.wait(task.settle)
            seen = {file.path: file for file in before}
            later, self.faults = self.connection.attempt("Listing", lambda at: arrivals.waiting(at, task))
            found = [file for file in later if seen.get(file.path) == file]
            for file in later:
                if file not in found:
                    context.log.info("%s is still being written and is not taken yet.", clean(file.name))
                    self.left.append(f"{clean(file.name)} is still being written and is not taken yet")
        for fault in self.faults:
            context.log.warning("%s", fault)
        self.files, more = found[:MOST_FILES], len(found) - MOST_FILES
        if more > 0:
            self.left.append(f"{counted(more, 'file')} more wait for the next run")
        if not context.dry_run:
            for number, file in enumerate(self.files, start=1):
                file.taken = self.shelf.place(file, number)
            self._save()

    def _bring_back(self) -> None:
        """Put back what earlier runs left in their hands, and, where that was confirmed, what the brake held."""
        context = self.context
        for run, file in self.shelf.left_behind(self.task):
            row = context.journal.runs.get(run)
            if row is not None and row.fence > _MOST_ATTEMPTS:
                message = f"Pendel ended {row.fence} times while run {run} worked on {clean(file.name)}."
                tell(context, file, QUARANTINE, message, f"Put it back into {file.folder} and it is tried again.")
                self._park(file)
            else:
                context.log.info("Run %d had taken %s and did not come to it: it is next.", run, clean(file.name))
                self.shelf.put_back(file)
        if context.options.get("confirm_archive"):
            self._bring_back_braked()

    def _bring_back_braked(self) -> None:
        for row in self.context.journal.runs.latest(self.task.id, limit=50):
            for told in row.details.get("arrivals", ()):
                if told["braked"] and told["mode"] == "import" and self.shelf.has(told["parked"]):
                    folder = told["parked"].rpartition("/")[0].removesuffix(f"/{QUARANTINE}")
                    path = f"{folder}/{told['name']}"
                    held = Arrival("import", folder, path, told["name"], 0, "", taken=told["parked"])
                    self.shelf.put_back(held)
                    self.context.log.info("%s comes back: archiving is confirmed.", clean(told["name"]))

    # -- one file -------------------------------------------------------------------------------------------------

    def _deal_with(self, file: Arrival, number: int) -> None:
        context = self.context
        if not context.dry_run and not file.verdict:
            reason = self.shelf.take(file)
            if reason:
                self._leave(file, f"is not taken: {reason}")
                return
            self._save()
        if not file.verdict:
            self._work_on(file, number)
            if file.done:
                return
            if not context.dry_run:
                context.checkpoint["rejected"] = context.journal.rejects.count(context.run)
            self._save()
        if context.dry_run:
            self._done(file)
        elif not file.parked and self.shelf.changed(file):
            self.shelf.put_back(file)
            self._leave(file, "was written on after it was taken: the whole of it is imported once more")
        else:
            self._park(file, context.spool / f"{number:04d}")

    def _work_on(self, file: Arrival, number: int) -> None:
        """Recognise and import a file, and note what came of it."""
        context = self.context
        file.before = file.before or list(context.counts.values())
        # An import counts on from what the run did before; what it did itself is kept in its own checkpoint.
        file.walk.setdefault("parts", context.checkpoint.get("parts", []))
        inner = self._inner(file, number)
        try:
            source = self._fetch(inner, file)
            found = self._recognise(file, source)
            rule = accepting.choose(found, self.task.accept, clean(file.name), self.context.config.layouts)
            self._import(inner, file, rule)
        except StopRequested:
            raise
        except SourceChanged:
            if not context.dry_run:
                self.shelf.put_back(file)
            self._leave(file, "is still being written and is put back")
        except (DataError, Refused, BrakeError, TransferError) as error:
            self._refuse(inner, file, error.message, error.advice, braked=isinstance(error, BrakeError))
        except PendelError:
            raise
        except Exception as error:
            context.log.exception("%s could not be dealt with by a fault in Pendel.", clean(file.name))
            message = f"A fault in Pendel ended the import of {clean(file.name)} ({type(error).__name__})."
            self._refuse(inner, file, message, "The log file has the details.")

    def _inner(self, file: Arrival, number: int) -> InnerContext:
        context = self.context
        inner = InnerContext.of(context, spool=context.spool / f"{number:04d}", checkpoint=file.walk, save=self._save)
        if not context.dry_run:
            kept = context.checkpoint.get("rejected", 0)
            inner.rejects_before = context.journal.rejects.of_run(context.run, limit=kept) if kept else []
        if file.mode == "import" and not context.dry_run:

            def report(progress: Any) -> None:
                context.counts = inner.counts
                context.report(progress)

            inner.report = report
        return inner

    def _fetch(self, inner: InnerContext, file: Arrival) -> Path:
        source = file.source(file.path if self.context.dry_run else file.taken)
        known = file.walk.get("files")
        if known:
            source = pickup.SourceFile(**known[0])
        pickup.fetch_file(inner, self.connection, source, 1)
        file.walk["files"] = [source.as_dict()]
        inner.save_checkpoint()
        if not self.context.dry_run and not source.cleared and self.shelf.changed(file):
            raise SourceChanged(f"{clean(file.name)} changed while it was fetched.")
        return inner.spool / source.spooled

    def _recognise(self, file: Arrival, source: Path) -> Recognition:
        from core.exchange.recognition import recognise

        layouts = self.context.config.layouts
        wanted: dict[str, LayoutSettings] = {
            rule.layout_name: layouts[rule.layout_name]
            for rule in self.task.accept
            if accepting.format_of(rule, layouts) is None
        }
        found = recognise(source, wanted, name=file.name)
        file.report = {"recognised": found.in_words(), "facts": dict(found.claims[0].facts) if found.claims else {}}
        self.context.log.info("%s: %s", clean(file.name), found.in_words())
        return found

    def _import(self, inner: InnerContext, file: Arrival, rule: AcceptRule) -> None:
        file.report |= {
            "layout": rule.layout_name,
            "entity": rule.entity or "",
            "assortment": rule.assortment,
            "delta": rule.delta,
        }
        if file.mode == "check" or self.context.dry_run:
            inner.dry_run = True
            inner.checkpoint = {"files": file.walk["files"]}
            file.before = list(Counts().values())
        outcome = importing.run_import(inner, self._as_import(file, rule))
        for told in inner.details.get("read", ()):
            file.report |= {"facts": told["facts"], "delta": not told["full"]}
        if file.mode == "import":
            self._count(inner)
        tell(self.context, file, PROCESSED, outcome.message, inner=inner)

    def _count(self, inner: InnerContext) -> None:
        """Let the run count what the import of a file did, or, in a dry run, would do."""
        context = self.context
        if context.dry_run:
            context.counts += inner.counts
            return
        context.counts = inner.counts
        context.checkpoint["parts"] = inner.checkpoint["parts"]
        if len(inner.checkpoint["parts"]) > 1:
            context.details["parts"] = inner.checkpoint["parts"]

    def _as_import(self, file: Arrival, rule: AcceptRule) -> ImportTask:
        """The import task that one would write for this file."""
        task = self.task
        path = file.walk["files"][0]["path"]
        return ImportTask(
            id=task.id,
            description=task.description,
            sequence=task.sequence,
            entity=rule.entity,
            assortment=rule.assortment,
            layout=rule.layout_name,
            **({"delta": rule.delta} if "delta" in rule.model_fields_set else {}),
            settle=0,
            max_rejected=rule.max_rejected,
            max_archived=rule.max_archived,
            allow_empty=rule.allow_empty,
            if_invalid=rule.if_invalid,
            **({"source": RemotePath(location=task.location, path=path)} if task.location else {"file": path}),
        )

    def _leave(self, file: Arrival, why: str) -> None:
        """Have done with a file that goes on lying in its folder, or is gone."""
        file.verdict, file.report = LEFT, {}
        self.context.log.warning("%s %s.", clean(file.name), why)
        self.left.append(f"{clean(file.name)} {why}")
        self._done(file)

    def _refuse(self, inner: InnerContext, file: Arrival, message: str, advice: str, *, braked: bool = False) -> None:
        """Note that a file goes into quarantine, and why."""
        # Nothing of it is in the catalogue, so that the counts of the run are what they were.
        if file.mode == "import" and not self.context.dry_run:
            self.context.counts = Counts(*file.before)
        again = f"Once that is mended, put it back into {file.folder}, and it is tried again."
        if braked:
            again = "To import it all the same, start the task with archiving confirmed: it then comes back by itself."
        tell(self.context, file, QUARANTINE, message, f"{advice} {again}".strip(), inner=inner)
        file.report["braked"] = braked
        self.context.log.warning("%s goes into quarantine: %s", clean(file.name), message)

    # -- the end of a file ----------------------------------------------------------------------------------------

    def _park(self, file: Arrival, work: Path | None = None) -> None:
        """Move a file to where it belongs, and put the reports beside it."""
        file.parked = file.parked or self.shelf.free_place(file)
        self._save()
        self.shelf.park(file)
        self._save()
        directory, _, name = file.parked.rpartition("/")
        try:
            for source, report in zip(write_reports(file, work or self.context.spool), report_names(name), strict=True):
                self.shelf.deliver(source, f"{directory}/{report}")
        except TransferError as error:
            # The file is dealt with; that nobody can read so beside it is no reason to deal with it again.
            self.faults.append(f"The report of {clean(file.name)} could not be written: {error.message}")
            self.context.log.warning("%s", self.faults[-1])
        self._done(file)

    def _done(self, file: Arrival) -> None:
        """Have done with a file: of what came of it, only what the run tells is kept."""
        file.report, file.walk, file.done = summary(file) if file.report else {}, {}, True
        self._save()

    def _save(self) -> None:
        self.context.checkpoint["arrivals"] = [file.as_dict() for file in self.files]
        self.context.save_checkpoint()

    def _note(self) -> list[Arrival]:
        """Put what came of the files into the details of the run, and return those that were dealt with."""
        told = [file for file in self.files if file.done and file.report]
        self.context.details["arrivals"] = [file.report for file in told]
        return told

    def _outcome(self) -> Outcome:
        context, told = self.context, self._note()
        held = [file for file in told if file.verdict == QUARANTINE]
        if any(file.report["braked"] for file in held):
            context.details["error"] = BrakeError.__name__
        rejected = any(file.report["counts"].get("rejected") for file in told)
        state = RunState.WARNINGS if held or rejected or self.faults else RunState.SUCCEEDED
        parts = [
            f"{counted(number, 'file')} {word}"
            for outcome, word in (("imported", "imported"), ("checked", "checked"), ("quarantined", "in quarantine"))
            if (number := sum(file.report["outcome"] == outcome for file in told))
        ]
        message = f"{', '.join(parts)}." if parts else ""
        if not parts and not self.left:
            where = listed([clean(folder) for folder in arrivals.folders(self.task)], last="and")
            message = f"Nothing to take in {where} at {self.connection.name}."
        if counts := context.counts.in_words():
            message += f" Records: {counts}."
        message += "".join(f" {file.report['message']}" for file in held[:1])
        message += "".join(f" {fault}." for fault in self.left[:3]) + "".join(f" {fault}" for fault in self.faults[:3])
        return Outcome(message.strip(), state, context.counts, dict(context.details))
