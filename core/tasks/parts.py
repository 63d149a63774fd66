"""One part of a file that is imported: the records of one entity, from the staging into the catalogue."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypedDict

from core.stop import StopToken
from core.store.catalogue.checks import Folded
from core.store.catalogue.references import StagedPart

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from core.config.tasks import ImportTask
    from core.exchange.picking import DigestedFile
    from core.store.catalogue import BlockCounts, ChangePlan, Owned
    from core.tasks.context import RunContext


@dataclass(frozen=True, slots=True)
class Reading:
    """One file that is being imported, and what may be used for that."""

    context: RunContext
    task: ImportTask
    session: DuckDBPyConnection
    source: Path
    """Pendel's copy in the spool."""
    name: str
    """What the file is called in messages."""
    work: Path
    """A directory for what is needed until the file is imported."""


@dataclass(slots=True)
class Part(StagedPart):
    """The records of one entity, as the file brings them; a file has one part for an entity and assortment.

    Its table ``rejects`` has the columns that :func:`core.exchange.reading.read_file` gives it.
    """

    title: str = ""
    """What it is called in the log; empty where it is the only part."""
    fields: tuple[str, ...] = ()
    """That the file brings, the key among them."""
    read: int = 0
    """Records that were staged and are held against the catalogue next."""
    gone: int = 0
    """Of those, records that the file says are deleted."""
    unread: int = 0
    """Records that were rejected when they were read."""
    skipped: int = 0
    """Lines of the file that have no record for this part."""
    folded: Folded = field(default_factory=Folded)
    """Records that are not staged because an earlier one has the same key, and are no rejects."""
    digested: DigestedFile | None = None
    """The file to read values from once it is known which records change; None where all are staged."""
    warnings: list[str] = field(default_factory=list)
    """What whoever started the run should know of the reading."""
    plan: ChangePlan | None = None
    stubs: list[ChangePlan] = field(default_factory=list)
    """What is made first, because records of this part refer to it."""

    @property
    def accepted(self) -> int:
        """How many records go into the catalogue, or are there already."""
        return self.read - self.rejected

    @property
    def refused(self) -> int:
        """How many records are rejected."""
        return self.unread + self.rejected

    @property
    def plans(self) -> list[ChangePlan]:
        """All that is carried out for this part, in its order."""
        return [*self.stubs, *([self.plan] if self.plan else [])]


@dataclass(frozen=True, slots=True)
class FileParts:
    """A file that was read: its parts in the order in which they are applied, so that each refers to those before it.

    Whatever reads files of a format returns this, and the walk does the rest.
    """

    parts: Sequence[Part]
    emptiness: str
    """What the file has in place of records, where it has none: ``only a header line``."""
    locate: Callable[[str], None]
    """Fills ``line`` and ``raw`` of the rejects in a table that have no line yet, by their ``record``."""
    write_rejects: Callable[[str, Path], object]
    """Writes the rejected records in a table into a file that can be mended and imported, each once."""
    rejects_name: str = ""
    """What that file is called, if not as the file itself."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """What the file says of itself, in words, as it is told."""
    fetches: bool = True
    """Whether the files of attachments are fetched that it names."""


def check(reading: Reading, parts: Sequence[Part]) -> None:
    """Hold the parts against each other and the catalogue; what cannot be imported goes to their rejects."""
    from core.store.catalogue import check_parts

    total = sum(part.read for part in parts)
    reading.context.step(f"checking {reading.name}", total=total, unit="rows")
    check_parts(reading.session, parts, stop=reading.context.stop)


def plan(reading: Reading, parts: Sequence[Part]) -> None:
    """Work out what each part does to the catalogue, and which stubs it needs."""
    from core.store.catalogue import Digested, plan_changes, stage_stubs

    context, session = reading.context, reading.session
    context.step("comparing with the catalogue")
    entities = context.config.entities
    settings = _Settings(run=context.run, block_rows=context.config.engine.block_rows, stop=context.stop)
    for part in parts:
        part.stubs = []
    if any("stub" in part.references.values() for part in parts):
        for stubs in stage_stubs(session, parts, entities, stop=context.stop):
            entity, assortment = entities[stubs.entity], stubs.assortment
            parts[stubs.part].stubs.append(
                plan_changes(session, stubs.staged, entity, assortment=assortment, full=False, stubs=True, **settings)
            )
    for number, part in enumerate(parts, start=1):
        part.plan = plan_changes(
            session,
            part.staged,
            part.entity,
            assortment=part.assortment,
            full=part.full,
            digested=Digested(part.fields, f"picked {number}") if part.digested else None,
            owned=_owned(session, parts, part, f"owners {number}"),
            deleted=part.deleted,
            **settings,
        )
    _put_in_order(parts)


def _owned(session: DuckDBPyConnection, parts: Sequence[Part], part: Part, table: str) -> Owned | None:
    """Return whose the records of a part are; the owners that the file names go into ``table``, where that matters."""
    from core.config.attachments import ATTACHMENT
    from core.sql import column_list, quoted_name, quoted_text
    from core.store.catalogue import Owned
    from core.store.catalogue.faults import faults

    if not part.owners:
        return None
    target = part.entity.fields[part.owners[0]].refers_to if len(part.owners) == 1 else None
    attached = part.entity.name == ATTACHMENT
    if not part.of_owners:
        return Owned(part.owners, weigh_owners=target is not None)
    own = column_list(part.owners)
    named = [f"SELECT {own} FROM {quoted_name(each)}" for each in (part.staged, part.deleted) if each]
    for other in parts:
        if len(other.entity.key) == 1 and (attached or other.entity.name == target):
            (key,) = other.entity.key
            of = f"{quoted_text(other.entity.name)} AS entity, CAST({quoted_name(key)} AS VARCHAR) AS record"
            named += [
                f"SELECT {of if attached else f'{quoted_name(key)} AS {own}'} FROM {quoted_name(each)}"
                for each in (other.staged, other.deleted)
                if each
            ]
    with faults("compare the file with what it keeps"):
        session.execute(
            f"CREATE OR REPLACE TEMP TABLE {quoted_name(table)} AS SELECT DISTINCT * FROM ({' UNION ALL '.join(named)})"
        )
    return Owned(part.owners, table, weigh_owners=target is not None)


class _Settings(TypedDict):
    run: int
    block_rows: int
    stop: StopToken


def _put_in_order(parts: Sequence[Part]) -> None:
    """Number the blocks of plans for the same records one after another; each plan counts on from what is applied."""
    blocks: dict[tuple[str, str], int] = {}

    def following(plan: ChangePlan) -> ChangePlan:
        key = (plan.entity.name, plan.assortment)
        before = blocks.get(key, 0)
        blocks[key] = before + plan.blocks
        return replace(plan, first_block=plan.first_block + before)

    for part in parts:
        part.stubs = [following(plan) for plan in part.stubs]
        if part.plan:
            part.plan = following(part.plan)


def read_values(reading: Reading, part: Part) -> None:
    """Read the values of the records that the plan of a part touches, where they were not staged."""
    from core.exchange.picking import read_picked

    if part.digested is not None and part.plan is not None:
        read_picked(
            part.digested,
            f"SELECT _record FROM {part.plan.table} WHERE _record IS NOT NULL",
            part.plan.staged,
            connection=reading.session,
            work_dir=reading.work,
            stop=reading.context.stop,
        )


def apply(reading: Reading, part: Part, done: Callable[[ChangePlan, BlockCounts], None]) -> None:
    """Carry out the blocks that are left of a part, and tell of each."""
    from core.store.catalogue import apply_block

    context = reading.context
    rows = sum(plan.new + plan.changed + plan.restored + plan.missing for plan in part.plans)
    block_rows = context.config.engine.block_rows
    title = f"applying {reading.name}{f', {part.title}' if part.title else ''}"
    advance = context.step(title, total=rows, unit="rows", block=block_rows)
    applied = 0
    # A block that was begun is finished, so that whoever asks for a stop can be told beforehand where it ends.
    unstopped = StopToken()
    for plan in part.plans:
        for block in range(plan.blocks):
            context.stop.check()
            counts = apply_block(reading.session, plan, block, fence=context.fence, stop=unstopped)
            applied += counts.new + counts.changed + counts.archived + counts.restored
            done(plan, counts)
            advance(applied, rows)
