"""The etl task: check the scheme, carry its steps out on copies, compare, brake, apply as a whole (ETL)."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from core.errors import DataError
from core.runs import Counts, RunState
from core.store.journal.records import RejectRow
from core.tasks import brake
from core.tasks.context import Outcome
from core.tasks.samples import SAMPLES, shortened
from core.text import clean, counted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from duckdb import DuckDBPyConnection

    from core.config.entities import Entity
    from core.config.schemes import SchemeSettings
    from core.config.tasks import EtlTask
    from core.stop import StopToken
    from core.store.catalogue import ChangePlan, Kind
    from core.store.transform import CheckedStep, Worked
    from core.store.transform import Outcome as Planned
    from core.tasks.context import RunContext


KINDS: tuple[Kind, ...] = ("new", "changed", "restored", "archived")
_DID = {"UPDATE": "updated", "INSERT": "added", "DELETE": "deleted", "MERGE": "merged", "CREATE": "in a helper table"}


def run_etl(context: RunContext, task: EtlTask) -> Outcome:
    """Carry out the ETL scheme of a task for its assortment, in one transaction.

    Raises:
        DataError: the scheme cannot be used, or would leave records that cannot be kept; nothing was changed.
        BrakeError: it would archive or change more than the task allows; nothing was changed.
        StoreError: another run changed the records meanwhile; nothing was changed.
    """
    return _Transformation(context, task).carry_out()


class _Transformation:
    """The walk of one run."""

    def __init__(self, context: RunContext, task: EtlTask) -> None:
        self.context = context
        self.task = task
        self.scheme = context.config.schemes[task.scheme]
        self.warnings: list[str] = []

    def carry_out(self) -> Outcome:
        context = self.context
        if not context.dry_run:
            context.catalogue.take_fence(context.run, context.fence)
        if context.resuming and context.catalogue.applied(context.run).blocks:
            # It is one transaction: where one of its blocks is in the catalogue, all of it is.
            context.details["steps"] = context.checkpoint.get("steps", [])
            self._count_applied()
            return self._outcome()
        context.step(f"checking the ETL scheme {self.task.scheme}")
        with context.catalogue.session() as session:
            with context.turn():
                planned = self._work(session)
            self._refuse_unfit(planned)
            for plan in planned.plans:
                self._brake(plan)
            self._count(planned)
            if context.dry_run:
                self._tell(session, planned)
            else:
                self._apply(session, planned)
        return self._outcome()

    def _work(self, session: DuckDBPyConnection) -> Planned:
        context, number_of_steps = self.context, len(self.scheme.steps)

        def began(number: int, step: CheckedStep) -> None:
            context.step(f"step {number} of {number_of_steps}, {clean(step.name)}")

        worked, planned = work_out(
            session,
            self.task.scheme,
            self.scheme,
            context.config.entities,
            assortment=self.task.assortment,
            run=context.run,
            block_rows=context.config.engine.block_rows,
            stop=context.stop,
            began=began,
        )
        for number, result in enumerate(worked.steps, start=1):
            context.log.info("Step %d, %s: %s.", number, clean(result.name), in_words(result.kind, result.rows))
        context.details["steps"] = [asdict(result) for result in worked.steps]
        return planned

    def _refuse_unfit(self, planned: Planned) -> None:
        if not planned.unfit:
            return
        context = self.context
        rows = [
            RejectRow(
                file="",
                line=None,
                field=each.field,
                column="",
                value=each.value,
                reason=each.reason,
                entity=each.entity,
            )
            for each in planned.unfit
        ]
        if context.dry_run:
            context.details["rejects"] = [asdict(row) for row in rows[:SAMPLES]]
        else:
            context.journal.rejects.replace(context.run, rows)
        for each in planned.unfit[:SAMPLES]:
            context.log.error("Cannot be kept: %s", each)
        number = f"at least {len(rows)}" if len(rows) > 1 else "one"
        raise DataError(
            f"The ETL scheme {self.task.scheme} would leave records that cannot be kept, {number} of them. "
            f"The first: {planned.unfit[0]}",
            advice="Nothing was changed. Mend the scheme, or the records that it starts from.",
        )

    def _brake(self, plan: ChangePlan) -> None:
        of = f"{plan.entity.name} in assortment {plan.assortment!r}" if plan.assortment else plan.entity.name
        for number, allowed, what in (
            (plan.missing, self.task.max_archived, "archived"),
            (plan.changed, self.task.max_changed, "changed"),
        ):
            if not number or number <= plan.active_before * allowed:
                continue
            message = (
                f"{number:,} of the {plan.active_before:,} records of {of} would be {what}: "
                f"{number / plan.active_before:.0%}, more than the {allowed:.0%} allowed."
            )
            advice = "Nothing was changed. If the scheme is right, start the task with archiving confirmed."
            self.warnings.append(brake.hold(self.context, plan, message, advice=advice))

    def _count(self, planned: Planned) -> None:
        context = self.context
        parts: list[dict[str, Any]] = []
        for plan in planned.plans:
            counts = counts_of(plan)
            parts.append({"entity": plan.entity.name, "assortment": plan.assortment, "counts": asdict(counts)})
            context.log.info("%s: %s.", plan.entity.name, counts.in_words() or "no records")
            if context.dry_run:
                context.counts += counts
        context.details["parts"] = parts
        # Steps and parts are all that cannot be found out again after a crash.
        context.checkpoint["steps"] = context.details["steps"]
        context.checkpoint["unchanged"] = sum(plan.unchanged for plan in planned.plans)
        context.save_checkpoint()

    def _tell(self, session: DuckDBPyConnection, planned: Planned) -> None:
        """Note what a dry run would have done."""
        from core.store.catalogue import samples

        told: dict[str, Any] = {}
        for kind in KINDS:
            found: list[dict[str, Any]] = []
            for plan in planned.plans:
                for sample in samples(session, plan, kind, SAMPLES - len(found)):
                    entry = shortened(sample.as_dict())
                    entry["key"] = [f"{plan.entity.name} {entry['key'][0]}", *entry["key"][1:]]
                    found.append(entry)
            told[kind] = found
        self.context.details["samples"] = told

    def _apply(self, session: DuckDBPyConnection, planned: Planned) -> None:
        from core.store.catalogue import apply_together

        context = self.context
        rows = sum(plan.new + plan.changed + plan.restored + plan.missing for plan in planned.plans)
        advance = context.step("applying, as a whole", total=rows, unit="rows")
        apply_together(
            session,
            planned.plans,
            run=context.run,
            fence=context.fence,
            stop=context.stop,
            advance=lambda done: advance(done, rows),
        )
        self._count_applied()

    def _count_applied(self) -> None:
        done = self.context.catalogue.applied(self.context.run)
        self.context.counts = Counts(
            new=done.new,
            changed=done.changed,
            unchanged=self.context.checkpoint.get("unchanged", 0),
            archived=done.archived,
            restored=done.restored,
        )

    def _outcome(self) -> Outcome:
        context, counts = self.context, self.context.counts
        would = "Would carry" if context.dry_run else "Carried"
        told = replace(counts, unchanged=0).in_words() or "nothing changed"
        steps = counted(len(self.scheme.steps), "step")
        message = " ".join([f"{would} out {self.task.scheme} ({steps}): {told}.", *self.warnings])
        state = RunState.WARNINGS if self.warnings else RunState.SUCCEEDED
        return Outcome(message, state, counts, dict(context.details))


def work_out(
    session: DuckDBPyConnection,
    name: str,
    scheme: SchemeSettings,
    entities: Mapping[str, Entity],
    *,
    assortment: str,
    run: int,
    block_rows: int,
    stop: StopToken,
    began: Callable[[int, CheckedStep], None] = lambda _number, _step: None,
) -> tuple[Worked, Planned]:
    """Check a scheme, carry it out on copies, and compare the outcome with the catalogue, which stays as it is.

    Raises:
        DataError: the scheme cannot be used, or a step failed.
        StopRequested: a stop was asked for.
    """
    from core.store.transform import carry_out_steps, checked_scheme, known_to, plan_outcomes

    steps = checked_scheme(name, scheme, entities)
    known = known_to(scheme, entities)
    worked = carry_out_steps(session, steps, known, assortment=assortment, stop=stop, began=began)
    planned = plan_outcomes(session, worked, entities, assortment=assortment, run=run, block_rows=block_rows, stop=stop)
    return worked, planned


def counts_of(plan: ChangePlan) -> Counts:
    """Return what a plan does to how many records."""
    return Counts(
        new=plan.new, changed=plan.changed, unchanged=plan.unchanged, archived=plan.missing, restored=plan.restored
    )


def in_words(kind: str, rows: int) -> str:
    """Return what a step did to the working copies: ``12 rows updated``."""
    return f"{counted(rows, 'row')} {_DID[kind]}"
