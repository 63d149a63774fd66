"""The rejected records of a run: written to a file that can be mended, and noted in the journal (IM6)."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from core.store.journal.records import RejectRow
from core.text import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from core.store.catalogue import StagedPart
    from core.tasks.context import RunContext

JOURNAL_LIMIT = 1000
"""Rejects of a run that the journal keeps; the rejects file has them all."""
LOG_LIMIT = 20


def rejects_dir(data_dir: Path, run: int) -> Path:
    """Where the rejects files of a run are kept."""
    return data_dir / "rejects" / f"run-{run}"


def gather_rejects(session: DuckDBPyConnection, parts: Sequence[StagedPart], into: str) -> None:
    """Make the table ``into`` of the rejects of all parts of a file, with the ``entity`` where there are several.

    What was found when the records were held against the catalogue knows fields only; it is given their columns.
    """
    from core.sql import quoted_name, quoted_text
    from core.store.catalogue.faults import faults

    named = len(parts) > 1
    rejects = " UNION ALL BY NAME ".join(
        f'SELECT * REPLACE ({_column_of(part)} AS "column"), '
        f"{quoted_text(part.entity.name if named else '')} AS entity, {number} AS part "
        f"FROM {quoted_name(part.rejects)}"
        for number, part in enumerate(parts)
    )
    with faults("keep the rejected records"):
        session.execute(f"CREATE OR REPLACE TEMP TABLE {quoted_name(into)} AS {rejects}")


def _column_of(part: StagedPart) -> str:
    """Return the SQL of the column of a reject."""
    from core.sql import quoted_text

    cases = " ".join(f"WHEN {quoted_text(field)} THEN {quoted_text(name)}" for field, name in part.columns.items())
    return f'coalesce("column", CASE field {cases} END)' if cases else '"column"'


def read_rejects(session: DuckDBPyConnection, table: str, file: str) -> list[RejectRow]:
    """Return the first of the rejects that were gathered of a file, in its order."""
    from core.sql import quoted_name
    from core.text import clean

    rows = session.execute(
        f'SELECT line, place, field, "column", value, reason, entity FROM {quoted_name(table)} '
        f"ORDER BY record, part LIMIT {JOURNAL_LIMIT}"
    ).fetchall()
    return [
        RejectRow(
            file=file,
            line=line,
            field=field or "",
            column=column or "",
            value=clean((value or "").rstrip("\r\n"), limit=200),
            reason=clean(f"{reason} (at {place})" if place else reason, limit=400),
            entity=entity,
        )
        for line, place, field, column, value, reason, entity in rows
    ]


def log_rejects(context: RunContext, rejects: list[RejectRow], total: int) -> None:
    """Write the first rejects to the log, each on a line that says where and why."""
    for reject in rejects[:LOG_LIMIT]:
        context.log.warning("Rejected: %s, %s", reject.file, in_words(reject))
    if total > LOG_LIMIT:
        context.log.warning("… and %s rejects more.", f"{total - LOG_LIMIT:,}")


def in_words(reject: RejectRow) -> str:
    """Where and why a record was rejected: ``line 3, Bruto “abc”: is not a number …``."""
    place = f"line {reject.line}" if reject.line else "a line"
    name = reject.column or reject.field
    if reject.entity:
        place += f" as {reject.entity}"
    value = f" “{shorten(reject.value, 40)}”" if reject.value else ""
    return f"{place}{f', {name}{value}' if name else ''}: {reject.reason.removesuffix('.')}"


def keep_rejects_file(context: RunContext, name: str, write: Callable[[Path], object]) -> Path | None:
    """Let the rejects of a file be written in its own format, and note it; return where, or ``None`` on a dry run."""
    if context.dry_run:
        return None
    from core.tasks.files import sha256_of

    directory = rejects_dir(context.config.data_dir, context.run)
    directory.mkdir(parents=True, exist_ok=True)
    with context.work_dir("rejects") as work:
        written = work / "rejects"
        write(written)
        target = directory / name
        shutil.move(written, target)
    context.note_file(
        "rejects", name, str(directory), size=target.stat().st_size, sha256=sha256_of(target), kept=target
    )
    return target
