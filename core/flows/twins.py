"""Flows that lead both ways between the same two systems: each knows what the other wrote (LK4).

What one flow wrote comes back when the other reads. It is known by its key and by a hash of what the system shows of
it, and is not sent back. Where both sides were changed since, the link with the higher priority counts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.flows.record import digest, has_parts, parts_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from typing import Any

    from core.flows.sides import Records
    from core.store.journal.flows import FlowRecords, FlowRow


@dataclass(frozen=True, slots=True)
class Twins:
    """The flows that lead the other way, as one flow sees them."""

    journal: FlowRecords
    tasks: Sequence[str]
    """Their ids; mostly one or none."""
    shown: Collection[str]
    """The fields that the source of this flow shows of what was written there, and that came from its target."""
    written: Collection[str]
    """The same of what this flow writes."""
    takes: Collection[str] = ()
    """What of a product the flows the other way bring to the source of this one, besides its plain fields."""
    yields: bool = False
    """Where both sides changed a record, that of the target counts."""

    def of(self, key: str) -> FlowRow | None:
        """Return what is known of a record at the source that was written there by a flow the other way."""
        for task in self.tasks:
            if (row := self.journal.by_target(task, key)) is not None:
                return row
        return None

    def may_be_begun(self, record: Mapping[str, Any]) -> bool:
        """Whether a flow the other way was cut off while it created what shows just this; its id is not known."""
        return any(self.journal.begun_as(task, digest(record, only=self.shown)) for task in self.tasks)

    def is_echo(self, other: FlowRow, record: Mapping[str, Any], row: FlowRow | None) -> bool:
        """Whether a record is at the source as ``other`` left it there, and this flow has not changed it since."""
        later = row is None or row.state != "done" or other.at >= row.at
        shown = _with_parts(digest(record, only=self.shown), record)
        return later and bool(other.echo_hash) and shown == other.echo_hash

    def echo_of(self, records: Records, record: Mapping[str, Any]) -> str:
        """Return the hash by which a record is known when it comes back from the target; empty where nobody reads.

        It is computed before the record is sent. What a system will show of parts cannot be told then: of a product
        that has some, :meth:`echoes_of` completes it.
        """
        return records.echo(record, self.written) if self.tasks else ""

    def echoes_of(self, records: Records, rows: Sequence[FlowRow]) -> list[FlowRow]:
        """Return the rows of products that have parts at the target, where they were written, with these in their hash.

        Raises:
            LinkError, ConnectionFailed, StopRequested: they cannot be read.
        """
        if not self.tasks or not records.takes:
            return []
        shown = records.shown([row.target_key for row in rows], self.takes)
        found = [(row, shown[row.target_key]) for row in rows if row.echo_hash and row.target_key in shown]
        return [replace(row, echo_hash=_with_parts(row.echo_hash, each)) for row, each in found if has_parts(each)]

    def target_counts(self, other: FlowRow, records: Records) -> bool:
        """Whether a record is left alone because it was changed at the target, too, and that side has priority."""
        if not self.yields:
            return False
        current = records.current(other.source_key)
        return current is not None and digest(current) != other.sent_hash


def _with_parts(echo: str, record: Mapping[str, Any]) -> str:
    """Return the hash of the plain fields of a record with that of its parts, where it has some."""
    return f"{echo} {digest(parts_of(record))}" if has_parts(record) else echo
