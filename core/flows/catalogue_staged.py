"""Records of a flow that are about to be applied to the catalogue, as tables of its session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.sql import quoted_name
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duckdb import DuckDBPyConnection

    from core.store.catalogue.references import StagedPart


@dataclass(slots=True)
class Staged:
    """A table of records that is about to be applied."""

    part: StagedPart
    numbers: Sequence[str]
    """The key of the record that each staged row, from 1, belongs to."""
    owned: Sequence[tuple[str, tuple[str, ...]]] = ()
    """By the key of a record: the owners of whose rows those that are not staged are archived."""
    owners: str = ""
    """The table with these; empty where rows are nobody's."""
    shared: bool = False
    """Rows of several records, which do not fall with one of them."""


def refused(session: DuckDBPyConnection, group: Sequence[Staged]) -> dict[str, str]:
    """Return why records cannot be kept; one of which a line or a part cannot is not kept either."""
    failed: dict[str, str] = {}
    for each in group:
        found = session.execute(
            f"SELECT record, field, reason FROM {quoted_name(each.part.rejects)} ORDER BY record"
        ).fetchall()
        for record, name, reason in found:
            failed.setdefault(each.numbers[record - 1], f"{clean(name or 'It')}: {clean(reason, limit=200)}.")
    for each in group:
        gone = [place for place, number in enumerate(each.numbers, start=1) if number in failed]
        if gone and not each.shared:
            session.execute(
                f"DELETE FROM {quoted_name(each.part.staged)} WHERE _record IN (SELECT unnest(?::BIGINT[]))", [gone]
            )
        if each.owners:
            kept = [owner for key, owner in each.owned if key not in failed]
            columns = (f"unnest(?::VARCHAR[]) AS {quoted_name(name)}" for place, name in enumerate(each.part.owners))
            session.execute(
                f"CREATE OR REPLACE TEMP TABLE {quoted_name(each.owners)} AS SELECT {', '.join(columns)}",
                [[owner[place] for owner in kept] for place in range(len(each.part.owners))],
            )
    return failed
